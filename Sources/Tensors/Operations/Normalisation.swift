import Kernels

/// What a normalisation does to a tensor: the mean and 1 / deviation of each channel of each volume.
///
/// Convolutions that are given these normalise and rectify the tensor as they read it, so that the result of the
/// normalisation is neither written nor kept; several convolutions of one tensor share them.
public struct InstanceStatistics {
    /// The tensor, dense and channels-last, without its graph.
    let input: Tensor
    private let kernel: InstanceNormalisation
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
        let kernel = InstanceNormalisation(
            batch: input.shape[0], voxels: input.shape[2...].reduce(1, *), channels: input.shape[1], relu: false)
        try self.init(try input.detached().channelsLast(), kernel, epsilon: epsilon, "instance_norm")
    }

    /// Finds what `kernel` makes of the dense tensor `input`, and its variances, [batch, channels], where there is a
    /// tensor for them.
    init(
        _ input: Tensor, _ kernel: InstanceNormalisation, epsilon: Float, variances: Tensor? = nil, _ operation: String
    ) throws(TensorError) {
        try Tensor.requireEpsilon(epsilon, operation)
        (self.input, self.kernel) = (input, kernel)
        means = try Tensor(uninitialised: [kernel.batch, kernel.channels])
        inverseDeviations = try Tensor(uninitialised: [kernel.batch, kernel.channels])
        kernel.statistics(
            input: input.pointer, epsilon: epsilon, means: means.pointer,
            inverseDeviations: inverseDeviations.pointer, variances: variances?.pointer)
    }

    private func kernel(relu: Bool) -> InstanceNormalisation {
        var result = kernel
        result.relu = relu
        return result
    }

    /// The normalisation and a ReLU, as convolutions apply it to the input; valid as long as the statistics live.
    var transform: InputTransform {
        .rectified(means: means.pointer, inverseDeviations: inverseDeviations.pointer)
    }

    /// The mean of each channel, [batch, channels].
    var channelMeans: Tensor { means }

    /// The normalised input, without a graph, of the input's layout: the strides are those of a dense tensor.
    func normalised(relu: Bool, strides: [Int]) throws(TensorError) -> Tensor {
        let result = try Tensor(uninitialised: input.shape, strides: strides)
        kernel(relu: relu).forward(
            input: input.pointer, means: means.pointer, inverseDeviations: inverseDeviations.pointer,
            output: result.pointer)
        return result
    }

    /// Turns the gradient of the normalised tensor, which lies as the input, into that of the input, in `result` (which
    /// may be the gradient itself).
    func backward(_ gradient: Tensor, relu: Bool, into result: Tensor) {
        kernel(relu: relu).backward(
            input: input.pointer, means: means.pointer, inverseDeviations: inverseDeviations.pointer,
            outputGradient: gradient.pointer, inputGradient: result.pointer)
    }
}

extension Tensor {
    /// Throws unless `epsilon`, which is added to a variance, is a number of 0 or more.
    static func requireEpsilon(_ epsilon: Float, _ operation: String) throws(TensorError) {
        guard epsilon >= 0, epsilon.isFinite else {
            throw .argument(
                operation: operation, parameter: "eps", value: "\(epsilon)", expected: "a number of 0 or more")
        }
    }

    /// Instance normalisation (Ulyanov et al. 2016) without weights: each channel (dimension 2) of each volume gets
    /// mean 0 and variance 1, y = (x - mean) / sqrt(variance + epsilon).
    ///
    /// - Parameters:
    ///   - epsilon: What is added to the variance, which is the mean squared distance from the mean.
    ///   - relu: Whether max(y, 0) is returned in the same pass.
    public func instanceNorm(epsilon: Float = 1e-5, relu: Bool = false) throws(TensorError) -> Tensor {
        let statistics = try InstanceStatistics(self, epsilon: epsilon)
        return try normalised(by: statistics, .instanceNorm, relu: relu, strides: Shape.channelsLastStrides(shape))
    }

    /// This tensor normalised by its `statistics`, whose input has the `strides`.
    func normalised(
        by statistics: InstanceStatistics, _ operation: Operation, relu: Bool = false, strides: [Int]
    ) throws(TensorError) -> Tensor {
        let shape = shape
        return try statistics.normalised(relu: relu, strides: strides).recorded(operation, [self]) {
            gradient throws(TensorError) in
            let arranged = try gradient.arranged(by: strides)
            let inputGradient = try Tensor(uninitialised: shape, strides: strides)
            statistics.backward(arranged, relu: relu, into: inputGradient)
            return [inputGradient]
        }
    }
}
