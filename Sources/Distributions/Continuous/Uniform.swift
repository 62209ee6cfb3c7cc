import Tensors

/// The uniform distribution of the numbers from `low`, included, to `high`, which is not.
public struct Uniform: Distribution {
    /// "Uniform".
    public var kind: String { "Uniform" }
    /// The shape that `low` and `high` broadcast to.
    public let batchShape: [Int]
    /// The smallest number.
    public let low: Tensor
    /// The end, above `low`.
    public let high: Tensor

    /// A uniform distribution of the numbers from `low` to `high`, which has to lie above it.
    public init(low: Tensor, high: Tensor) throws(TensorError) {
        batchShape = try CheckedParameter.batchShape(
            "Uniform", CheckedParameter("low", low), CheckedParameter("high", high))
        let width = try high.detached() - low.detached()
        if let place = width.values.firstIndex(where: { $0 <= 0 || !$0.isFinite }) {
            let (from, to) = (try low.expanded(to: batchShape).values, try high.expanded(to: batchShape).values)
            throw .argument(
                operation: "Uniform", parameter: "high" + CheckedParameter.index(of: place, in: batchShape),
                value: "\(to[place])", expected: "a number above low, \(from[place])")
        }
        (self.low, self.high) = (low, high)
    }

    /// `low` and `high`.
    public var parameters: [(name: String, tensor: Tensor)] { [("low", low), ("high", high)] }

    /// The numbers from `low` to `high`, the latter left out.
    public var support: Constraint { get throws(TensorError) { .halfOpen(low, high) } }

    /// -log(high - low).
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor { try entropy().negated() }

    /// log(high - low).
    public func entropy() throws(TensorError) -> Tensor { try (high - low).log() }

    /// (low + high) / 2.
    public func mean() throws(TensorError) -> Tensor { try (low + high).scaled(by: 0.5) }

    /// (high - low)^2 / 12.
    public func variance() throws(TensorError) -> Tensor { try (high - low).square().scaled(by: 1 / 12) }

    /// (x - low) / (high - low), held within 0 to 1.
    public func cdf(_ values: Tensor) throws(TensorError) -> Tensor {
        try ((values - low) / (high - low)).clamped(minimum: 0, maximum: 1)
    }

    /// low + p (high - low).
    public func quantile(_ p: Tensor) throws(TensorError) -> Tensor { try low + p * (high - low) }
}
