import Kernels

/// Eigenvalues of the symmetric matrices in the last two dimensions, of which the lower triangle is read.
///
/// Derivatives, which are symmetric: Giles 2008, "Collected matrix derivative results", 3.1; of eigenvectors, Seeger et
/// al. 2017, "Auto-differentiating linear algebra".
extension Tensor {
    /// The eigenvalues, smallest first, and the eigenvectors as columns.
    ///
    /// An eigenvector is unique up to its sign. The gradient of eigenvectors whose eigenvalues are equal is an error.
    public func symmetricEigen() throws(TensorError) -> (values: Tensor, vectors: Tensor) {
        let operation = "linalg.eigh"
        let size = try squareSize(operation)
        let results = try MatrixwiseComputation(operation: operation, inputs: [detached()])
            .results([[size], [size, size]]) { matrices throws(MatrixError) in
                let (values, vectors) = try matrices[0].symmetricEigen()
                return [Matrix(rows: size, columns: 1, elements: values), vectors]
            }
        let (values, vectors) = (results[0].detached(), results[1].detached())
        try results[0].recorded(.eigenvalues, [self], keeping: [vectors]) { gradient throws(TensorError) in
            try vectors.eigenvalueGradient(gradient, operation)
        }
        try results[1].recorded(.eigenvectors, [self], keeping: [values, vectors]) { gradient throws(TensorError) in
            let column = try values.viewed(as: values.shape + [1])
            return try MatrixwiseComputation(
                operation: operation, inputs: [column, vectors, gradient], allowsAnyNumber: true
            ).results([[size, size]]) { matrices throws(MatrixError) in
                let (values, v) = (matrices[0].elements, matrices[1])
                let inner = try v.transposed * matrices[2]
                let middle = try inner.antisymmetricPart().dividedByDifferences { values[$1] - values[$0] }
                return [try v * middle * v.transposed]
            }
        }
        return (results[0], results[1])
    }

    /// The eigenvalues alone, smallest first.
    public func symmetricEigenvalues() throws(TensorError) -> Tensor {
        if requiresGradient, GradientMode.isEnabled { return try symmetricEigen().values }
        let size = try squareSize("linalg.eigvalsh")
        return try MatrixwiseComputation(operation: "linalg.eigvalsh", inputs: [self]).results([[size]]) {
            matrices throws(MatrixError) in
            let values = try matrices[0].symmetricEigen(vectors: false).values
            return [Matrix(rows: size, columns: 1, elements: values)]
        }[0]
    }

    /// The gradient of the matrices whose eigenvectors these are, for that of the eigenvalues: V diag(g) Vᵀ.
    private func eigenvalueGradient(_ gradient: Tensor, _ operation: String) throws(TensorError) -> [Tensor] {
        let column = try gradient.viewed(as: gradient.shape + [1])
        return try MatrixwiseComputation(operation: operation, inputs: [self, column], allowsAnyNumber: true)
            .results([Array(shape.suffix(2))]) { matrices throws(MatrixError) in
                [try matrices[0].scalingColumns(by: matrices[1].elements) * matrices[0].transposed]
            }
    }
}

extension Matrix {
    /// Half of the difference to the transposed matrix.
    func antisymmetricPart() -> Matrix { mapped { ($2 - self[$1, $0]) / 2 } }

    /// Each element beside the diagonal divided by a difference of eigenvalues or the like, given their row and column;
    /// zeros on the diagonal. Where the difference is 0, so must be the element.
    func dividedByDifferences(_ difference: (Int, Int) -> Double) throws(MatrixError) -> Matrix {
        let result = mapped { row, column, value in
            row == column || value == 0 ? 0 : value / difference(row, column)
        }
        guard result.elements.allSatisfy({ !$0.isInfinite }) else { throw .equalValues }
        return result
    }
}
