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
        let moved = try (values - loc) / scale
        let z = moved.detached()
        let (square, half, n) = (try z.square(), try Tensor(0.5), try df.scaled(by: 0.5))
        // Near the median the quotient is near 1, and rounds: its complement says more there.
        let centre = try Tensor.betainc(half, n, square / (df + square)).scaled(by: -0.5).offset(by: 0.5)
        let far = try Tensor.betainc(n, half, df / (df + square)).scaled(by: 0.5)
        let tail = try Tensor.select(square.compared(.less, df), centre, far)
        let probability = try Tensor.select(z.compared(.less, Tensor(0)), tail, tail.negated().offset(by: 1))
        guard GradientMode.isEnabled, moved.requiresGradient else { return probability }
        // The derivative is the density; by the incomplete beta function it would be 0 times infinity at the median.
        let power = try df.offset(by: 1).scaled(by: 0.5) * (square / df).log1p()
        let density = try (df.studentNormaliser(dims: 1) - power).exp()
        return try probability + .select(z.isFinite(), (moved - z) * density, Tensor(0))
    }

    /// The numbers at which the distribution function is p, by bisection; like that, without a gradient of the degrees
    /// of freedom.
    public func quantile(_ p: Tensor) throws(TensorError) -> Tensor {
        // Bisected in the lower tail, where probabilities have all their digits, on the logarithm of the distance.
        let isLow = try p.compared(.less, Tensor(0.5))
        let tail = try Tensor.select(isLow, p, p.negated().offset(by: 1)).detached()
        let (location, width) = (loc.detached(), scale.detached())
        let standard = try StudentT(df: df.detached(), loc: .zeros(batchShape), scale: Tensor(1))
        let lower = try standard.bisected(tail) { t throws(TensorError) in try t.negated().exp().negated() }
        let known = try Tensor.select(
            tail.compared(.equal, Tensor(0)), Tensor(.infinity),
            .select(tail.compared(.equal, Tensor(0.5)), Tensor(0), lower.negated()))
        return try withGradient(p, location + width * .select(isLow, known.negated(), known))
    }
}

/// What all t distributions need of their degrees of freedom, which these tensors are.
extension Tensor {
    /// log gamma((n + d) / 2) - log gamma(n / 2) - d / 2 log(n pi), for vectors of `dims` d.
    ///
    /// Written as a sum of small terms, by gamma(x + 1) = x gamma(x): differences of gamma functions of many degrees of
    /// freedom would lose all their digits.
    func studentNormaliser(dims: Int) throws(TensorError) -> Tensor {
        let (half, isOdd) = (try scaled(by: 0.5), dims % 2 == 1)
        var sum = isOdd ? try half.logGammaHalfStep() : try half.zerosLike()
        for k in 0..<dims / 2 {
            sum = try sum + half.reciprocal().scaled(by: Float(k) + (isOdd ? 0.5 : 0)).log1p()
        }
        return try sum.offset(by: -Float(dims) * Normal.halfLogTwoPi)
    }

    /// (n + d) / 2 (digamma((n + d) / 2) - digamma(n / 2)) - the above: the entropy where the scale is 1.
    func studentEntropy(dims: Int) throws(TensorError) -> Tensor {
        let (half, isOdd) = (try scaled(by: 0.5), dims % 2 == 1)
        var sum = isOdd ? try half.digammaHalfStep() : try half.zerosLike()
        for k in 0..<dims / 2 { sum = try sum + half.offset(by: Float(k) + (isOdd ? 0.5 : 0)).reciprocal() }
        return try half.offset(by: 0.5 * Float(dims)) * sum - studentNormaliser(dims: dims)
    }

    /// From this number on, the asymptotic series below are exact in single precision.
    private static let farStart: Float = 8

    /// log gamma(x + 1/2) - log gamma(x) - log(x) / 2; far from 0 by its asymptotic series (Tricomi and Erdélyi, "The
    /// asymptotic expansion of a ratio of gamma functions", 1951).
    private func logGammaHalfStep() throws(TensorError) -> Tensor {
        let isFar = try compared(.greaterOrEqual, Tensor(Self.farStart))
        let inverse = try clamped(minimum: Self.farStart).reciprocal()
        let square = try inverse.square()
        let series = try inverse * (square * square.scaled(by: -1 / 640).offset(by: 1 / 192)).offset(by: -1 / 8)
        let near = try clamped(maximum: Self.farStart)
        let direct = try near.offset(by: 0.5).logGamma() - near.logGamma() - near.log().scaled(by: 0.5)
        return try .select(isFar, series, direct)
    }

    /// digamma(x + 1/2) - digamma(x); far from 0 by the derivative of the above series.
    private func digammaHalfStep() throws(TensorError) -> Tensor {
        let isFar = try compared(.greaterOrEqual, Tensor(Self.farStart))
        let inverse = try clamped(minimum: Self.farStart).reciprocal()
        let square = try inverse.square()
        let series =
            try inverse.scaled(by: 0.5)
            + square * (square * square.scaled(by: 1 / 128).offset(by: -1 / 64)).offset(by: 1 / 8)
        let near = try clamped(maximum: Self.farStart)
        return try .select(isFar, series, near.offset(by: 0.5).digamma() - near.digamma())
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
