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
    /// With `unbiased`, the default, the sum is divided by one less than the number of elements (Bessel), which makes
    /// the variance of one element NaN, as that of none is.
    public func variance(
        _ dims: [Int]? = nil, unbiased: Bool = true, keepDims: Bool = false
    ) throws(TensorError) -> Tensor {
        let spread = try Spread(of: self, over: try indices(of: dims, "var"), unbiased: unbiased, keepDims: keepDims)
        return try spread.variance.recorded(.variance, [self], keeping: []) { gradient throws(TensorError) in
            [try spread.inputGradient(gradient)]
        }
    }

    /// The standard deviation over `dims` (all of them by default): the root of `variance`; its gradient where all
    /// elements are equal is 0.
    public func standardDeviation(
        _ dims: [Int]? = nil, unbiased: Bool = true, keepDims: Bool = false
    ) throws(TensorError) -> Tensor {
        let spread = try Spread(of: self, over: try indices(of: dims, "std"), unbiased: unbiased, keepDims: keepDims)
        let result = try spread.deviation
        let root = result.detached()
        return try result.recorded(.standardDeviation, [self], keeping: [root]) { gradient throws(TensorError) in
            let ofVariance = try gradient.zipped(root, "std") {
                $0.map { ($0 / ($1 * 2)).replacing(with: 0, where: $1 .== 0) }
            }
            return [try spread.inputGradient(ofVariance)]
        }
    }

    /// The Euclidean norm over `dims` (all of them by default); its gradient at 0 is 0.
    public func norm(_ dims: [Int]? = nil, keepDims: Bool = false) throws(TensorError) -> Tensor {
        let reduced = try indices(of: dims, "norm")
        let source = detached()
        let result = try source.rootOfSquares(
            over: reduced, sum: source.square().sum(indices: reduced, keepDims: keepDims), number: 1)
        let root = result.detached()
        return try result.recorded(.norm, [self], keeping: [source, root]) { gradient throws(TensorError) in
            let direction = try source.zipped(root.restored(reduced, in: source.shape), "norm") {
                $0.map { ($0 / $1).replacing(with: 0, where: $1 .== 0) }
            }
            return [try direction * gradient.restored(reduced, in: source.shape)]
        }
    }

    /// The sum over dimensions counted from 0.
    func sum(indices reduced: [Int], keepDims: Bool) throws(TensorError) -> Tensor {
        let whole = shape
        let result = try summed(over: reduced, keepDims: keepDims, scale: 1)
        return try result.recorded(.sum, [self], keeping: []) { gradient throws(TensorError) in
            [try gradient.restored(reduced, in: whole).expanded(to: whole)]
        }
    }

    fileprivate func mean(indices reduced: [Int], keepDims: Bool) throws(TensorError) -> Tensor {
        let number = reduced.reduce(1) { $0 * shape[$1] }
        let whole = shape
        let result = try summed(over: reduced, keepDims: keepDims, scale: 1 / Double(number))
        return try result.recorded(.mean, [self], keeping: []) { gradient throws(TensorError) in
            [try gradient.scaled(by: 1 / Float(number)).restored(reduced, in: whole).expanded(to: whole)]
        }
    }

    /// Dimensions counted from 1 as distinct indices from 0, in order; all where none are named. A scalar has none, but
    /// takes 1 and -1, as in PyTorch.
    func indices(of dims: [Int]?, _ operation: String) throws(TensorError) -> [Int] {
        guard let dims else { return Array(shape.indices) }
        var result: [Int] = []
        for dim in dims {
            let index = try Shape.dimension(dim, rank: Swift.max(rank, 1), operation: operation)
            try require(!result.contains(index), operation, "dim", dims, expected: "each dimension once")
            result.append(index)
        }
        return rank == 0 ? [] : result.sorted()
    }

    /// The shape without the dimensions `reduced`.
    func dropped(_ reduced: [Int]) -> [Int] { shape.indices.filter { !reduced.contains($0) }.map { shape[$0] } }

    /// This tensor, which was reduced from the shape `original`, with the dimensions `reduced` put back as size 1.
    func restored(_ reduced: [Int], in original: [Int]) throws(TensorError) -> Tensor {
        try viewed(as: original.indices.map { reduced.contains($0) ? 1 : original[$0] })
    }

    /// Sums over `reduced`, which stay as size 1 with `keepDims`, each multiplied by `scale` before it is rounded to
    /// Float.
    private func summed(over reduced: [Int], keepDims: Bool, scale: Double) throws(TensorError) -> Tensor {
        let kept = shape.indices.filter { !reduced.contains($0) }
        let resultShape = shape.indices.map { reduced.contains($0) ? 1 : shape[$0] }
        let result = try Tensor(
            uninitialised: resultShape,
            strides: Shape.strides(resultShape, order: Shape.memoryOrder(shape, strides)))
        Summation.sum(
            out: result.pointer, input: pointer, keptShape: kept.map { shape[$0] },
            keptStrides: (out: kept.map { result.strides[$0] }, input: kept.map { strides[$0] }),
            reducedShape: reduced.map { shape[$0] }, reducedStrides: reduced.map { strides[$0] }, scale: scale)
        if Interrupt.isRequested { throw .interrupted }
        return keepDims ? result : try result.viewed(as: dropped(reduced))
    }
}

extension Tensor {
    /// The root of `sum`: of this tensor's squares, summed over dimensions counted from 0 and divided by `number`.
    /// Where `sum` overflowed or underflowed, as with elements of 1e30 or 1e-30, it is computed again from scaled ones.
    fileprivate func rootOfSquares(over reduced: [Int], sum: Tensor, number: Float) throws(TensorError) -> Tensor {
        let isPlain = sum.values.allSatisfy { $0.isNormal || $0.isNaN } || reduced.contains { shape[$0] == 0 }
        if isPlain { return try sum.mapped { $0.map(VectorMath.squareRoot) } }
        var largest = try abs()
        for axis in reduced { largest = try largest.max(axis + 1, keepDims: true).values }
        let unit = try largest.mapped { $0.map { $0.replacing(with: 1, where: .!($0 .> 0) .| ($0 .== .infinity)) } }
        let rest = try (self / unit).square().sum(indices: reduced, keepDims: true).scaled(by: 1 / number)
        return try (rest.sqrt() * unit).viewed(as: sum.shape)
    }
}

/// The variance of a tensor, and what its derivative keeps.
private struct Spread {
    let variance: Tensor
    private let deviations: Tensor
    private let reduced: [Int]
    private let number: Float

    /// The variance over dimensions counted from 0.
    init(of source: Tensor, over reduced: [Int], unbiased: Bool, keepDims: Bool) throws(TensorError) {
        let source = source.detached()
        let number = Swift.max(0, Float(reduced.reduce(1) { $0 * source.shape[$1] }) - (unbiased ? 1 : 0))
        deviations = try source - source.mean(indices: reduced, keepDims: true)
        variance = try deviations.square().sum(indices: reduced, keepDims: keepDims).scaled(by: 1 / number)
        (self.reduced, self.number) = (reduced, number)
    }

    /// The root of the variance.
    var deviation: Tensor {
        get throws(TensorError) { try deviations.rootOfSquares(over: reduced, sum: variance, number: number) }
    }

    /// The gradient of the tensor for that of the variance.
    func inputGradient(_ gradient: Tensor) throws(TensorError) -> Tensor {
        try (gradient.restored(reduced, in: deviations.shape) * deviations).scaled(by: 2 / number)
    }
}
