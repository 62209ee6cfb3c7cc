import Layers
import Support
import Tensors
import Testing

struct LayerTests {
    @Test func `Parameters have dotted paths in the order of the layers`() throws {
        let network = try UNet(.short, channels: [1, 2, 2, 3, 4], generator: RandomGenerator(seed: 1))
        let names = network.namedParameters.map(\.name)
        #expect(
            names.prefix(4) == [
                "init_conv.weight", "down1.conv_1.conv.2.weight", "down1.conv_2.conv.2.weight",
                "down1.down.conv.2.weight",
            ])
        #expect(
            names.suffix(4) == [
                "up3.upsample.0.conv.2.weight", "up3.conv_1.conv.2.weight", "up3.conv_2.conv.2.weight", "out.weight",
            ])
        #expect(network.parameterCount == network.namedParameters.reduce(0) { $0 + $1.tensor.count })
    }

    @Test func `Layers are found by their paths`() throws {
        let network = try UNet(.short, channels: [1, 2, 2, 3, 4], generator: RandomGenerator(seed: 1))
        #expect(try network.layer(at: "") === network)
        #expect(try network.layer(at: "up2") is UpBlock)
        #expect(try network.layer(at: "up2.upsample.0").summary == "PreActivation()")
        #expect(
            try message { _ = try network.layer(at: "up4") }.hasPrefix("layer: path is 'up4' (expected one of init"))
    }

    @Test func `The tree shows summaries, shapes and numbers of parameters`() throws {
        let generator = RandomGenerator(seed: 1)
        let specification = try ConvolutionSpecification(
            dimensions: 2, inputChannels: 32, outputChannels: 64, kernelSize: [5], padding: [2])
        let linear = try Linear(640, 10, bias: false, generator: generator)
        let network = try Sequential([
            Convolution(specification, generator: generator), Activation(.leakyRelu(negativeSlope: 0.01)),
            MaxPool(dimensions: 2, kernelSize: [2]), Flatten(), linear,
        ])
        try network.freeze(["4"])
        #expect(
            network.treeDescription == """
                Sequential(5 layers)  [57,664 parameters]
                  0: Conv2d(32, 64, kernel_size = 5, padding = 2)  [weight 64x32x5x5, bias 64, 51,264 parameters]
                  1: LeakyReLU(negative_slope = 0.01)
                  2: MaxPool2d(2)
                  3: Flatten()
                  4: Linear(640, 10, bias = false)  [weight 10x640 frozen, 6,400 parameters]
                """)
    }

    @Test func `Freezing leaves gradients to the rest only`() throws {
        let network = try UNet(.short, channels: [1, 2, 2, 3, 4], generator: RandomGenerator(seed: 1))
        let trained = ["init_conv", "down1", "down2", "up3", "out"]
        func run() throws {
            network.zeroGradients()
            try network(try Tensor.randn([1, 1, 8, 8, 8], generator: RandomGenerator(seed: 2))).square().sum()
                .backward()
        }
        try run()
        try network.freeze(except: trained)
        #expect(network.namedParameters.filter { $0.tensor.gradient != nil }.count == 10)
        try run()
        for (name, tensor) in network.namedParameters {
            #expect((tensor.gradient != nil) == trained.contains { name.hasPrefix($0 + ".") }, "\(name)")
        }
        try network.freeze(["out.weight", "up3"])
        #expect(network.namedParameters.filter(\.tensor.requiresGradient).allSatisfy { !$0.name.hasPrefix("up3") })
        try network.unfreeze()
        #expect(network.namedParameters.allSatisfy { $0.tensor.requiresGradient })
    }

    @Test func `A path that names nothing freezes nothing`() throws {
        let network = try UNet(.short, channels: [1, 2, 2, 3, 4], generator: RandomGenerator(seed: 1))
        let text = try message { try network.freeze(except: ["out", "down"]) }
        #expect(text.hasPrefix("freeze: path is 'down' (expected a layer with parameters, such as init_conv, down1,"))
        #expect(network.namedParameters.allSatisfy { $0.tensor.requiresGradient })
    }
}
