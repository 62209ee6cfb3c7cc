import Kernels

/// Convolutions of sequences (N x C x L), images (N x C x H x W) and volumes (N x C x D x H x W).
///
/// Options are one number for all directions or one for each. Results lie channels-last in memory.
extension Tensor {
    /// The convolution (as in all of deep learning, a correlation) of this tensor with `weight`.
    ///
    /// The output has floor((size + 2 padding - kernel) / stride) + 1 elements in each direction.
    /// - Parameters:
    ///   - weight: Out x in x the kernel's sizes.
    ///   - bias: A number for each output channel.
    ///   - stride: The step from one output element to the next.
    ///   - padding: The zeros around the input, on either side.
    ///   - statistics: Those of this tensor, where it is to be normalised and rectified first; they are not checked.
    public func convolution(
        weight: Tensor, bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0],
        normalisedBy statistics: InstanceStatistics? = nil
    ) throws(TensorError) -> Tensor {
        let problem = try ConvolutionProblem(
            "conv", input: self, weight: ("weight", weight), bias: bias, stride: stride, padding: padding,
            statistics: statistics)
        let geometry = problem.geometry
        let (input, kernels) = try (problem.input(self), weight.detached().contiguous())
        let offsets = try bias?.detached().contiguous()
        let result = try problem.emptyOutput()
        withExtendedLifetime(offsets) {
            ConvolutionRoutines.forward(
                geometry, input: input.pointer, transform: problem.transform, weight: kernels.pointer,
                cache: kernels.storage.packedWeightsCache, bias: offsets?.pointer, output: result.pointer)
        }
        let targets = (GradientTarget(self), GradientTarget(weight), bias.map(GradientTarget.init))
        return try result.recorded(
            .convolution, [self, weight] + (bias.map { [$0] } ?? []), keeping: [self, weight]
        ) { gradient throws(TensorError) in
            let arranged = try gradient.channelsLast()
            return [
                try targets.0.requiresGradient ? problem.inputGradient(arranged, weight: kernels) : nil,
                try targets.1.requiresGradient ? problem.weightGradient(arranged, input: input) : nil,
                try arranged.channelSums(for: targets.2),
            ]
        }
    }

    /// The transpose of a convolution, whose output has (size - 1) stride - 2 padding + kernel + outputPadding elements
    /// in each direction.
    ///
    /// - Parameters:
    ///   - weight: In x out x the kernel's sizes.
    ///   - bias: A number for each output channel.
    ///   - stride: The step in the output from one input element to the next.
    ///   - padding: What is cut off on either side of the output.
    ///   - outputPadding: What is added at the end of each direction; less than the stride.
    public func transposedConvolution(
        weight: Tensor, bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], outputPadding: [Int] = [0]
    ) throws(TensorError) -> Tensor {
        // The geometry is that of the convolution which this one transposes: its output is our input.
        let geometry = try transposedGeometry(
            weight: weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding)
        let (input, kernels) = try (detached().channelsLast(), weight.detached().contiguous())
        let target =
            [shape[0], weight.shape[1]]
            + [geometry.inputSize.depth, geometry.inputSize.height, geometry.inputSize.width]
            .suffix(rank - 2)
        let result = try Tensor(uninitialised: target, strides: Shape.channelsLastStrides(target))
        let offsets = try bias?.detached().contiguous()
        withExtendedLifetime(offsets) {
            ConvolutionRoutines.backwardData(
                geometry, outputGradient: input.pointer, weight: kernels.pointer,
                cache: kernels.storage.packedWeightsCache, bias: offsets?.pointer, inputGradient: result.pointer)
        }
        let targets = (GradientTarget(self), GradientTarget(weight), bias.map(GradientTarget.init))
        return try result.recorded(
            .transposedConvolution, [self, weight] + (bias.map { [$0] } ?? []), keeping: [self, weight]
        ) { gradient throws(TensorError) in
            let arranged = try gradient.channelsLast()
            var inputGradient: Tensor?
            if targets.0.requiresGradient {
                let shape = targets.0.shape
                let part = try Tensor(uninitialised: shape, strides: Shape.channelsLastStrides(shape))
                ConvolutionRoutines.forward(
                    geometry, input: arranged.pointer, weight: kernels.pointer,
                    cache: kernels.storage.packedWeightsCache, output: part.pointer)
                inputGradient = part
            }
            var weightGradient: Tensor?
            if targets.1.requiresGradient {
                let part = try Tensor(uninitialised: targets.1.shape)
                ConvolutionRoutines.backwardWeight(
                    geometry, input: arranged.pointer, outputGradient: input.pointer, weightGradient: part.pointer)
                weightGradient = part
            }
            return [
                inputGradient, weightGradient,
                try arranged.channelSums(for: targets.2),
            ]
        }
    }

    private func transposedGeometry(
        weight: Tensor, bias: Tensor?, stride: [Int], padding: [Int], outputPadding: [Int]
    ) throws(TensorError) -> ConvolutionGeometry {
        let arguments = try SpatialArguments("conv_transpose", input: self, takesSequences: true)
        try arguments.checkWeight("weight", weight, channels: shape[1], dim: 0)
        try arguments.checkBias(bias, channels: weight.shape[1])
        let step = try arguments.size("stride", stride, minimum: 1, depth: 1)
        let border = try arguments.size("padding", padding, minimum: 0, depth: 0)
        let extra = try arguments.size("output_padding", outputPadding, minimum: 0, depth: 0)
        try require(
            extra.depth < step.depth && extra.height < step.height && extra.width < step.width, arguments.operation,
            "output_padding", outputPadding, expected: "less than the stride \(stride)")
        let kernel = SpatialArguments.size(weight.shape[2...], depth: 1)
        let size = arguments.inputSize
        let output = Size3 {
            (size[keyPath: $0] - 1) * step[keyPath: $0] - 2 * border[keyPath: $0] + kernel[keyPath: $0]
                + extra[keyPath: $0]
        }
        try require(
            output.depth >= 1 && output.height >= 1 && output.width >= 1, arguments.operation, "padding", padding,
            expected: "less, as nothing is left of the output")
        return ConvolutionGeometry(
            batch: shape[0], inputChannels: weight.shape[1], outputChannels: shape[1], inputSize: output,
            kernelSize: kernel, stride: step, padding: border)
    }

    /// The gradient of a bias: the sum over all but the channels; nil where none is required.
    func channelSums(for bias: GradientTarget?) throws(TensorError) -> Tensor? {
        bias?.requiresGradient == true ? try sum(indices: shape.indices.filter { $0 != 1 }, keepDims: false) : nil
    }
}

/// A convolution's checked sizes, and its gradients.
struct ConvolutionProblem {
    /// The sizes.
    let geometry: ConvolutionGeometry
    private let inputShape: [Int]
    private let weightShape: [Int]
    private let outputShape: [Int]
    /// Those of the input, where it is normalised and rectified first.
    private let statistics: InstanceStatistics?

    /// Checks the arguments; errors name `operation` with the number of directions, and the weight by its name.
    init(
        _ operation: String, input: Tensor, weight: (name: String, tensor: Tensor), bias: Tensor?, stride: [Int],
        padding: [Int], statistics: InstanceStatistics? = nil
    ) throws(TensorError) {
        let arguments = try SpatialArguments(operation, input: input, takesSequences: true)
        try arguments.checkWeight(weight.name, weight.tensor, channels: input.shape[1], dim: 1)
        let outputs = weight.tensor.shape[0]
        try arguments.checkBias(bias, channels: outputs)
        let kernel = SpatialArguments.size(weight.tensor.shape[2...], depth: 1)
        let border = try arguments.size("padding", padding, minimum: 0, depth: 0)
        geometry = ConvolutionGeometry(
            batch: input.shape[0], inputChannels: input.shape[1], outputChannels: outputs,
            inputSize: arguments.inputSize, kernelSize: kernel,
            stride: try arguments.size("stride", stride, minimum: 1, depth: 1), padding: border)
        try arguments.checkFit(kernel, padding: border)
        self.statistics = statistics
        inputShape = input.shape
        weightShape = weight.tensor.shape
        outputShape = [input.shape[0], outputs] + arguments.dimensions(geometry.outputSize)
    }

    /// The input as the kernels read it: channels-last, without its graph.
    func input(_ input: Tensor) throws(TensorError) -> Tensor {
        if let statistics { statistics.input } else { try input.detached().channelsLast() }
    }

    /// What happens to the input as it is read; valid as long as this problem lives.
    var transform: InputTransform { statistics?.transform ?? .identity }

    /// A channels-last tensor for the output.
    func emptyOutput() throws(TensorError) -> Tensor {
        try Tensor(uninitialised: outputShape, strides: Shape.channelsLastStrides(outputShape))
    }

    /// The gradient of the input, channels-last, from that of the transformed input, which `fill` writes.
    func inputGradient(_ fill: (Tensor) -> Void) throws(TensorError) -> Tensor {
        let result = try Tensor(uninitialised: inputShape, strides: Shape.channelsLastStrides(inputShape))
        fill(result)
        statistics?.backward(result, relu: true, into: result)
        return result
    }

    /// The gradient of the input, for a channels-last gradient of the output and contiguous weights.
    func inputGradient(_ outputGradient: Tensor, weight: Tensor) throws(TensorError) -> Tensor {
        try inputGradient { result in
            ConvolutionRoutines.backwardData(
                geometry, outputGradient: outputGradient.pointer, weight: weight.pointer,
                cache: weight.storage.packedWeightsCache, inputGradient: result.pointer)
        }
    }

    /// The gradient of the weight, for a channels-last gradient of the output and an input of `input(_:)`.
    func weightGradient(
        _ outputGradient: Tensor, input: Tensor, squared: Bool = false
    ) throws(TensorError) -> Tensor {
        let result = try Tensor(uninitialised: weightShape)
        ConvolutionRoutines.backwardWeight(
            geometry, input: input.pointer, transform: squared ? transform.squared : transform,
            outputGradient: outputGradient.pointer, weightGradient: result.pointer)
        return result
    }
}
