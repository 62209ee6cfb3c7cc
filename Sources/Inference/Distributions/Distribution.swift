import Support
import Tensors

/// A probability distribution of tensors of one shape; probabilities are densities, and logarithms natural.
public protocol Distribution {
    /// The shape of one value, such as 3x3x3 for a kernel.
    var eventShape: [Int] { get }

    /// The log density of each of `values`.
    ///
    /// - Parameter values: Any dimensions, then those of `eventShape`.
    /// - Returns: One number for each value, in the shape of the leading dimensions.
    func logProbability(_ values: Tensor) throws(TensorError) -> Tensor

    /// Independent draws, `count` x `eventShape`; gradients flow to the parameters where the draw can be written as
    /// a differentiable function of them.
    func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor

    /// The entropy of one value in nats, a scalar: minus the expected log density.
    func entropy() throws(TensorError) -> Tensor
}

extension Distribution {
    /// The number of elements of one value.
    public var eventSize: Int { eventShape.reduce(1, *) }

    /// The entropy estimated with 65,536 draws of a seed of its own, for distributions without a closed form: the
    /// standard error is 1/256 of the log density's standard deviation.
    public func entropy() throws(TensorError) -> Tensor {
        try logProbability(sample(1 << 16, generator: RandomGenerator(seed: 0))).mean().negated()
    }

    /// `values` as a matrix with a value in each row, and the shape of the leading dimensions.
    func rows(_ values: Tensor) throws(TensorError) -> (matrix: Tensor, leading: [Int]) {
        guard values.rank >= eventShape.count, Array(values.shape.suffix(eventShape.count)) == eventShape else {
            throw .shape(
                operation: "log_prob", parameter: "values", shape: values.shape,
                expected: "any dimensions, then \(eventShape.shapeText)")
        }
        let leading = Array(values.shape.dropLast(eventShape.count))
        return (try values.reshaped([leading.reduce(1, *), eventSize]), leading)
    }
}
