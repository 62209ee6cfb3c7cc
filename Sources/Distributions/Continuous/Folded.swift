import Foundation
import Support
import Tensors

/// The absolute value of a normal number of mean 0.
public struct HalfNormal: Distribution {
    /// "HalfNormal".
    public var kind: String { "HalfNormal" }
    /// The standard deviation of the normal number, above 0; its shape is the batch's.
    public let scale: Tensor

    /// The half-normal distribution of a `scale` above 0.
    public init(scale: Tensor) throws(TensorError) {
        try CheckedParameter("scale", scale, in: .positive).check("HalfNormal")
        self.scale = scale
    }

    /// The shape of `scale`.
    public var batchShape: [Int] { scale.shape }

    /// `scale`.
    public var parameters: [(name: String, tensor: Tensor)] { [("scale", scale)] }

    /// Numbers of 0 or more.
    public var support: Constraint { get throws(TensorError) { try .notNegative } }

    /// -(x / scale)^2 / 2 - log(scale) + log(2 / pi) / 2.
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        try (values / scale).square().scaled(by: -0.5) - scale.log().offset(by: Float(log(Double.pi / 2) / 2))
    }

    /// scale |e|, with standard normal e.
    public func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        try scale * Tensor.randn(shape + batchShape, generator: generator).abs()
    }

    /// log(scale) + (1 + log(pi / 2)) / 2.
    public func entropy() throws(TensorError) -> Tensor {
        try scale.log().offset(by: Float(0.5 + log(Double.pi / 2) / 2))
    }

    /// scale sqrt(2 / pi).
    public func mean() throws(TensorError) -> Tensor { try scale.scaled(by: Float((2 / Double.pi).squareRoot())) }

    /// scale^2 (1 - 2 / pi).
    public func variance() throws(TensorError) -> Tensor { try scale.square().scaled(by: Float(1 - 2 / Double.pi)) }

    /// erf(x / (scale sqrt(2))).
    public func cdf(_ values: Tensor) throws(TensorError) -> Tensor {
        try (values / scale).relu().scaled(by: Float(0.5).squareRoot()).erf()
    }

    /// scale sqrt(2) erfinv(p).
    public func quantile(_ p: Tensor) throws(TensorError) -> Tensor {
        try scale * p.erfinv().scaled(by: Float(2).squareRoot())
    }
}

/// The absolute value of a Cauchy number of location 0.
public struct HalfCauchy: Distribution {
    /// "HalfCauchy".
    public var kind: String { "HalfCauchy" }
    /// The median, above 0; its shape is the batch's.
    public let scale: Tensor

    /// The half-Cauchy distribution of a `scale` above 0.
    public init(scale: Tensor) throws(TensorError) {
        try CheckedParameter("scale", scale, in: .positive).check("HalfCauchy")
        self.scale = scale
    }

    /// The shape of `scale`.
    public var batchShape: [Int] { scale.shape }

    /// `scale`.
    public var parameters: [(name: String, tensor: Tensor)] { [("scale", scale)] }

    /// Numbers of 0 or more.
    public var support: Constraint { get throws(TensorError) { try .notNegative } }

    /// log(2 / pi) - log(scale) - log(1 + (x / scale)^2).
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        try (values / scale).square().log1p().negated() - scale.log().offset(by: Float(log(Double.pi / 2)))
    }

    /// log(2 pi scale).
    public func entropy() throws(TensorError) -> Tensor { try scale.log().offset(by: Float(log(2 * Double.pi))) }

    /// Infinite.
    public func mean() throws(TensorError) -> Tensor { try batched(.infinity) }

    /// Infinite.
    public func variance() throws(TensorError) -> Tensor { try batched(.infinity) }

    /// 2 / pi atan(x / scale).
    public func cdf(_ values: Tensor) throws(TensorError) -> Tensor {
        try (values / scale).relu().atan().scaled(by: Float(2 / Double.pi))
    }

    /// scale tan(pi p / 2).
    public func quantile(_ p: Tensor) throws(TensorError) -> Tensor {
        // The tangent is written from the end that is nearer, so that it is infinite where p is 1.
        let rest = try p.negated().offset(by: 1).scaled(by: .pi / 2)
        return try scale * (rest.cos() / rest.sin())
    }
}
