import Kernels

/// The singular value decomposition of the matrices in the last two dimensions.
extension Tensor {
    /// The U, S and Vᵀ of A = U diag(S) Vᵀ; the values S, of which there are k, come largest first.
    ///
    /// Each column of U is unique up to its sign, with the row of Vᵀ. Derivatives: Seeger et al. 2017,
    /// "Auto-differentiating linear algebra"; columns of U and rows of Vᵀ beyond the first k carry no gradient, as in
    /// PyTorch. The gradient of vectors whose values are equal is an error.
    /// - Parameter fullMatrices: Whether U and Vᵀ of A (m x n) are square; m x k and k x n otherwise.
    public func singularValueDecomposition(
        fullMatrices: Bool = true
    ) throws(TensorError) -> (u: Tensor, values: Tensor, vt: Tensor) {
        try decomposition(fullMatrices: fullMatrices, operation: "linalg.svd")
    }

    /// The singular values alone, largest first.
    public func singularValues() throws(TensorError) -> Tensor {
        try decomposition(fullMatrices: false, operation: "linalg.svdvals").values
    }

    private func decomposition(
        fullMatrices: Bool, operation: String
    ) throws(TensorError) -> (u: Tensor, values: Tensor, vt: Tensor) {
        try requireMatrices(operation)
        let (m, n) = (shape[rank - 2], shape[rank - 1])
        let k = Swift.min(m, n)
        let shapes = fullMatrices ? [[m, m], [k], [n, n]] : [[m, k], [k], [k, n]]
        let results = try MatrixwiseComputation(operation: operation, inputs: [detached()]).results(shapes) {
            matrices throws(MatrixError) in
            let (u, values, vt) = try matrices[0].singularValues(full: fullMatrices)
            return [u, Matrix(rows: k, columns: 1, elements: values), vt]
        }
        let factors = results.map { $0.detached() }
        for (result, part) in zip(results, SingularPart.allCases) {
            try result.recorded(part.operation, [self], keeping: factors) { gradient throws(TensorError) in
                try part.inputGradient(gradient, u: factors[0], values: factors[1], vt: factors[2], operation)
            }
        }
        return (results[0], results[1], results[2])
    }
}

/// One of the three results of a singular value decomposition.
private enum SingularPart: CaseIterable {
    case left, values, right

    var operation: Operation {
        switch self {
        case .left: .leftSingularVectors
        case .values: .singularValues
        case .right: .rightSingularVectors
        }
    }

    /// The gradient of the matrices for the gradient of this result of them.
    func inputGradient(
        _ gradient: Tensor, u: Tensor, values: Tensor, vt: Tensor, _ operation: String
    ) throws(TensorError) -> [Tensor] {
        let (m, n, k) = (u.shape[u.rank - 2], vt.shape[vt.rank - 1], values.shape[values.rank - 1])
        let column = try values.viewed(as: values.shape + [1])
        let gradient = try self == .values ? gradient.viewed(as: gradient.shape + [1]) : gradient
        return try MatrixwiseComputation(
            operation: operation, inputs: [u, column, vt, gradient], allowsAnyNumber: true
        )
        .results([[m, n]]) { matrices throws(MatrixError) in
            let (u, vt) = (matrices[0].prefix(columns: k), matrices[2].prefix(rows: k))
            let (values, gradient) = (matrices[1].elements, matrices[3])
            switch self {
            case .values: return [try u.scalingColumns(by: gradient.elements) * vt]
            case .left: return [try vectorGradient(u, values, vt, gradient.prefix(columns: k))]
            case .right:
                // V is to Aᵀ what U is to A.
                return [
                    try vectorGradient(
                        vt.transposed, values, u.transposed, gradient.prefix(rows: k).transposed
                    ).transposed
                ]
            }
        }
    }

    /// U (skew(Uᵀ G) / E) S Vᵀ + (I - U Uᵀ) G S⁻¹ Vᵀ, where skew(X) = X - Xᵀ, and E has the elements
    /// s(column)² - s(row)².
    private func vectorGradient(
        _ u: Matrix, _ values: [Double], _ vt: Matrix, _ gradient: Matrix
    ) throws(MatrixError) -> Matrix {
        let inner = try u.transposed * gradient
        let middle = try (2 * inner.antisymmetricPart()).dividedByDifferences { row, column in
            (values[column] - values[row]) * (values[column] + values[row])
        }
        var left = try u * middle.scalingColumns(by: values)
        if u.rows > u.columns {
            let outside = try gradient - u * inner
            guard !values.contains(0) else { throw .equalValues }
            left = left + outside.scalingColumns(by: values.map { 1 / $0 })
        }
        return try left * vt
    }
}
