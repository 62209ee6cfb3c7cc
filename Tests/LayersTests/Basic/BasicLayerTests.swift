import Layers
import Support
import Tensors
import Testing

struct BasicLayerTests {
    private static func specification(
        _ dimensions: Int, bias: Bool = true, kernelSize: [Int] = [3]
    ) throws(TensorError) -> ConvolutionSpecification {
        try ConvolutionSpecification(
            dimensions: dimensions, inputChannels: 2, outputChannels: 4, kernelSize: kernelSize, stride: [2],
            padding: [1], bias: bias)
    }

    @Test(arguments: [2, 3], [true, false])
    func `Convolutions are the operation on their parameters`(_ dimensions: Int, _ bias: Bool) throws {
        let generator = RandomGenerator(seed: 1)
        let specification = try Self.specification(dimensions, bias: bias)
        let input = try Tensor.randn([2, 2] + [Int](repeating: 5, count: dimensions), generator: generator)
        let layer = try Convolution(specification, generator: generator)
        let expected = try input.convolution(weight: layer.weight, bias: layer.bias, stride: [2], padding: [1])
        #expect(try layer(input).values == expected.values)
        #expect(layer.weight.shape == [4, 2] + [Int](repeating: 3, count: dimensions))
        #expect(layer.parameters.map(\.name) == (bias ? ["weight", "bias"] : ["weight"]))
        let transposed = try TransposedConvolution(specification, outputPadding: [1], generator: generator)
        let back = try input.transposedConvolution(
            weight: transposed.weight, bias: transposed.bias, stride: [2], padding: [1], outputPadding: [1])
        #expect(try transposed(input).values == back.values)
        #expect(transposed.weight.shape == [2, 4] + [Int](repeating: 3, count: dimensions))
    }

    @Test func `Summaries read like the calls that make the layers`() throws {
        for example in try everyLayer(RandomGenerator(seed: 1)) {
            #expect(example.layer.summary == example.summary)
        }
    }

    @Test func `Wrong settings are named with their values`() throws {
        let generator = RandomGenerator(seed: 1)
        func convolution(
            _ dimensions: Int = 3, inputs: Int = 1, outputs: Int = 1, kernel: [Int] = [3], stride: [Int] = [1],
            padding: [Int] = [0]
        ) throws -> String {
            try message {
                _ = try ConvolutionSpecification(
                    dimensions: dimensions, inputChannels: inputs, outputChannels: outputs, kernelSize: kernel,
                    stride: stride, padding: padding)
            }
        }
        #expect(try convolution(4) == "Conv: dimensions is 4 (expected 1, 2 or 3)")
        #expect(try convolution(inputs: 0) == "Conv3d: in_channels is 0 (expected 1 or more)")
        #expect(try convolution(2, outputs: -1) == "Conv2d: out_channels is -1 (expected 1 or more)")
        #expect(
            try convolution(kernel: [3, 3]) == "Conv3d: kernel_size is 3 (expected one number or 3, each 1 or more)")
        #expect(try convolution(stride: [0]) == "Conv3d: stride is 0 (expected one number or 3, each 1 or more)")
        #expect(
            try convolution(padding: [1, 2, -1])
                == "Conv3d: padding is {1, 2, -1} (expected one number or 3, each 0 or more)")
        #expect(
            try message { _ = try Linear(0, 2, generator: generator) }
                == "Linear: in_features is 0 (expected 1 or more)")
        #expect(
            try message { _ = try InstanceNorm(epsilon: 0) } == "InstanceNorm: eps is 0.0 (expected a positive number)")
        #expect(
            try message { _ = try MaxPool(dimensions: 2, kernelSize: [2], padding: [2]) }
                == "MaxPool2d: padding is 2 (expected at most half of kernel_size, 2)")
        #expect(try message { _ = try Upsample(scale: 0) } == "Upsample: scale_factor is 0 (expected 1 or more)")
        #expect(
            try message { _ = try DownBlock(2, 3, downsamples: false, generator: generator) }
                == "DownBlock: out_channels is 3 (expected 2, the input's, as the block does not downsample)")
        #expect(
            try message { _ = try Sequential(named: [("a", Flatten()), ("a", Flatten())]) }.contains("name is 'a'"))
    }

    @Test func `An absurd size is an error, not a crash`() throws {
        let specification = try ConvolutionSpecification(
            dimensions: 3, inputChannels: 1 << 40, outputChannels: 1 << 40, kernelSize: [1 << 20])
        #expect(
            try message { _ = try Convolution(specification, generator: RandomGenerator(seed: 1)) }
                .hasPrefix("out of memory"))
    }

    @Test func `Errors of a sequence tell which layer`() throws {
        let generator = RandomGenerator(seed: 1)
        let network = try Sequential(named: [
            ("body", try Sequential([Flatten(), Linear(4, 2, generator: generator)])), ("tail", Activation(.relu)),
        ])
        let text = try message { _ = try network(try Tensor.zeros([1, 5])) }
        #expect(text.hasSuffix(" in body.1"), "\(text)")
    }

    @Test func `The authors' MNIST network learns to tell images apart`() throws {
        let generator = RandomGenerator(seed: 3)
        func convolution(_ inputs: Int, _ outputs: Int, _ size: Int) throws(TensorError) -> Convolution {
            try Convolution(
                try ConvolutionSpecification(
                    dimensions: 2, inputChannels: inputs, outputChannels: outputs, kernelSize: [size]),
                generator: generator)
        }
        let network = try Sequential([
            convolution(1, 8, 7), Activation(.leakyRelu(negativeSlope: 0.01)), MaxPool(dimensions: 2, kernelSize: [2]),
            convolution(8, 16, 5), Activation(.leakyRelu(negativeSlope: 0.01)), MaxPool(dimensions: 2, kernelSize: [2]),
            Flatten(), Linear(16 * 9, 10, generator: generator),
        ])
        let images = try Tensor.randn([20, 1, 28, 28], generator: generator)
        let labels = try Tensor((0..<20).map { Float($0 % 10) }, shape: [20])
        let optimiser = try Adam(network.namedParameters, learningRate: 5e-3)
        var losses: [Float] = []
        for _ in 0..<30 {
            optimiser.zeroGradients()
            let loss = try network(images).crossEntropy(labels: labels)
            losses.append(try loss.finiteLoss())
            try loss.backward()
            try optimiser.step()
        }
        #expect(abs(losses[0] - 2.3) < 0.3)
        #expect(losses[29] < 0.1)
    }
}
