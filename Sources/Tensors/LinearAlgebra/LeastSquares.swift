import Kernels

/// Linear systems that have no solution, or many.
extension Tensor {
    /// The X that minimise |A X - B|, for the matrices A in the last two dimensions; of several, that of smallest norm.
    ///
    /// - Parameters:
    ///   - b: B, ... x m x k where A is ... x m x n, with batches that broadcast; or vectors, one of m elements or one
    ///     for each A.
    ///   - tolerance: Singular values up to so many times the largest one count as 0; by default a Float's precision
    ///     (2^-23) times the larger of m and n.
    public func leastSquares(_ b: Tensor, tolerance: Double? = nil) throws(TensorError) -> Tensor {
        let operation = "linalg.lstsq"
        try requireMatrices(operation)
        let isVector = b.rank == 1 || b.rank == rank - 1 && b.shape == Array(shape.dropLast())
        let rows = shape[rank - 2]
        guard b.rank >= 1, b.shape[Swift.max(0, isVector ? b.rank - 1 : b.rank - 2)] == rows else {
            throw .shape(
                operation: operation, parameter: "B", shape: b.shape,
                expected: "... x \(rows) x k or vectors of \(rows) elements, to match \(shape.shapeText)")
        }
        return isVector
            ? try leastSquares(b.unsqueezed(-1), tolerance, operation).squeezed(-1)
            : try leastSquares(b, tolerance, operation)
    }

    /// The Moore-Penrose inverses of the matrices in the last two dimensions; `tolerance` as in `leastSquares`.
    public func pseudoinverse(tolerance: Double? = nil) throws(TensorError) -> Tensor {
        try requireMatrices("linalg.pinv")
        return try leastSquares(Tensor.eye(shape[rank - 2]), tolerance, "linalg.pinv")
    }

    private func leastSquares(
        _ b: Tensor, _ tolerance: Double?, _ operation: String
    ) throws(TensorError) -> Tensor {
        let (m, n, columns) = (shape[rank - 2], shape[rank - 1], b.shape[b.rank - 1])
        let tolerance = tolerance ?? Double(Float.ulpOfOne) * Double(Swift.max(m, n))
        try require(tolerance >= 0, operation, "rcond", tolerance, expected: "a number of 0 or more")
        let (a, right) = (detached(), b.detached())
        let result = try MatrixwiseComputation(operation: operation, inputs: [a, right]).results([[n, columns]]) {
            matrices throws(MatrixError) in [try matrices[0].pseudoinverse(tolerance) * matrices[1]]
        }[0]
        let targets = (GradientTarget(self), GradientTarget(b))
        return try result.recorded(.leastSquares, [self, b], keeping: [a, right]) { gradient throws(TensorError) in
            let gradients = try MatrixwiseComputation(
                operation: operation, inputs: [a, right, gradient], allowsAnyNumber: true
            ).results([[m, n], [m, columns]]) { matrices throws(MatrixError) in
                let (a, b, g) = (matrices[0], matrices[1], matrices[2])
                let p = try a.pseudoinverse(tolerance)
                let (x, bGradient) = (try p * b, try p.transposed * g)
                // Golub and Pereyra 1973, (4.12): dP = -P dA P + P Pᵀ dAᵀ (I - A P) + (I - P A) dAᵀ Pᵀ P.
                let inside = try bGradient * x.transposed
                let residual = try (b - a * x) * (p * bGradient).transposed
                let free = try (p.transposed * x) * (g - a.transposed * bGradient).transposed
                return [residual + free - inside, bGradient]
            }
            return [try gradients[0].summed(to: targets.0), try gradients[1].summed(to: targets.1)]
        }
    }
}

extension Matrix {
    /// The Moore-Penrose inverse; singular values up to `tolerance` times the largest one count as 0.
    fileprivate func pseudoinverse(_ tolerance: Double) throws(MatrixError) -> Matrix {
        let (u, values, vt) = try singularValues(full: false)
        let least = (values.first ?? 0) * tolerance
        return try vt.transposed.scalingColumns(by: values.map { $0 > least ? 1 / $0 : 0 }) * u.transposed
    }
}
