import Foundation
import Support
import Tensors

/// The normal distribution.
public struct Normal: Distribution {
    /// "Normal".
    public var kind: String { "Normal" }
    /// The shape that `loc` and `scale` broadcast to.
    public let batchShape: [Int]
    /// The mean.
    public let loc: Tensor
    /// The standard deviation, above 0.
    public let scale: Tensor

    /// log(2 pi) / 2.
    static let halfLogTwoPi = Float(0.5 * log(2 * Double.pi))

    /// A normal distribution of the mean `loc` and the standard deviation `scale`.
    public init(loc: Tensor, scale: Tensor) throws(TensorError) {
        batchShape = try CheckedParameter.batchShape(
            "Normal", CheckedParameter("loc", loc), CheckedParameter("scale", scale, in: .positive))
        (self.loc, self.scale) = (loc, scale)
    }

    /// `loc` and `scale`.
    public var parameters: [(name: String, tensor: Tensor)] { [("loc", loc), ("scale", scale)] }

    /// All numbers.
    public var support: Constraint { get throws(TensorError) { try .real } }

    /// -z^2 / 2 - log(scale) - log(2 pi) / 2, with z = (x - loc) / scale.
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        let z = try (values - loc) / scale
        return try z.square().scaled(by: -0.5) - scale.log().offset(by: Self.halfLogTwoPi)
    }

    /// loc + scale e, with standard normal e.
    public func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        try loc + scale * .randn(shape + batchShape, generator: generator)
    }

    /// log(scale) + (1 + log(2 pi)) / 2.
    public func entropy() throws(TensorError) -> Tensor {
        try batched(scale.log().offset(by: Self.halfLogTwoPi + 0.5))
    }

    /// `loc`.
    public func mean() throws(TensorError) -> Tensor { try batched(loc) }

    /// `scale` squared.
    public func variance() throws(TensorError) -> Tensor { try batched(scale.square()) }

    /// erfc(-z / sqrt(2)) / 2.
    public func cdf(_ values: Tensor) throws(TensorError) -> Tensor {
        try ((loc - values) / scale).scaled(by: Float(0.5).squareRoot()).erfc().scaled(by: 0.5)
    }

    /// loc + scale sqrt(2) erfinv(2 p - 1).
    public func quantile(_ p: Tensor) throws(TensorError) -> Tensor {
        try loc + scale * p.scaled(by: 2).offset(by: -1).erfinv().scaled(by: Float(2).squareRoot())
    }
}
