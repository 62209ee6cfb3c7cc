import Kernels

/// Orthogonal and triangular factors of the matrices in the last two dimensions.
extension Tensor {
    /// The reduced factors A = Q R: for A of m x n, Q is m x k with orthonormal columns and R, k x n, is upper
    /// triangular, with k the smaller of m and n.
    ///
    /// A column of Q is unique up to its sign, with the row of R, where the first k columns of A are independent; only
    /// there, too, is there a derivative: Seeger et al. 2017, "Auto-differentiating linear algebra", 4.3.
    public func orthogonalTriangular() throws(TensorError) -> (q: Tensor, r: Tensor) {
        let operation = "linalg.qr"
        try requireMatrices(operation)
        let (m, n) = (shape[rank - 2], shape[rank - 1])
        guard m >= n else {
            // The last columns follow from the first ones: A = Q [R, Qᵀ A].
            let (q, r) = try slice(-1, 1, m).orthogonalTriangular()
            return (q, try Tensor.concatenate([r, q.adjoint().matmul(slice(-1, m + 1, n))], dim: -1))
        }
        let results = try MatrixwiseComputation(operation: operation, inputs: [detached()]).results([[m, n], [n, n]]) {
            matrices throws(MatrixError) in
            let (q, r) = try matrices[0].orthogonalTriangular()
            return [q, r]
        }
        let (q, r) = (results[0].detached(), results[1].detached())
        try results[0].recorded(.orthogonalFactor, [self], keeping: [q, r]) { gradient throws(TensorError) in
            try q.factorGradient(r, gradient, operation) { q, _, gradient throws(MatrixError) in
                try gradient - q * (gradient.transposed * q).symmetricFromLower()
            }
        }
        try results[1].recorded(.triangularFactor, [self], keeping: [q, r]) { gradient throws(TensorError) in
            try q.factorGradient(r, gradient, operation) { q, r, gradient throws(MatrixError) in
                try q * (r * gradient.upperTriangle.transposed).symmetricFromLower()
            }
        }
        return (results[0], results[1])
    }

    /// The gradient of A = Q R, where this is Q: what `body` gives for Q, R and `gradient`, times R's inverse,
    /// transposed.
    private func factorGradient(
        _ r: Tensor, _ gradient: Tensor, _ operation: String,
        _ body: (_ q: Matrix, _ r: Matrix, _ gradient: Matrix) throws(MatrixError) -> Matrix
    ) throws(TensorError) -> [Tensor] {
        try MatrixwiseComputation(operation: operation, inputs: [self, r, gradient], allowsAnyNumber: true)
            .results([Array(shape.suffix(2))]) { matrices throws(MatrixError) in
                let product = try body(matrices[0], matrices[1], matrices[2])
                return [try matrices[1].solveTriangular(product.transposed, isUpper: true).transposed]
            }
    }
}

extension Matrix {
    /// The symmetric matrix with this one's lower triangle.
    fileprivate func symmetricFromLower() -> Matrix {
        Matrix(rows: rows, columns: columns) { self[max($0, $1), min($0, $1)] }
    }
}
