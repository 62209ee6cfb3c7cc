import Foundation
import Tensors

/// The Cauchy distribution, which has neither mean nor variance.
public struct Cauchy: Distribution {
    /// "Cauchy".
    public var kind: String { "Cauchy" }
    /// The shape that `loc` and `scale` broadcast to.
    public let batchShape: [Int]
    /// The median.
    public let loc: Tensor
    /// Half the distance between the quartiles, above 0.
    public let scale: Tensor

    /// A Cauchy distribution round `loc`, of a `scale` above 0.
    public init(loc: Tensor, scale: Tensor) throws(TensorError) {
        batchShape = try CheckedParameter.batchShape(
            "Cauchy", CheckedParameter("loc", loc), CheckedParameter("scale", scale, in: .positive))
        (self.loc, self.scale) = (loc, scale)
    }

    /// `loc` and `scale`.
    public var parameters: [(name: String, tensor: Tensor)] { [("loc", loc), ("scale", scale)] }

    /// All numbers.
    public var support: Constraint { get throws(TensorError) { try .real } }

    /// -log(pi scale (1 + z^2)), with z = (x - loc) / scale.
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        try ((values - loc) / scale).square().log1p().negated() - scale.log().offset(by: Float(log(Double.pi)))
    }

    /// log(4 pi scale).
    public func entropy() throws(TensorError) -> Tensor {
        try batched(scale.log().offset(by: Float(log(4 * Double.pi))))
    }

    /// NaN.
    public func mean() throws(TensorError) -> Tensor { try batched(.nan) }

    /// Infinite, as in PyTorch.
    public func variance() throws(TensorError) -> Tensor { try batched(.infinity) }

    /// 1/2 + atan(z) / pi.
    public func cdf(_ values: Tensor) throws(TensorError) -> Tensor {
        try ((values - loc) / scale).atan().scaled(by: 1 / .pi).offset(by: 0.5)
    }

    /// loc + scale tan(pi (p - 1/2)).
    public func quantile(_ p: Tensor) throws(TensorError) -> Tensor {
        // Written from the end that is nearer, where the tangent is large: infinite where p is 0 or 1.
        let isLow = try p.compared(.less, Tensor(0.5))
        let tail = try Tensor.select(isLow, p, p.negated().offset(by: 1)).scaled(by: .pi)
        let distance = try tail.cos() / tail.sin()
        return try loc + scale * .select(isLow, distance.negated(), distance)
    }
}
