import Kernels

/// Linear systems. Derivatives are those of Giles 2008, "Collected matrix derivative results", 2.2 and 2.3.
extension Tensor {
    /// The X of A X = B, for square matrices A in the last two dimensions of this tensor.
    ///
    /// Batches broadcast. A matrix that is exactly singular is an error that names it.
    /// - Parameters:
    ///   - b: B, ... x n x k; or vectors, one of n elements or one for each A.
    ///   - left: Whether A stands on the left; on the right otherwise, and X A = B.
    public func solve(_ b: Tensor, left: Bool = true) throws(TensorError) -> Tensor {
        let size = try squareSize("linalg.solve")
        let isVector = b.rank == 1 || b.rank == rank - 1 && b.shape == Array(shape.dropLast())
        if isVector {
            try require(left, "linalg.solve", "left", false, expected: "true where B is a vector")
            guard b.shape[b.rank - 1] == size else {
                throw .shape(
                    operation: "linalg.solve", parameter: "B", shape: b.shape,
                    expected: "\(size) elements, to match \(shape.shapeText)")
            }
            return try solve(b.unsqueezed(-1), operation: "linalg.solve").squeezed(-1)
        }
        try b.requireRows(size, dim: left ? -2 : -1, "linalg.solve", "B", of: self)
        return left
            ? try solve(b, operation: "linalg.solve")
            : try adjoint().solve(b.adjoint(), operation: "linalg.solve").adjoint()
    }

    /// The inverses of the square matrices in the last two dimensions; a singular one is an error that names it.
    public func inverse() throws(TensorError) -> Tensor {
        try solve(Tensor.eye(squareSize("linalg.inv")), operation: "linalg.inv")
    }

    private func solve(_ b: Tensor, operation: String) throws(TensorError) -> Tensor {
        let (a, size, columns) = (detached(), b.shape[b.rank - 2], b.shape[b.rank - 1])
        let x = try MatrixwiseComputation(operation: operation, inputs: [a, b]).results([[size, columns]]) {
            matrices throws(MatrixError) in [try LowerUpperFactors(matrices[0]).solve(matrices[1])]
        }[0]
        let (solution, left, right) = (x.detached(), GradientTarget(self), GradientTarget(b))
        return try x.recorded(.solve, [self, b], keeping: [a, solution]) { gradient throws(TensorError) in
            let gradients = try MatrixwiseComputation(
                operation: operation, inputs: [a, solution, gradient], allowsAnyNumber: true
            ).results([[size, size], [size, columns]]) { matrices throws(MatrixError) in
                let b = try LowerUpperFactors(matrices[0]).solve(matrices[2], isTransposed: true)
                return [-1 * (try b * matrices[1].transposed), b]
            }
            return [try gradients[0].summed(to: left), try gradients[1].summed(to: right)]
        }
    }

    /// The X of A X = B, for triangular matrices A in the last two dimensions of this tensor.
    ///
    /// The other triangle of A is not read. Batches broadcast. A zero on the diagonal is an error.
    /// - Parameters:
    ///   - b: B, ... x n x k.
    ///   - upper: Whether A is the upper triangle.
    ///   - left: Whether A stands on the left; on the right otherwise, and X A = B.
    ///   - unitriangular: Whether the diagonal counts as ones, and is not read.
    public func solveTriangular(
        _ b: Tensor, upper: Bool, left: Bool = true, unitriangular: Bool = false
    ) throws(TensorError) -> Tensor {
        let operation = "linalg.solve_triangular"
        let size = try squareSize(operation)
        try b.requireRows(size, dim: left ? -2 : -1, operation, "B", of: self)
        guard left else {
            return try adjoint().solveTriangular(b.adjoint(), upper: !upper, unitriangular: unitriangular).adjoint()
        }
        let (columns, part) = (b.shape[1], 512)
        guard rank == 2, b.rank == 2, columns >= 2 * part else {
            return try triangularSolution(b, upper: upper, unitriangular: unitriangular)
        }
        // Columns are independent: many of them are solved in parts, which are tasks and stay in a cache.
        let whole = columns / part * part
        let parts = try b.slice(2, 1, whole).reshaped([size, whole / part, part]).permuted([2, 1, 3])
        let solved = try triangularSolution(parts, upper: upper, unitriangular: unitriangular, isOneSystem: true)
            .permuted([2, 1, 3]).reshaped([size, whole])
        guard whole < columns else { return solved }
        let rest = try triangularSolution(
            b.slice(2, whole + 1, columns), upper: upper, unitriangular: unitriangular)
        return try .concatenate([solved, rest], dim: 2)
    }

    private func triangularSolution(
        _ b: Tensor, upper: Bool, unitriangular: Bool, isOneSystem: Bool = false
    ) throws(TensorError) -> Tensor {
        let operation = "linalg.solve_triangular"
        let (a, size, columns) = (detached(), b.shape[b.rank - 2], b.shape[b.rank - 1])
        let x = try MatrixwiseComputation(operation: operation, inputs: [a, b], isOneSystem: isOneSystem)
            .results([[size, columns]]) { matrices throws(MatrixError) in
                [try matrices[0].solveTriangular(matrices[1], isUpper: upper, hasUnitDiagonal: unitriangular)]
            }[0]
        let (solution, first, second) = (x.detached(), GradientTarget(self), GradientTarget(b))
        return try x.recorded(.solveTriangular, [self, b], keeping: [a, solution]) { gradient throws(TensorError) in
            let computation = MatrixwiseComputation(
                operation: operation, inputs: [a, gradient] + (first.requiresGradient ? [solution] : []),
                allowsAnyNumber: true)
            let shapes = [[size, columns]] + (first.requiresGradient ? [[size, size]] : [])
            let gradients = try computation.results(shapes) { matrices throws(MatrixError) in
                let b = try matrices[0].solveTriangular(
                    matrices[1], isUpper: upper, isTransposed: true, hasUnitDiagonal: unitriangular)
                guard matrices.count == 3 else { return [b] }
                // Of what is not read nothing depends.
                let a = try (b * matrices[2].transposed).mapped { row, column, value in
                    row == column ? (unitriangular ? 0 : -value) : (row < column) == upper ? -value : 0
                }
                return [b, a]
            }
            return [
                first.requiresGradient ? try gradients[1].summed(to: first) : nil,
                try gradients[0].summed(to: second),
            ]
        }
    }

    /// Throws unless this tensor's size along `dim`, one of its last two, is that of the matrices `a`.
    private func requireRows(
        _ size: Int, dim: Int, _ operation: String, _ parameter: String, of a: Tensor
    ) throws(TensorError) {
        guard rank >= 2, shape[rank + dim] == size else {
            throw .shape(
                operation: operation, parameter: parameter, shape: shape,
                expected: "... x \(dim == -2 ? "\(size) x k" : "k x \(size)"), to match \(a.shape.shapeText)")
        }
    }
}

/// Cholesky's factors.
extension Tensor {
    /// The lower triangular L of A = L Lᵀ, or the upper triangular U of A = Uᵀ U, for the symmetric positive definite
    /// matrices in the last two dimensions.
    ///
    /// Of A one triangle is read, that of the result; a matrix that is not positive definite is an error that names it.
    /// The derivative is symmetric: that of Murray 2016, "Differentiation of the Cholesky decomposition", (10).
    public func cholesky(upper: Bool = false) throws(TensorError) -> Tensor {
        let operation = "linalg.cholesky"
        let size = try squareSize(operation)
        if upper { return try adjoint().cholesky().adjoint() }
        let factor = try MatrixwiseComputation(operation: operation, inputs: [detached()]).results([[size, size]]) {
            matrices throws(MatrixError) in [try matrices[0].cholesky()]
        }[0]
        let lower = factor.detached()
        return try factor.recorded(.cholesky, [self], keeping: [lower]) { gradient throws(TensorError) in
            try MatrixwiseComputation(operation: operation, inputs: [lower, gradient], allowsAnyNumber: true)
                .results([[size, size]]) { matrices throws(MatrixError) in
                    let l = matrices[0]
                    let product = try l.transposed * matrices[1]
                    // Half of the symmetric matrix with the lower triangle of the product.
                    let middle = Matrix(rows: size, columns: size) { product[Swift.max($0, $1), Swift.min($0, $1)] / 2 }
                    let half = try l.solveTriangular(middle, isUpper: false, isTransposed: true)
                    let whole = try l.solveTriangular(half.transposed, isUpper: false, isTransposed: true)
                    return [whole]
                }
        }
    }
}
