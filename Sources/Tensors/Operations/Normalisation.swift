import Kernels

/// What an instance normalisation does to a tensor: the mean and 1 / deviation of each channel of each volume.
///
/// Convolutions that are given these normalise and rectify the tensor as they read it, so that the result of the
/// normalisation is neither written nor kept; several convolutions of one tensor share them.
public struct InstanceStatistics {
    /// The tensor, channels-last, without its graph.
    let input: Tensor
    private let means: Tensor
    private let inverseDeviations: Tensor

    /// Finds the statistics of `input`, N x C and at least one more dimension.
    ///
    /// `epsilon` is added to the variance, which is the mean squared distance from the mean.
    public init(_ input: Tensor, epsilon: Float = 1e-5) throws(TensorError) {
        guard input.rank >= 3 else {
            throw .shape(
                operation: "instance_norm", parameter: "input", shape: input.shape,
                expected: "N x C and at least one more dimension")
        }
        guard epsilon >= 0, epsilon.isFinite else {
            throw .argument(
                operation: "instance_norm", parameter: "eps", value: "\(epsilon)", expected: "a number of 0 or more")
        }
        self.input = try input.detached().channelsLast()
        means = try Tensor(uninitialised: [input.shape[0], input.shape[1]])
        inverseDeviations = try Tensor(uninitialised: [input.shape[0], input.shape[1]])
        normalisation(relu: false).statistics(
            input: self.input.pointer, epsilon: epsilon, means: means.pointer,
            inverseDeviations: inverseDeviations.pointer)
    }

    private func normalisation(relu: Bool) -> InstanceNormalisation {
        InstanceNormalisation(
            batch: input.shape[0], voxels: input.shape[2...].reduce(1, *), channels: input.shape[1], relu: relu)
    }

    /// The normalisation and a ReLU, as convolutions apply it to the input; valid as long as the statistics live.
    var transform: InputTransform {
        .rectified(means: means.pointer, inverseDeviations: inverseDeviations.pointer)
    }

    /// The normalised input, without a graph.
    func normalised(relu: Bool) throws(TensorError) -> Tensor {
        let result = try Tensor(uninitialised: input.shape, strides: Shape.channelsLastStrides(input.shape))
        normalisation(relu: relu).forward(
            input: input.pointer, means: means.pointer, inverseDeviations: inverseDeviations.pointer,
            output: result.pointer)
        return result
    }

    /// Turns the gradient of the normalised tensor, channels-last, into that of the input, in `result` (which may be
    /// the gradient itself).
    func backward(_ gradient: Tensor, relu: Bool, into result: Tensor) {
        normalisation(relu: relu).backward(
            input: input.pointer, means: means.pointer, inverseDeviations: inverseDeviations.pointer,
            outputGradient: gradient.pointer, inputGradient: result.pointer)
    }
}

extension Tensor {
    /// Instance normalisation (Ulyanov et al. 2016) without weights: each channel (dimension 2) of each volume gets
    /// mean 0 and variance 1, y = (x - mean) / sqrt(variance + epsilon).
    ///
    /// - Parameters:
    ///   - epsilon: What is added to the variance, which is the mean squared distance from the mean.
    ///   - relu: Whether max(y, 0) is returned in the same pass.
    public func instanceNorm(epsilon: Float = 1e-5, relu: Bool = false) throws(TensorError) -> Tensor {
        let statistics = try InstanceStatistics(self, epsilon: epsilon)
        let shape = shape
        return try statistics.normalised(relu: relu).recorded(.instanceNorm, [self]) { gradient throws(TensorError) in
            let inputGradient = try Tensor(uninitialised: shape, strides: Shape.channelsLastStrides(shape))
            statistics.backward(try gradient.channelsLast(), relu: relu, into: inputGradient)
            return [inputGradient]
        }
    }
}
