import Kernels

/// Determinants of the square matrices in the last two dimensions.
extension Tensor {
    /// The determinants. The derivative, that of the cofactors, is exact for singular matrices too.
    public func determinant() throws(TensorError) -> Tensor {
        let size = try squareSize("linalg.det")
        let a = detached()
        let result = try MatrixwiseComputation(operation: "linalg.det", inputs: [a]).results([[]]) {
            matrices throws(MatrixError) in
            [Matrix(rows: 1, columns: 1, elements: [try LowerUpperFactors(matrices[0]).determinant])]
        }[0]
        return try result.recorded(.determinant, [self], keeping: [a]) { gradient throws(TensorError) in
            let gradient = try gradient.viewed(as: gradient.shape + [1, 1])
            return try MatrixwiseComputation(operation: "linalg.det", inputs: [a, gradient], allowsAnyNumber: true)
                .results([[size, size]]) { matrices throws(MatrixError) in
                    [matrices[1].elements[0] * (try matrices[0].cofactors())]
                }
        }
    }

    /// The signs of the determinants (0 of a singular matrix), which carry no gradient, and the logarithms of their
    /// magnitudes (-infinity of a singular matrix, whose derivative is an error).
    public func signAndLogDeterminant() throws(TensorError) -> (sign: Tensor, logarithm: Tensor) {
        try signAndLogDeterminant(operation: "linalg.slogdet")
    }

    /// The logarithms of the determinants: -infinity where one is 0, NaN where it is negative.
    public func logDeterminant() throws(TensorError) -> Tensor {
        let (sign, logarithm) = try signAndLogDeterminant(operation: "logdet")
        return try Tensor.select(sign.compared(.less, Tensor(0)), Tensor(.nan), logarithm)
    }

    private func signAndLogDeterminant(
        operation: String
    ) throws(TensorError) -> (sign: Tensor, logarithm: Tensor) {
        let size = try squareSize(operation)
        let a = detached()
        let results = try MatrixwiseComputation(operation: operation, inputs: [a]).results([[], []]) {
            matrices throws(MatrixError) in
            let (sign, logarithm) = try LowerUpperFactors(matrices[0]).signAndLogarithm
            return [sign, logarithm].map { Matrix(rows: 1, columns: 1, elements: [$0]) }
        }
        try results[1].recorded(.logDeterminant, [self], keeping: [a]) { gradient throws(TensorError) in
            let gradient = try gradient.viewed(as: gradient.shape + [1, 1])
            return try MatrixwiseComputation(operation: operation, inputs: [a, gradient], allowsAnyNumber: true)
                .results([[size, size]]) { matrices throws(MatrixError) in
                    let factors = try LowerUpperFactors(matrices[0])
                    return [
                        matrices[1].elements[0] * (try factors.solve(.identity(size), isTransposed: true))
                    ]
                }
        }
        return (results[0], results[1])
    }
}

extension Matrix {
    /// The cofactors, which are the derivatives of the determinant: with A = U S Vᵀ, det(U) det(V) U S' Vᵀ, where each
    /// element of S' is the product of all singular values but its own. What rounding cannot tell from 0 is 0.
    fileprivate func cofactors() throws(MatrixError) -> Matrix {
        let (u, values, vt) = try singularValues(full: true)
        let sign = try LowerUpperFactors(u).signAndLogarithm.sign * LowerUpperFactors(vt).signAndLogarithm.sign
        let least = (values.first ?? 0) * Double(rows) * Double.ulpOfOne
        let products = values.indices.map { own in
            values.indices.reduce(sign) { $1 == own ? $0 : values[$1] <= least ? 0 : $0 * values[$1] }
        }
        return try u.scalingColumns(by: products) * vt
    }
}
