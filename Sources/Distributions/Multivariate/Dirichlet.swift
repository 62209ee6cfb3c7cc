import Support
import Tensors

/// The Dirichlet distribution of vectors of shares, whose sum is 1.
public struct Dirichlet: Distribution {
    /// "Dirichlet".
    public var kind: String { "Dirichlet" }
    /// The exponents of the shares, above 0, along the last dimension.
    public let concentration: Tensor

    /// The Dirichlet distribution of the mean `concentration` / its sum, of 2 shares or more.
    public init(concentration: Tensor) throws(TensorError) {
        try CheckedParameter("concentration", concentration, in: .positive, eventRank: 1).check("Dirichlet")
        guard let size = concentration.shape.last, size >= 2 else {
            throw .shape(
                operation: "Dirichlet", parameter: "concentration", shape: concentration.shape,
                expected: "2 shares or more in the last dimension")
        }
        self.concentration = concentration
    }

    /// The shape of `concentration` but for its last dimension.
    public var batchShape: [Int] { Array(concentration.shape.dropLast()) }

    /// The number of shares.
    public var eventShape: [Int] { concentration.shape.suffix(1) }

    /// `concentration`.
    public var parameters: [(name: String, tensor: Tensor)] { [("concentration", concentration)] }

    /// Numbers of 0 or more whose sum is 1, up to rounding.
    public var support: Constraint { get throws(TensorError) { try .simplex(eventShape[0]) } }

    /// The sum of log gamma(a), less log gamma of the sum of a, with concentrations a.
    var logNormaliser: Tensor {
        get throws(TensorError) { try concentration.logGamma().sum([-1]) - concentration.sum([-1]).logGamma() }
    }

    /// The sum of (a - 1) log(x), less the logarithm of the beta function of all a.
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        try Tensor.xLogY(concentration.offset(by: -1), values).sum([-1]) - logNormaliser
    }

    /// The shares of gamma numbers in their sum.
    public func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        let draws = try Tensor.gammaDraws(
            concentration.expanded(to: shape + concentration.shape), generator: generator)
        return try draws / draws.sum([-1], keepDims: true)
    }

    /// log B(a) + (sum of a - k) digamma(sum of a) - the sum of (a - 1) digamma(a), for k shares.
    public func entropy() throws(TensorError) -> Tensor {
        let sum = try concentration.sum([-1])
        let parts = try (concentration.offset(by: -1) * concentration.digamma()).sum([-1])
        return try logNormaliser + sum.offset(by: -Float(eventShape[0])) * sum.digamma() - parts
    }

    /// a / the sum of a.
    public func mean() throws(TensorError) -> Tensor { try concentration / concentration.sum([-1], keepDims: true) }

    /// m (1 - m) / (1 + the sum of a), with the mean m.
    public func variance() throws(TensorError) -> Tensor {
        let mean = try mean()
        return try mean * mean.negated().offset(by: 1) / concentration.sum([-1], keepDims: true).offset(by: 1)
    }
}
