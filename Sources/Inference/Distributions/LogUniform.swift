import Foundation
import Support
import Tensors

/// The distribution of independent elements w whose log |w| is uniform, and whose sign is + or - with probability 1/2.
///
/// Kingma, Salimans and Welling (2015) use it as a prior that prefers no scale. It is proper only within limits:
/// `minimum` <= |w| <= `maximum`.
public struct LogUniform: Distribution {
    /// The shape of one value.
    public let eventShape: [Int]
    /// The smallest absolute value of an element.
    public let minimum: Float
    /// The largest absolute value of an element.
    public let maximum: Float

    /// Elements of absolute values between `minimum` (1e-8 by default) and `maximum` (10 by default).
    public init(eventShape: [Int], minimum: Float = 1e-8, maximum: Float = 10) throws(TensorError) {
        try require(
            minimum > 0 && maximum > minimum && maximum.isFinite, "log_uniform", "minimum, maximum",
            "\(minimum), \(maximum)", expected: "0 < minimum < maximum")
        self.eventShape = eventShape
        self.minimum = minimum
        self.maximum = maximum
    }

    /// log(maximum / minimum), the length of the interval in which log |w| lies.
    private var logRange: Double { log(Double(maximum) / Double(minimum)) }

    /// The log density of each of `values`, -log(2 |w| log(maximum / minimum)) summed over the elements; minus
    /// infinity outside the limits.
    public func logProbability(_ values: Tensor) throws(TensorError) -> Tensor {
        let (matrix, leading) = try rows(values)
        let sizes = try matrix.abs()
        let outside = try Tensor.maximum(
            sizes.compared(.less, Tensor(minimum)), sizes.compared(.greater, Tensor(maximum)))
        let density = try sizes.log().offset(by: Float(log(2 * logRange))).negated()
        return try Tensor.select(outside, Tensor(-.infinity), density).sum([2]).reshaped(leading)
    }

    /// Independent draws.
    public func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor {
        let shape = [count] + eventShape
        let sizes = try Tensor.rand(shape, generator: generator).scaled(by: Float(logRange))
            .offset(by: log(minimum)).exp().clamped(minimum: minimum, maximum: maximum)
        let heads = try Tensor.rand(shape, generator: generator).compared(.less, Tensor(0.5))
        return try sizes * heads.scaled(by: 2).offset(by: -1)
    }

    /// The entropy: log(2 log(maximum / minimum)) + the mean of log |w|, for each element.
    public func entropy() throws(TensorError) -> Tensor {
        let mean = 0.5 * (log(Double(minimum)) + log(Double(maximum)))
        return try Tensor(Float(Double(eventSize) * (log(2 * logRange) + mean)))
    }
}
