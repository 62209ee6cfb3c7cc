import Layers
import Support
import Tensors
import TestSupport
import Testing

struct UNetTests {
    /// A net with the fixture's weights, and the fixture.
    private func fixture(_ variant: UNet.Variant) throws -> (UNet, Fixture) {
        let fixture = try Fixture("unet_\(variant.rawValue)")
        let channels = variant == .full ? [1, 4, 6, 8, 12] : [1, 4, 8, 8, 16]
        let network = try UNet(variant, channels: channels, generator: RandomGenerator(seed: 1))
        try network.load(fixture.tensors(under: "weight/"))
        return (network, fixture)
    }

    @Test(arguments: UNet.Variant.allCases)
    func `Logits, loss and gradients are those of the authors' net`(_ variant: UNet.Variant) throws {
        let (network, fixture) = try fixture(variant)
        let logits = try network(try fixture["input"])
        #expect(deviation(logits, from: try fixture["logits"]) < 1)
        let published = try SegmentationLoss(crossEntropyWeight: 0.01, diceWeight: 0.99, reduction: .sum)
        let loss = try published(logits, labels: try fixture["labels"])
        #expect(deviation(loss, from: try fixture["loss"]) < 1)
        try loss.backward()
        let expected = fixture.tensors(under: "grad/")
        #expect(Set(expected.keys) == Set(network.namedParameters.map(\.name)))
        for (name, tensor) in network.namedParameters {
            let gradient = try #require(tensor.gradient, "\(name)")
            #expect(deviation(gradient, from: try #require(expected[name])) < 1, "\(name)")
        }
    }

    @Test func `The published nets have their published sizes`() throws {
        let full = try UNet(generator: RandomGenerator(seed: 1))
        #expect(full.parameterCount == 4_998_608)
        #expect(try kernels(full) == [528, 5120, 20480, 147_456, 8192, 2048, 512])
        let short = try UNet(.short, generator: RandomGenerator(seed: 1))
        #expect(try kernels(short) == [528, 4096, 5120, 12288, 2048, 2048, 512])
    }

    /// The kernels in each group; every 3x3x3 weight must be in one.
    private func kernels(_ network: UNet) throws -> [Int] {
        let state = network.stateDictionary
        let cubes = state.filter { $0.value.shape.suffix(3) == [3, 3, 3] }
        let groups = network.kernelLayers.map { $0.map { "\($0).weight" } }
        #expect(groups.flatMap { $0 }.sorted() == cubes.keys.sorted())
        for path in network.kernelLayers.flatMap({ $0 }) { #expect(try network.layer(at: path) is Convolution) }
        return try groups.map { group in
            try group.reduce(0) { $0 + (try #require(state[$1])).count / 27 }
        }
    }

    @Test(arguments: [[1, 1, 1], [7, 9, 8], [13, 8, 17]])
    func `Volumes of any size are padded and cropped back`(_ size: [Int]) throws {
        let network = try UNet(.short, channels: [1, 2, 2, 3, 4], generator: RandomGenerator(seed: 1))
        let input = try Tensor.randn([1, 1] + size, generator: RandomGenerator(seed: 2)).requireGradient()
        let logits = try network(input)
        #expect(logits.shape == [1, 2] + size)
        // The same volume in the middle of zeros that make its sides multiples of 8.
        let whole = size.map { ($0 + 7) / 8 * 8 }
        let before = zip(whole, size).map { ($0 - $1) / 2 }
        let after = size.indices.map { whole[$0] - size[$0] - before[$0] }
        let padded = try network(input.detached().padded(before: [0, 0] + before, after: [0, 0] + after))
        var middle = padded
        for dim in 0..<3 { middle = try middle.slice(dim + 3, before[dim] + 1, before[dim] + size[dim]) }
        #expect(logits.values == middle.values)
        try logits.sum().backward()
        #expect(input.gradient?.shape == input.shape)
    }

    @Test func `Wrong volumes get an error that says what is expected`() throws {
        let network = try UNet(.short, channels: [2, 2, 2, 3, 4], generator: RandomGenerator(seed: 1))
        for shape in [[2, 8, 8, 8], [1, 1, 8, 8, 8], [1, 2, 8, 0, 8]] {
            let input = try Tensor.zeros(shape)
            let text = try message { _ = try network(input) }
            #expect(text.contains("input has shape \(shape.shapeText) (expected N x 2 x D x H x W"))
        }
    }

    @Test func `Errors within tell the path of the layer`() throws {
        /// A layer that refuses everything.
        final class Refusal: ConvolutionLayer {
            func callAsFunction(
                _ input: Tensor, normalisedBy statistics: InstanceStatistics?
            ) throws(TensorError) -> Tensor {
                throw .argument(operation: "refusal", parameter: "input", value: "there", expected: "nothing")
            }
            let summary = "Refusal()"
            let configuration = Configuration(kind: "Refusal")
        }
        let network = try UNet(
            .short, channels: [1, 2, 2, 3, 4],
            convolution: { specification, generator throws(TensorError) in
                let third = specification.inputChannels == 3 && specification.outputChannels == 3
                return if third { Refusal() } else { try Convolution(specification, generator: generator) }
            }, generator: RandomGenerator(seed: 1))
        let input = try Tensor.zeros([1, 1, 8, 8, 8])
        #expect(try message { _ = try network(input) } == "refusal: input is there (expected nothing) in down3.conv_2")
    }

    @Test func `The factory makes the 3x3x3 convolutions and no others`() throws {
        var made: [ConvolutionSpecification] = []
        _ = try UNet(
            .short, initialScale: 0.1,
            convolution: { specification, generator throws(TensorError) in
                made.append(specification)
                return try Convolution(specification, generator: generator)
            }, generator: RandomGenerator(seed: 1))
        #expect(made.count == 19)
        #expect(made.allSatisfy { $0.kernelSize == [3, 3, 3] && !$0.bias && $0.initialScale == 0.1 })
    }

    @Test func `The first 3x3x3 weights are scaled, the others not`() throws {
        let plain = try UNet(.short, generator: RandomGenerator(seed: 5))
        let scaled = try UNet(.short, initialScale: 0.1, generator: RandomGenerator(seed: 5))
        for ((name, a), (_, b)) in zip(plain.namedParameters, scaled.namedParameters) {
            let factor: Float = a.shape.last == 3 ? 0.1 : 1
            #expect(deviation(b, from: try a.detached().scaled(by: factor)) < 0.1, "\(name)")
        }
    }

    @Test(arguments: [[1, 2, 3], [1, 2, 2, 0, 4]])
    func `Wrong channels get an error`(_ channels: [Int]) throws {
        let text = try message { _ = try UNet(channels: channels, generator: RandomGenerator(seed: 1)) }
        #expect(text.hasPrefix("UNet: channels is {1, 2,"))
    }
}
