import Support
import Tensors

/// Student's t distribution of vectors (Kotz and Nadarajah, "Multivariate t distributions", 2004, equation 1.1).
public struct MultivariateStudentT: Distribution {
    /// "MultivariateStudentT".
    public var kind: String { "MultivariateStudentT" }
    /// The shape that the batches of the parameters broadcast to.
    public let batchShape: [Int]
    /// The degrees of freedom, above 0.
    public let df: Tensor
    /// The location, ... x d.
    public let loc: Tensor
    /// The lower triangular factor of the matrix of scales, ... x d x d.
    public let scaleTril: Tensor

    /// The distribution of `loc` + L e / sqrt(g), with the lower triangular `scaleTril` L, standard normal vectors e,
    /// and gamma numbers g of mean 1 of `df` degrees of freedom.
    public init(df: Tensor, loc: Tensor, scaleTril: Tensor) throws(TensorError) {
        let kind = "MultivariateStudentT"
        batchShape = try CheckedParameter.batchShape(
            kind, CheckedParameter("df", df, in: .positive), CheckedParameter("loc", loc, eventRank: 1),
            CheckedParameter("scale_tril", scaleTril, eventRank: 2))
        try scaleTril.requireSquare(of: loc, kind, "scale_tril")
        try scaleTril.requireLowerTriangular(kind, "scale_tril")
        (self.df, self.loc, self.scaleTril) = (df, loc, scaleTril)
    }

    /// The size of a vector.
    public var eventShape: [Int] { loc.shape.suffix(1) }

    /// `df`, `loc` and `scale_tril`.
    public var parameters: [(name: String, tensor: Tensor)] {
        [("df", df), ("loc", loc), ("scale_tril", scaleTril)]
    }

    /// Vectors of finite numbers.
    public var support: Constraint { get throws(TensorError) { try Constraint.real.joined(1) } }

    /// log gamma((n + d) / 2) - log gamma(n / 2) - d / 2 log(n pi) - log |L| - (n + d) / 2 log(1 + q / n), with the
    /// squared distance q from `loc` and n degrees of freedom.
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        let distance = try scaleTril.squaredDistance(values - loc)
        let power = try df.offset(by: Float(eventShape[0])).scaled(by: 0.5) * (distance / df).log1p()
        return try df.studentNormaliser(dims: eventShape[0]) - scaleTril.halfLogDeterminant - power
    }

    /// loc + L e / sqrt(g), with normal e and gamma g of mean 1.
    public func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        let whole = shape + batchShape
        let normal = try Tensor.randn(whole + eventShape, generator: generator).mapped(by: scaleTril)
        return try loc + normal * df.expanded(to: whole).studentFactors(generator: generator).unsqueezed(-1)
    }

    /// log |L| + (n + d) / 2 (digamma((n + d) / 2) - digamma(n / 2)) less the constant of the density.
    public func entropy() throws(TensorError) -> Tensor {
        try batched(scaleTril.halfLogDeterminant + df.studentEntropy(dims: eventShape[0]))
    }

    /// `loc`; NaN where there are no more than 1 degrees of freedom.
    public func mean() throws(TensorError) -> Tensor {
        let hasMean = try df.unsqueezed(-1).compared(.greater, Tensor(1))
        return try Tensor.select(hasMean, loc, Tensor(.nan)).expanded(to: batchShape + eventShape)
    }

    /// The diagonal of L L^T n / (n - 2) for n above 2; infinite for n above 1, NaN for others.
    public func variance() throws(TensorError) -> Tensor {
        try (scaleTril.square().sum([-1]) * df.studentVariance().unsqueezed(-1)).expanded(
            to: batchShape + eventShape)
    }
}
