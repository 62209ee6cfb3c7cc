import Kernels
import Support

/// Sums and what is made of them; running sums are kept in Double.
extension Tensor {
    /// The sum over `dims` (all of them by default), which stay as size 1 where `keepDims` is true.
    public func sum(_ dims: [Int]? = nil, keepDims: Bool = false) throws(TensorError) -> Tensor {
        try sum(indices: try indices(of: dims, "sum"), keepDims: keepDims)
    }

    /// The mean over `dims` (all of them by default), which stay as size 1 where `keepDims` is true.
    public func mean(_ dims: [Int]? = nil, keepDims: Bool = false) throws(TensorError) -> Tensor {
        try mean(indices: try indices(of: dims, "mean"), keepDims: keepDims)
    }

    /// The variance over `dims` (all of them by default): the mean squared distance from the mean.
    ///
    /// With `unbiased`, the default, the sum is divided by one less than the number of elements (Bessel).
    public func variance(
        _ dims: [Int]? = nil, unbiased: Bool = true, keepDims: Bool = false
    ) throws(TensorError) -> Tensor {
        let reduced = try indices(of: dims, "var")
        let number = Float(reduced.reduce(1) { $0 * shape[$1] }) - (unbiased ? 1 : 0)
        let deviations = try GradientMode.disabled { () throws(TensorError) in
            try self - mean(indices: reduced, keepDims: true)
        }
        let result = try GradientMode.disabled { () throws(TensorError) in
            try deviations.square().sum(indices: reduced, keepDims: keepDims).scaled(by: 1 / number)
        }
        return try result.recorded(.variance, [self]) { gradient throws(TensorError) in
            [try (gradient.restored(reduced, in: self) * deviations).scaled(by: 2 / number)]
        }
    }

    /// The sum over dimensions counted from 0.
    func sum(indices reduced: [Int], keepDims: Bool) throws(TensorError) -> Tensor {
        let result = try summed(over: reduced, scale: 1)
        let kept = keepDims ? result : try result.viewed(as: dropped(reduced))
        return try kept.recorded(.sum, [self]) { gradient throws(TensorError) in
            [try gradient.restored(reduced, in: self).expanded(to: self.shape)]
        }
    }

    private func mean(indices reduced: [Int], keepDims: Bool) throws(TensorError) -> Tensor {
        let number = reduced.reduce(1) { $0 * shape[$1] }
        let result = try summed(over: reduced, scale: 1 / Double(number))
        let kept = keepDims ? result : try result.viewed(as: dropped(reduced))
        return try kept.recorded(.mean, [self]) { gradient throws(TensorError) in
            [try gradient.scaled(by: 1 / Float(number)).restored(reduced, in: self).expanded(to: self.shape)]
        }
    }

    /// Dimensions counted from 1 as distinct indices from 0, in order; all where none are named. A scalar has none, and
    /// its dimension is 1 or -1, as in PyTorch.
    func indices(of dims: [Int]?, _ operation: String) throws(TensorError) -> [Int] {
        guard let dims else { return Array(shape.indices) }
        var result: [Int] = []
        for dim in dims {
            let index = try Shape.dimension(dim, rank: Swift.max(rank, 1), operation: operation)
            guard !result.contains(index) else {
                throw .argument(
                    operation: operation, parameter: "dim", value: "\(dims)", expected: "each dimension once")
            }
            result.append(index)
        }
        return rank == 0 ? [] : result.sorted()
    }

    /// The shape without the dimensions `reduced`.
    func dropped(_ reduced: [Int]) -> [Int] { shape.indices.filter { !reduced.contains($0) }.map { shape[$0] } }

    /// A reduced tensor with the dimensions `reduced` of `original` back in their places, as size 1.
    func restored(_ reduced: [Int], in original: Tensor) throws(TensorError) -> Tensor {
        try viewed(as: original.shape.indices.map { reduced.contains($0) ? 1 : original.shape[$0] })
    }

    /// Sums over `reduced`, which stay as size 1, each multiplied by `scale` before it is rounded to Float.
    private func summed(over reduced: [Int], scale: Double) throws(TensorError) -> Tensor {
        let kept = shape.indices.filter { !reduced.contains($0) }
        let resultShape = shape.indices.map { reduced.contains($0) ? 1 : shape[$0] }
        let result = try Tensor(
            uninitialised: resultShape,
            strides: Shape.strides(resultShape, order: Shape.memoryOrder(shape, strides)))
        Kernels.Reduction.sum(
            out: result.pointer, input: pointer, keptShape: kept.map { shape[$0] },
            keptStrides: (out: kept.map { result.strides[$0] }, input: kept.map { strides[$0] }),
            reducedShape: reduced.map { shape[$0] }, reducedStrides: reduced.map { strides[$0] }, scale: scale)
        if Interrupt.isRequested { throw .interrupted }
        return result
    }
}
