import Support
import Tensors

/// The distribution of e^x, where x is normal.
public struct LogNormal: Distribution {
    /// "LogNormal".
    public var kind: String { "LogNormal" }
    /// The distribution of the logarithm.
    public let logarithm: Normal

    /// The distribution of numbers whose logarithms have the mean `loc` and the standard deviation `scale`.
    public init(loc: Tensor, scale: Tensor) throws(TensorError) {
        try CheckedParameter("loc", loc).check("LogNormal")
        try CheckedParameter("scale", scale, in: .positive).check("LogNormal")
        logarithm = try Normal(loc: loc, scale: scale)
    }

    /// The shape that `loc` and `scale` broadcast to.
    public var batchShape: [Int] { logarithm.batchShape }

    /// `loc` and `scale`.
    public var parameters: [(name: String, tensor: Tensor)] { logarithm.parameters }

    /// Numbers above 0.
    public var support: Constraint { get throws(TensorError) { try .positive } }

    /// The normal density of the logarithm, less the logarithm.
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        let x = try values.log()
        return try logarithm.logDensity(x) - x
    }

    /// e^x, for normal x.
    public func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        try logarithm.sample(shape, generator: generator).exp()
    }

    /// The normal entropy, plus `loc`.
    public func entropy() throws(TensorError) -> Tensor { try logarithm.entropy() + logarithm.loc }

    /// e^(loc + scale^2 / 2).
    public func mean() throws(TensorError) -> Tensor {
        try (logarithm.loc + logarithm.scale.square().scaled(by: 0.5)).exp()
    }

    /// (e^(scale^2) - 1) e^(2 loc + scale^2).
    public func variance() throws(TensorError) -> Tensor {
        let square = try logarithm.scale.square()
        return try square.expm1() * (logarithm.loc.scaled(by: 2) + square).exp()
    }

    /// The normal probability of the logarithm.
    public func cdf(_ values: Tensor) throws(TensorError) -> Tensor {
        try Self.probability(ofPositive: values) { x throws(TensorError) in try logarithm.cdf(x.log()) }
    }

    /// e to the normal quantile.
    public func quantile(_ p: Tensor) throws(TensorError) -> Tensor { try logarithm.quantile(p).exp() }
}
