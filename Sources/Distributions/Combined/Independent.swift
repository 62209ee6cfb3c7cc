import Support
import Tensors

/// A distribution whose last batch dimensions count as one event, of independent parts: the log density is their sum.
public struct Independent: Distribution {
    /// "Independent".
    public var kind: String { "Independent" }
    /// The distribution of the parts.
    public let base: any Distribution
    /// How many dimensions of its batch became those of the event.
    public let dims: Int

    /// `base` with the last `dims` dimensions of its batch as the first of the event.
    public init(_ base: any Distribution, dims: Int) throws(TensorError) {
        try require(
            (0...base.batchShape.count).contains(dims), "Independent", "reinterpreted_batch_ndims", dims,
            expected: "0 to \(base.batchShape.count), the dimensions of the batch \(base.batchShape.shapeText)")
        (self.base, self.dims) = (base, dims)
    }

    /// What of the batch of `base` is left.
    public var batchShape: [Int] { Array(base.batchShape.dropLast(dims)) }

    /// The last dimensions of the batch of `base`, then its event.
    public var eventShape: [Int] { base.batchShape.suffix(dims) + base.eventShape }

    /// Those of `base`.
    public var parameters: [(name: String, tensor: Tensor)] { base.parameters }

    /// Tensors of which each part lies in the support of `base`.
    public var support: Constraint { get throws(TensorError) { try base.support.joined(dims) } }

    /// As `base` says.
    public var hasReparameterisedSample: Bool { base.hasReparameterisedSample }

    /// "Independent(Normal(loc: 3x3, scale: scalar), 1)".
    public var description: String { "Independent(\(base.description), \(dims))" }

    /// The sum over the parts.
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        try summed(base.broadcastLogDensity(values))
    }

    /// Draws of `base`.
    public func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        try base.sample(shape, generator: generator)
    }

    /// The sum over the parts.
    public func entropy() throws(TensorError) -> Tensor { try summed(base.entropy()) }

    /// That of `base`.
    public func mean() throws(TensorError) -> Tensor { try base.mean() }

    /// That of `base`.
    public func variance() throws(TensorError) -> Tensor { try base.variance() }

    /// A tensor of one number for each part, summed over the event's parts.
    func summed(_ tensor: Tensor) throws(TensorError) -> Tensor {
        dims == 0 ? tensor : try tensor.sum((1...dims).map { -$0 })
    }
}
