import Tensors

/// The exponential distribution.
public struct Exponential: Distribution {
    /// "Exponential".
    public var kind: String { "Exponential" }
    /// 1 / the mean, above 0; its shape is the batch's.
    public let rate: Tensor

    /// An exponential distribution of the mean 1 / `rate`.
    public init(rate: Tensor) throws(TensorError) {
        try CheckedParameter("rate", rate, in: .positive).check("Exponential")
        self.rate = rate
    }

    /// The shape of `rate`.
    public var batchShape: [Int] { rate.shape }

    /// `rate`.
    public var parameters: [(name: String, tensor: Tensor)] { [("rate", rate)] }

    /// Numbers of 0 or more.
    public var support: Constraint { get throws(TensorError) { try .notNegative } }

    /// log(rate) - rate x.
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor { try rate.log() - rate * values }

    /// 1 - log(rate).
    public func entropy() throws(TensorError) -> Tensor { try rate.log().negated().offset(by: 1) }

    /// 1 / rate.
    public func mean() throws(TensorError) -> Tensor { try rate.reciprocal() }

    /// 1 / rate^2.
    public func variance() throws(TensorError) -> Tensor { try rate.reciprocal().square() }

    /// 1 - e^(-rate x).
    public func cdf(_ values: Tensor) throws(TensorError) -> Tensor {
        try Self.probability(ofPositive: values) { x throws(TensorError) in
            try (rate * x).negated().expm1().negated()
        }
    }

    /// -log(1 - p) / rate.
    public func quantile(_ p: Tensor) throws(TensorError) -> Tensor { try p.negated().log1p().negated() / rate }
}

extension Distribution {
    /// What `formula` gives for positive values, and 0 for others.
    static func probability(
        ofPositive values: Tensor, _ formula: (Tensor) throws(TensorError) -> Tensor
    ) throws(TensorError) -> Tensor {
        // So asked, NaN remains NaN; and 1 in the place of what is not positive gives no gradient that is NaN.
        let isBelow = try values.compared(.lessOrEqual, Tensor(0))
        return try .select(isBelow, Tensor(0), formula(.select(isBelow, Tensor(1), values)))
    }
}
