import Kernels

extension Tensor {
    /// Instance normalisation (Ulyanov et al. 2016) without weights: each channel (dimension 2) of each volume gets
    /// mean 0 and variance 1, y = (x - mean) / sqrt(variance + epsilon).
    ///
    /// - Parameters:
    ///   - epsilon: What is added to the variance, which is the mean squared distance from the mean.
    ///   - relu: Whether max(y, 0) is returned in the same pass.
    public func instanceNorm(epsilon: Float = 1e-5, relu: Bool = false) throws(TensorError) -> Tensor {
        guard rank >= 3 else {
            throw .shape(
                operation: "instance_norm", parameter: "input", shape: shape,
                expected: "N x C and at least one more dimension")
        }
        guard epsilon >= 0, epsilon.isFinite else {
            throw .argument(
                operation: "instance_norm", parameter: "eps", value: "\(epsilon)", expected: "a number of 0 or more")
        }
        let input = try detached().channelsLast()
        let result = try Tensor(uninitialised: shape, strides: Shape.channelsLastStrides(shape))
        let normalisation = InstanceNormalisation(
            batch: shape[0], voxels: shape[2...].reduce(1, *), channels: shape[1], relu: relu)
        let means = try Tensor(uninitialised: [shape[0], shape[1]])
        let inverseDeviations = try Tensor(uninitialised: [shape[0], shape[1]])
        normalisation.statistics(
            input: input.pointer, epsilon: epsilon, means: means.pointer, inverseDeviations: inverseDeviations.pointer)
        normalisation.forward(
            input: input.pointer, means: means.pointer, inverseDeviations: inverseDeviations.pointer,
            output: result.pointer)
        return try result.recorded(.instanceNorm, [self]) { gradient throws(TensorError) in
            let arranged = try gradient.channelsLast()
            let inputGradient = try Tensor(uninitialised: self.shape, strides: Shape.channelsLastStrides(self.shape))
            normalisation.backward(
                input: input.pointer, means: means.pointer, inverseDeviations: inverseDeviations.pointer,
                outputGradient: arranged.pointer, inputGradient: inputGradient.pointer)
            return [inputGradient]
        }
    }
}
