/// Products of matrices and vectors under their own names, which take no other shapes.
extension Tensor {
    /// The product of two matrices.
    public func mm(_ other: Tensor) throws(TensorError) -> Tensor { try product("mm", 2, other, 2) }

    /// The products of matrices in two batches of one size.
    public func bmm(_ other: Tensor) throws(TensorError) -> Tensor {
        if rank == 3, other.rank == 3, shape[0] != other.shape[0] {
            throw .shape(
                operation: "bmm", parameter: "other", shape: other.shape, expected: "a batch of \(shape[0]) matrices")
        }
        return try product("bmm", 3, other, 3)
    }

    /// The product of a matrix and a vector.
    public func mv(_ vector: Tensor) throws(TensorError) -> Tensor { try product("mv", 2, vector, 1) }

    /// The scalar product of two vectors.
    public func dot(_ other: Tensor) throws(TensorError) -> Tensor { try product("dot", 1, other, 1) }

    /// The products of each element of this vector with each of another one.
    public func outer(_ other: Tensor) throws(TensorError) -> Tensor {
        try requireRank(1, "outer", "self")
        try other.requireRank(1, "outer", "other")
        return try unsqueezed(2) * other.unsqueezed(1)
    }

    /// `beta` times this tensor, which broadcasts, plus `alpha` times the product of two matrices.
    ///
    /// Where `beta` is 0, what this tensor holds does not matter.
    public func addmm(
        _ first: Tensor, _ second: Tensor, beta: Float = 1, alpha: Float = 1
    ) throws(TensorError) -> Tensor {
        let product = try first.product("addmm", 2, second, 2)
        let term = try alpha == 1 ? product : product.scaled(by: alpha)
        // Not a product with 0, which would be NaN where this tensor is infinite.
        let own = try beta == 0 ? Tensor.select(Tensor(0), self, Tensor(0)) : beta == 1 ? self : scaled(by: beta)
        return try own.expanded(to: product.shape) + term
    }

    private func product(_ operation: String, _ rank: Int, _ other: Tensor, _ otherRank: Int) throws(TensorError)
        -> Tensor
    {
        try requireRank(rank, operation, "self")
        try other.requireRank(otherRank, operation, "other")
        return try matmul(other)
    }

    private func requireRank(_ expected: Int, _ operation: String, _ parameter: String) throws(TensorError) {
        guard rank == expected else {
            throw .shape(
                operation: operation, parameter: parameter, shape: shape,
                expected: expected == 1 ? "one dimension" : "\(expected) dimensions")
        }
    }
}
