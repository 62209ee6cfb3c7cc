import Foundation
import Support
import Tensors

/// A Gaussian with independent elements: a mean and a log-variance for each.
///
/// The posterior of weights is one (its leading dimensions are the kernels), and so is the prior of one kernel whose
/// elements are independent.
public struct Normal: Distribution {
    /// The mean of each element.
    public let mean: Tensor
    /// The logarithm of each element's variance (of the variance, not of the standard deviation), in the mean's shape.
    public let logVariance: Tensor

    /// A Gaussian with the given means and log-variances, which must have one shape.
    public init(mean: Tensor, logVariance: Tensor) throws(TensorError) {
        guard mean.shape == logVariance.shape else {
            throw .shape(
                operation: "normal", parameter: "log_variance", shape: logVariance.shape, expected: mean.shape.shapeText
            )
        }
        self.mean = mean
        self.logVariance = logVariance
    }

    /// A Gaussian of mean 0 whose elements all have the standard deviation `standardDeviation`, above 0.
    public init(eventShape: [Int], standardDeviation: Float) throws(TensorError) {
        try require(
            standardDeviation > 0 && standardDeviation.isFinite, "normal", "standard_deviation", standardDeviation,
            expected: "a finite number above 0")
        mean = try Tensor.zeros(eventShape)
        logVariance = try Tensor.full(eventShape, 2 * log(standardDeviation))
    }

    /// The independent Gaussians of greatest likelihood for a bank: each element's mean and variance over its values.
    ///
    /// - Parameter bank: At least two finite values: a dimension that counts them, then their own dimensions.
    public init(fitting bank: Tensor) throws(TensorError) {
        guard bank.rank >= 1, bank.shape[0] >= 2 else {
            throw .shape(operation: "normal", parameter: "bank", shape: bank.shape, expected: "two values or more")
        }
        try bank.requireFinite("normal", "bank")
        let values = bank.detached()
        mean = try values.mean([1])
        // An element that never varies would have an infinite density.
        logVariance = try values.variance([1], unbiased: false).clamped(minimum: 1e-20).log()
    }

    /// The shape of one value.
    public var eventShape: [Int] { mean.shape }

    /// The standard deviation of each element.
    public func standardDeviation() throws(TensorError) -> Tensor { try logVariance.scaled(by: 0.5).exp() }

    /// The log density of each of `values`, summed over the elements of a value.
    public func logProbability(_ values: Tensor) throws(TensorError) -> Tensor {
        let (matrix, leading) = try rows(values)
        let center = try mean.reshaped([1, eventSize])
        let spread = try logVariance.reshaped([1, eventSize])
        return try Normal.logDensity(matrix, mean: center, logVariance: spread).sum([2]).reshaped(leading)
    }

    /// Independent draws: mean + standard deviation x noise.
    public func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try sample(noise: Tensor.randn([count] + eventShape, generator: generator))
    }

    /// The draws that belong to standard normal `noise`, whose last dimensions are those of a value.
    public func sample(noise: Tensor) throws(TensorError) -> Tensor {
        try mean + standardDeviation() * noise
    }

    /// The entropy: half of log(2 pi e variance), summed over the elements.
    public func entropy() throws(TensorError) -> Tensor {
        try logVariance.sum().scaled(by: 0.5).offset(by: Float(0.5 * log(2 * Double.pi * M_E) * Double(eventSize)))
    }

    /// The log density of each element of `values`, which broadcasts with `mean` and `logVariance`.
    static func logDensity(_ values: Tensor, mean: Tensor, logVariance: Tensor) throws(TensorError) -> Tensor {
        let squares = try (values - mean).square() * logVariance.negated().exp()
        return try (squares + logVariance).offset(by: Float(log(2 * Double.pi))).scaled(by: -0.5)
    }
}
