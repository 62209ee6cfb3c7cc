import Foundation
import Tensors

/// The Laplace distribution: an exponential distribution to both sides of its location.
public struct Laplace: Distribution {
    /// "Laplace".
    public var kind: String { "Laplace" }
    /// The shape that `loc` and `scale` broadcast to.
    public let batchShape: [Int]
    /// The mean.
    public let loc: Tensor
    /// The mean distance from `loc`, above 0.
    public let scale: Tensor

    /// A Laplace distribution round `loc`, of a `scale` above 0.
    public init(loc: Tensor, scale: Tensor) throws(TensorError) {
        batchShape = try CheckedParameter.batchShape(
            "Laplace", CheckedParameter("loc", loc), CheckedParameter("scale", scale, in: .positive))
        (self.loc, self.scale) = (loc, scale)
    }

    /// `loc` and `scale`.
    public var parameters: [(name: String, tensor: Tensor)] { [("loc", loc), ("scale", scale)] }

    /// All numbers.
    public var support: Constraint { get throws(TensorError) { try .real } }

    /// -|x - loc| / scale - log(2 scale).
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        try ((values - loc).abs() / scale).negated() - scale.scaled(by: 2).log()
    }

    /// 1 + log(2 scale).
    public func entropy() throws(TensorError) -> Tensor { try batched(scale.scaled(by: 2).log().offset(by: 1)) }

    /// `loc`.
    public func mean() throws(TensorError) -> Tensor { try batched(loc) }

    /// 2 scale^2.
    public func variance() throws(TensorError) -> Tensor { try batched(scale.square().scaled(by: 2)) }

    /// e^z / 2 below `loc`, and 1 - e^-z / 2 above, with z = (x - loc) / scale.
    public func cdf(_ values: Tensor) throws(TensorError) -> Tensor {
        let z = try (values - loc) / scale
        let tail = try z.abs().negated().exp().scaled(by: 0.5)
        return try .select(z.compared(.less, Tensor(0)), tail, tail.negated().offset(by: 1))
    }

    /// loc + scale log(2 p) below the median, and loc - scale log(2 - 2 p) above.
    public func quantile(_ p: Tensor) throws(TensorError) -> Tensor {
        let isLow = try p.compared(.less, Tensor(0.5))
        // Chosen before the logarithm, whose derivative is infinite at 0.
        let tail = try Tensor.select(isLow, p, p.negated().offset(by: 1)).scaled(by: 2).log()
        return try loc + scale * .select(isLow, tail, tail.negated())
    }
}
