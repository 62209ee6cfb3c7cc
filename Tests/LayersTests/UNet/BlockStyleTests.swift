import Layers
import Support
import Tensors
import Testing

struct BlockStyleTests {
    private func network(_ style: BlockStyle) throws -> UNet {
        try UNet(.short, channels: [1, 2, 4, 4, 6], style: style, generator: RandomGenerator(seed: 1))
    }

    @Test(arguments: BlockStyle.Normalisation.allCases, BlockStyle.Nonlinearity.allCases)
    func `Every style trains all of its parameters`(
        _ norm: BlockStyle.Normalisation, _ activation: BlockStyle.Nonlinearity
    ) throws {
        let style = BlockStyle(norm: norm, activation: activation)
        let network = try network(style)
        let input = try Tensor.randn([2, 1, 16, 16, 16], generator: RandomGenerator(seed: 2))
        let output = try network(input)
        #expect(output.shape == [2, 2, 16, 16, 16])
        try output.square().mean().backward()
        for (name, tensor) in network.namedParameters { #expect(tensor.gradient != nil, "\(name)") }
        let paths = Set(network.namedLayers.map(\.path))
        #expect(paths.contains("down1.conv_1.conv.0") == (style != .published && norm != .none))
        #expect(paths.contains("down1.conv_1.conv.1") == (style != .published))
        #expect(paths.contains("down1.conv_1.conv.2"))
    }

    @Test func `The published style has the names and weights that it had`() throws {
        let network = try network(.published)
        #expect(network.namedState.allSatisfy { !$0.name.contains("conv.0") && !$0.name.contains("conv.1") })
        #expect(!"\(network.configuration.json)".contains("norm"))
        // All styles draw the same convolutions.
        let other = try self.network(BlockStyle(norm: .batch, activation: .silu))
        for (name, tensor) in network.stateDictionary {
            #expect(try #require(other.stateDictionary[name]).values == tensor.values, "\(name)")
        }
    }

    @Test func `A style is its layers before the convolution`() throws {
        let specification = try ConvolutionSpecification(
            dimensions: 3, inputChannels: 4, outputChannels: 3, kernelSize: [3], padding: [1], bias: false)
        let convolution = try Convolution(specification, generator: RandomGenerator(seed: 1))
        let input = try Tensor.randn([2, 4, 3, 4, 5], generator: RandomGenerator(seed: 2))
        func result(_ norm: BlockStyle.Normalisation, _ activation: BlockStyle.Nonlinearity) throws -> Tensor {
            try PreActivationConvolution(
                convolution, style: BlockStyle(norm: norm, activation: activation), generator: RandomGenerator(seed: 3))(
                    input)
        }
        #expect(try result(.none, .gelu).values == convolution(input.gelu()).values)
        #expect(try result(.group, .silu).values == convolution(input.groupNorm(4).silu()).values)
        #expect(try result(.batch, .elu).values == convolution(input.batchNorm(isTraining: true).elu()).values)
        let leaky = try convolution(input.instanceNorm().leakyRelu())
        #expect(try result(.instance, .leakyRelu).values == leaky.values)
        let fused = try result(.instance, .relu)
        #expect(deviation(try convolution(input.instanceNorm().relu()), from: fused) < 1)
    }

    @Test func `Dropout follows the 3x3x3 convolutions, and changes nothing in prediction`() throws {
        let (plain, network) = (try network(.published), try network(BlockStyle(dropout: 0.5)))
        let dropped = network.namedLayers.filter { $0.layer is Dropout }.map(\.path)
        // Two in each of 6 + 3 blocks, none after shortcuts.
        #expect(dropped.count == 18 && dropped.allSatisfy { $0.contains("conv_") && $0.hasSuffix(".conv.3") })
        let input = try Tensor.randn([1, 1, 8, 8, 8], generator: RandomGenerator(seed: 2))
        let results = try (0..<2).map { _ in try network(input).values }
        #expect(results[0] != results[1])
        network.setTraining(false)
        #expect(try network(input).values == plain(input).values)
    }
}
