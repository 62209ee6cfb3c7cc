import Support
import Tensors

/// The beta distribution of numbers from 0 to 1.
public struct Beta: Distribution {
    /// "Beta".
    public var kind: String { "Beta" }
    /// The shape that both concentrations broadcast to.
    public let batchShape: [Int]
    /// The exponent of x, above 0.
    public let concentration1: Tensor
    /// The exponent of 1 - x, above 0.
    public let concentration0: Tensor

    /// The beta distribution of the mean `concentration1` / (`concentration1` + `concentration0`).
    public init(concentration1: Tensor, concentration0: Tensor) throws(TensorError) {
        batchShape = try CheckedParameter.batchShape(
            "Beta", CheckedParameter("concentration1", concentration1, in: .positive),
            CheckedParameter("concentration0", concentration0, in: .positive))
        (self.concentration1, self.concentration0) = (concentration1, concentration0)
    }

    /// `concentration1` and `concentration0`.
    public var parameters: [(name: String, tensor: Tensor)] {
        [("concentration1", concentration1), ("concentration0", concentration0)]
    }

    /// Numbers from 0 to 1.
    public var support: Constraint { get throws(TensorError) { try .unitInterval } }

    /// Both concentrations, along a new last dimension, as those of two shares.
    var shares: Tensor {
        get throws(TensorError) {
            try .stack(
                [concentration1.expanded(to: batchShape), concentration0.expanded(to: batchShape)], dim: -1)
        }
    }

    /// The log of the beta function: log gamma(a) + log gamma(b) - log gamma(a + b).
    var logNormaliser: Tensor {
        get throws(TensorError) {
            try concentration1.logGamma() + concentration0.logGamma() - (concentration1 + concentration0).logGamma()
        }
    }

    /// (a - 1) log(x) + (b - 1) log(1 - x) - log B(a, b), with the concentrations a of x and b of 1 - x.
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        let first = try Tensor.xLogY(concentration1.offset(by: -1), values)
        let second = try Tensor.xLogY(concentration0.offset(by: -1), values.negated().offset(by: 1))
        return try first + second - logNormaliser
    }

    /// The share of one gamma number in the sum of two; none is 1, where the density may be infinite.
    public func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        let whole = shape + batchShape
        let first = try Tensor.gammaDraws(concentration1.expanded(to: whole), generator: generator)
        let second = try Tensor.gammaDraws(concentration0.expanded(to: whole), generator: generator)
        return try (first / (first + second)).clamped(maximum: 1 - 0x1p-24)
    }

    /// log B(a, b) - (a - 1) digamma(a) - (b - 1) digamma(b) + (a + b - 2) digamma(a + b).
    public func entropy() throws(TensorError) -> Tensor {
        let (a, b, sum) = (concentration1, concentration0, try concentration1 + concentration0)
        let parts = try a.offset(by: -1) * a.digamma() + b.offset(by: -1) * b.digamma()
        return try logNormaliser - parts + sum.offset(by: -2) * sum.digamma()
    }

    /// a / (a + b).
    public func mean() throws(TensorError) -> Tensor { try concentration1 / (concentration1 + concentration0) }

    /// m (1 - m) / (a + b + 1), with the mean m.
    public func variance() throws(TensorError) -> Tensor {
        let mean = try mean()
        return try mean * mean.negated().offset(by: 1) / (concentration1 + concentration0).offset(by: 1)
    }

    /// The regularised incomplete beta function; no gradient flows to the concentrations, so that none must require
    /// one.
    public func cdf(_ values: Tensor) throws(TensorError) -> Tensor {
        try .betainc(concentration1, concentration0, values.clamped(minimum: 0, maximum: 1))
    }

    /// The numbers at which the distribution function is p, by bisection; like that, without gradients of the
    /// concentrations.
    public func quantile(_ p: Tensor) throws(TensorError) -> Tensor { try unitQuantile(p) }
}
