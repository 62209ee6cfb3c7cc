import Foundation
import Support
import Tensors

/// Student's t distribution, moved and scaled.
public struct StudentT: Distribution {
    /// "StudentT".
    public var kind: String { "StudentT" }
    /// The shape that the parameters broadcast to.
    public let batchShape: [Int]
    /// The degrees of freedom, above 0.
    public let df: Tensor
    /// The median.
    public let loc: Tensor
    /// What a standard t number is multiplied by, above 0.
    public let scale: Tensor

    /// The distribution of `loc` + `scale` t, where t has `df` degrees of freedom.
    public init(df: Tensor, loc: Tensor, scale: Tensor) throws(TensorError) {
        batchShape = try CheckedParameter.batchShape(
            "StudentT", CheckedParameter("df", df, in: .positive), CheckedParameter("loc", loc),
            CheckedParameter("scale", scale, in: .positive))
        (self.df, self.loc, self.scale) = (df, loc, scale)
    }

    /// `df`, `loc` and `scale`.
    public var parameters: [(name: String, tensor: Tensor)] { [("df", df), ("loc", loc), ("scale", scale)] }

    /// All numbers.
    public var support: Constraint { get throws(TensorError) { try .real } }

    /// log gamma((n + 1) / 2) - log gamma(n / 2) - log(n pi) / 2 - log(scale) - (n + 1) / 2 log(1 + z^2 / n), with
    /// z = (x - loc) / scale and n degrees of freedom.
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        let z = try (values - loc) / scale
        let power = try df.offset(by: 1).scaled(by: 0.5) * (z.square() / df).log1p()
        return try df.studentNormaliser(dims: 1) - scale.log() - power
    }

    /// loc + scale e / sqrt(g), with normal e and gamma g of mean 1.
    public func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        let whole = shape + batchShape
        return try loc + scale * .randn(whole, generator: generator)
            * df.expanded(to: whole).studentFactors(generator: generator)
    }

    /// (n + 1) / 2 (digamma((n + 1) / 2) - digamma(n / 2)) less the constant of the density.
    public func entropy() throws(TensorError) -> Tensor {
        try batched(scale.log() + df.studentEntropy(dims: 1))
    }

    /// `loc`; NaN where there are no more than 1 degrees of freedom.
    public func mean() throws(TensorError) -> Tensor {
        try batched(.select(df.compared(.greater, Tensor(1)), loc, Tensor(.nan)))
    }

    /// scale^2 n / (n - 2) for n above 2; infinite for n above 1, NaN for others.
    public func variance() throws(TensorError) -> Tensor { try batched(scale.square() * df.studentVariance()) }

    /// Half of the regularised incomplete beta function of n / 2, 1 / 2 and n / (n + z^2) below `loc`, and 1 less that
    /// above; no gradient flows to the degrees of freedom, so that they must not require one.
    public func cdf(_ values: Tensor) throws(TensorError) -> Tensor {
        let z = try (values - loc) / scale
        let (square, half, n) = (try z.square(), try Tensor(0.5), try df.scaled(by: 0.5))
        // Near the median the quotient is near 1, and rounds: its complement says more there.
        let centre = try Tensor.betainc(half, n, square / (df + square)).scaled(by: -0.5).offset(by: 0.5)
        let far = try Tensor.betainc(n, half, df / (df + square)).scaled(by: 0.5)
        let tail = try Tensor.select(square.compared(.less, df), centre, far)
        return try .select(z.compared(.less, Tensor(0)), tail, tail.negated().offset(by: 1))
    }
}

/// What all t distributions need of their degrees of freedom, which these tensors are.
extension Tensor {
    /// log gamma((n + d) / 2) - log gamma(n / 2) - d / 2 log(n pi), for vectors of `dims` d.
    func studentNormaliser(dims: Int) throws(TensorError) -> Tensor {
        let d = Float(dims)
        let gammas = try offset(by: d).scaled(by: 0.5).logGamma() - scaled(by: 0.5).logGamma()
        return try gammas - scaled(by: .pi).log().scaled(by: d / 2)
    }

    /// (n + d) / 2 (digamma((n + d) / 2) - digamma(n / 2)) - the above: the entropy where the scale is 1.
    func studentEntropy(dims: Int) throws(TensorError) -> Tensor {
        let half = try offset(by: Float(dims)).scaled(by: 0.5)
        return try half * (half.digamma() - scaled(by: 0.5).digamma()) - studentNormaliser(dims: dims)
    }

    /// n / (n - 2) for n above 2, infinite for n above 1, NaN for others.
    func studentVariance() throws(TensorError) -> Tensor {
        let hasVariance = try compared(.greater, Tensor(2))
        let n = try Tensor.select(hasVariance, self, Tensor(3))
        let other = try Tensor.select(compared(.greater, Tensor(1)), Tensor(.infinity), Tensor(.nan))
        return try .select(hasVariance, n / n.offset(by: -2), other)
    }

    /// 1 / sqrt(g) for gamma numbers g of mean 1, one for each of these degrees of freedom.
    func studentFactors(generator: RandomGenerator) throws(TensorError) -> Tensor {
        let half = try scaled(by: 0.5)
        return try (half / .gammaDraws(half, generator: generator)).sqrt()
    }
}
