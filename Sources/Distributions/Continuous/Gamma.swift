import Support
import Tensors

/// The gamma distribution.
public struct Gamma: Distribution {
    /// "Gamma".
    public var kind: String { "Gamma" }
    /// The shape that `concentration` and `rate` broadcast to.
    public let batchShape: [Int]
    /// The exponent, above 0.
    public let concentration: Tensor
    /// What values are multiplied by, above 0.
    public let rate: Tensor

    /// The gamma distribution of the mean `concentration` / `rate`.
    public init(concentration: Tensor, rate: Tensor) throws(TensorError) {
        batchShape = try CheckedParameter.batchShape(
            "Gamma", CheckedParameter("concentration", concentration, in: .positive),
            CheckedParameter("rate", rate, in: .positive))
        (self.concentration, self.rate) = (concentration, rate)
    }

    /// `concentration` and `rate`.
    public var parameters: [(name: String, tensor: Tensor)] { [("concentration", concentration), ("rate", rate)] }

    /// Numbers of 0 or more.
    public var support: Constraint { get throws(TensorError) { try .notNegative } }

    /// a log(b) + (a - 1) log(x) - b x - log gamma(a), with concentration a and rate b.
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        let power = try Tensor.xLogY(concentration.offset(by: -1), values)
        return try concentration * rate.log() + power - rate * values - concentration.logGamma()
    }

    /// Draws of rate 1, divided by the rate.
    public func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        try .gammaDraws(concentration.expanded(to: shape + batchShape), generator: generator) / rate
    }

    /// a - log(b) + log gamma(a) + (1 - a) digamma(a).
    public func entropy() throws(TensorError) -> Tensor {
        let a = concentration
        return try a - rate.log() + a.logGamma() + a.negated().offset(by: 1) * a.digamma()
    }

    /// a / b.
    public func mean() throws(TensorError) -> Tensor { try concentration / rate }

    /// a / b^2.
    public func variance() throws(TensorError) -> Tensor { try concentration / rate.square() }

    /// The regularised lower incomplete gamma function of a and b x; no gradient flows to a, so that one must not
    /// require any.
    public func cdf(_ values: Tensor) throws(TensorError) -> Tensor {
        try Self.probability(ofPositive: values) { x throws(TensorError) in
            try .gammainc(concentration, rate * x)
        }
    }

    /// The numbers at which the distribution function is p, by bisection; like that, without a gradient of a.
    public func quantile(_ p: Tensor) throws(TensorError) -> Tensor { try positiveQuantile(p) }
}

/// The distribution of 1 / x, where x has a gamma distribution.
public struct InverseGamma: Distribution {
    /// "InverseGamma".
    public var kind: String { "InverseGamma" }
    /// The distribution of the inverses.
    let inverse: Gamma

    /// The distribution of the inverses of gamma numbers of the exponent `concentration` and the rate `rate`.
    public init(concentration: Tensor, rate: Tensor) throws(TensorError) {
        try CheckedParameter("concentration", concentration, in: .positive).check("InverseGamma")
        try CheckedParameter("rate", rate, in: .positive).check("InverseGamma")
        inverse = try Gamma(concentration: concentration, rate: rate)
    }

    private var concentration: Tensor { inverse.concentration }
    private var rate: Tensor { inverse.rate }

    /// The shape that `concentration` and `rate` broadcast to.
    public var batchShape: [Int] { inverse.batchShape }

    /// `concentration` and `rate`.
    public var parameters: [(name: String, tensor: Tensor)] { inverse.parameters }

    /// Numbers above 0.
    public var support: Constraint { get throws(TensorError) { try .positive } }

    /// The gamma density of 1 / x, less 2 log(x).
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        try inverse.logDensity(values.reciprocal()) - values.log().scaled(by: 2)
    }

    /// 1 / x of gamma numbers x.
    public func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        try inverse.sample(shape, generator: generator).reciprocal()
    }

    /// a + log(b) + log gamma(a) - (1 + a) digamma(a), with concentration a and rate b.
    public func entropy() throws(TensorError) -> Tensor {
        let a = concentration
        return try a + rate.log() + a.logGamma() - a.offset(by: 1) * a.digamma()
    }

    /// b / (a - 1); infinite where a is 1 or less.
    public func mean() throws(TensorError) -> Tensor {
        let hasMean = try concentration.compared(.greater, Tensor(1))
        let a = try Tensor.select(hasMean, concentration, Tensor(2)).offset(by: -1)
        return try .select(hasMean, rate / a, Tensor(.infinity))
    }

    /// b^2 / ((a - 1)^2 (a - 2)); infinite where a is 2 or less.
    public func variance() throws(TensorError) -> Tensor {
        let hasVariance = try concentration.compared(.greater, Tensor(2))
        let a = try Tensor.select(hasVariance, concentration, Tensor(3))
        let quotient = try (rate / a.offset(by: -1)).square() / a.offset(by: -2)
        return try .select(hasVariance, quotient, Tensor(.infinity))
    }

    /// 1 - the regularised lower incomplete gamma function of a and b / x.
    public func cdf(_ values: Tensor) throws(TensorError) -> Tensor {
        try Self.probability(ofPositive: values) { x throws(TensorError) in
            try Tensor.gammainc(concentration, rate / x).negated().offset(by: 1)
        }
    }

    /// The numbers at which the distribution function is p, by bisection; like that, without a gradient of a.
    public func quantile(_ p: Tensor) throws(TensorError) -> Tensor { try positiveQuantile(p) }
}

extension Tensor {
    /// Gamma numbers of rate 1, one for each of `concentration`; none is 0, whose logarithm and inverse are infinite.
    static func gammaDraws(_ concentration: Tensor, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try concentration.standardGamma(generator: generator).clamped(minimum: .leastNormalMagnitude)
    }
}
