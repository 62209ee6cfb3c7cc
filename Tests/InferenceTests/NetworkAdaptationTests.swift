import Foundation
import Inference
import Layers
import Support
import Tensors
import TestSupport
import Testing

/// Networks made again for other channels and classes.
@Suite struct NetworkAdaptationTests {
    /// The networks whose ends can be moved, by name.
    private static let names =
        ["plain", "norm", "convolution", "latent"]
        + PosteriorFamily.Name.allCases.filter { $0 != .latent }.map(\.rawValue)

    private static let widths = [2, 2, 3, 3, 4]

    private func network(_ name: String, inputs: Int, outputs: Int) throws -> any Layer {
        let generator = RandomGenerator(seed: 3)
        let channels = [inputs] + Self.widths.dropFirst()
        switch name {
        case "plain": return try UNet(.full, channels: channels, classes: outputs, generator: generator)
        case "norm":
            let style = BlockStyle(norm: .batch, activation: .prelu, dropout: 0.2)
            let net = try UNet(.short, channels: channels, classes: outputs, style: style, generator: generator)
            _ = try net(Tensor.randn([2, inputs, 8, 8, 8], generator: generator))
            net.setTraining(false)
            return net
        case "convolution":
            let specification = try ConvolutionSpecification(
                dimensions: 3, inputChannels: inputs, outputChannels: outputs, kernelSize: [3], padding: [1])
            return try Sequential([Activation(.elu), Convolution(specification, generator: generator), InstanceNorm()])
        default:
            let posterior = PosteriorFamily.Name(rawValue: name) ?? .meanField
            let net = try UNet(
                .short, channels: channels, classes: outputs,
                convolution: { specification, generator throws(TensorError) in
                    try BayesianConvolution(
                        specification, posterior: posterior == .latent ? .meanField : posterior, generator: generator)
                }, generator: generator)
            if posterior == .latent {
                let vae = try KernelVAE(KernelArchitecture(.size3x3x3, hiddenChannels: 2), generator: generator)
                let group = try PriorGroup(
                    name: "all", layers: [("init_conv", 0.3)], prior: VAEPrior(vae, encoder: .fixed))
                try net.useLatentPosterior(PriorSet([group]))
            }
            for parameter in net.namedParameters where parameter.name.hasSuffix("log_variance") {
                let values = try Tensor.randn(parameter.tensor.shape, generator: generator).offset(by: -3)
                _ = try GradientMode.disabled { try parameter.tensor.assign(values) }
            }
            return net
        }
    }

    private func adapted(
        _ network: any Layer, channels: (from: [String], to: [String])? = nil,
        classes: (from: [String], to: [String])? = nil, background: String? = nil,
        kernels: NetworkAdaptation.Kernels = .initialisation
    ) throws -> any Layer {
        let adaptation = try NetworkAdaptation(
            channels: channels.map { try NameChange("channels", from: $0.from, to: $0.to) },
            classes: classes.map { try NameChange("classes", from: $0.from, to: $0.to) }, background: background,
            kernels: kernels)
        return try adaptation(network, decoder: .inference, generator: RandomGenerator(seed: 9))
    }

    private func input(_ channels: Int) throws -> Tensor {
        try Tensor.randn([1, channels, 8, 8, 8], generator: RandomGenerator(seed: 4))
    }

    @Test(arguments: names) func permutationsOfNamesPermuteInputsAndOutputs(_ name: String) throws {
        let old = try network(name, inputs: 3, outputs: 3)
        let new = try adapted(
            old, channels: (["a", "b", "c"], ["c", "a", "b"]), classes: (["0", "1", "2"], ["1", "2", "0"]))
        old.setTraining(false)
        new.setTraining(false)
        let x = try input(3)
        let expected = try old(x).indexSelect(2, [2, 3, 1])
        try expectClose(new(x.indexSelect(2, [3, 1, 2])), expected, "the result")
        #expect(new !== old && new.configuration == old.configuration)
        #expect(new.namedState.map(\.name) == old.namedState.map(\.name))
        // Back again, every number is where it was.
        let back = try adapted(
            new, channels: (["c", "a", "b"], ["a", "b", "c"]), classes: (["1", "2", "0"], ["0", "1", "2"]))
        for (a, b) in zip(back.namedState, old.namedState) { #expect(a.tensor.values == b.tensor.values, "\(a.name)") }
    }

    @Test(arguments: names) func channelsAndClassesAreAdded(_ name: String) throws {
        let old = try network(name, inputs: 1, outputs: 2)
        let new = try adapted(
            old, channels: (["flair"], ["t1", "t1ce", "t2", "flair"]),
            classes: (["background", "tumour"], ["background", "necrosis", "tumour", "oedema"]))
        new.setTraining(false)
        old.setTraining(false)
        #expect(try new(input(4)).shape == [1, 4, 8, 8, 8])
        // Where the new channels are zero, the old classes have their old scores.
        let x = try input(1)
        let padded = try Tensor.concatenate([Tensor.zeros([1, 3, 8, 8, 8]), x], dim: 2)
        let bias = name == "convolution"
        if !bias { try expectClose(new(padded).indexSelect(2, [1, 3]), old(x), "the result") }
        // Files keep it, and nothing is left over.
        let path = NSTemporaryDirectory() + "lunette-adapted-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Network.save(new, to: path)
        let loaded = try Network.load(path, decoder: .inference)
        #expect(loaded.configuration == new.configuration)
        for (a, b) in zip(loaded.namedState, new.namedState) {
            #expect(a.tensor.values == b.tensor.values, "\(a.name)")
        }
    }

    @Test(arguments: PosteriorFamily.Name.allCases) func posteriorsGoAlong(_ family: PosteriorFamily.Name) throws {
        let old = try network(family.rawValue, inputs: 2, outputs: 2)
        let new = try adapted(old, channels: (["a", "b"], ["c", "b", "d"]))
        let (before, after) = (old.stateDictionary, new.stateDictionary)
        for (name, tensor) in before where name.hasPrefix("init_conv.") && !name.contains("autoencoder") {
            let isOfCodes = name.contains("code_")
            let (one, other) = (tensor, try #require(after[name]))
            let was = try isOfCodes ? one.reshaped([2, 2, -1]) : one
            let now = try isOfCodes ? other.reshaped([2, 3, -1]) : other
            #expect(now.shape[1] == 3)
            #expect(try now.slice(2, 2, 2).values == was.slice(2, 2, 2).values, "\(name)")
            if name.hasSuffix("log_variance") {
                let mean = try was.mean().item()
                #expect(try now.slice(2, 1, 1).values.allSatisfy { abs($0 - mean) < 1e-5 })
            }
        }
        // It can be drawn, and trained.
        let generator = RandomGenerator(seed: 1)
        try new.useLocalReparameterisation(generator)
        try new(input(3)).mean().backward()
        #expect(new.namedParameters.allSatisfy { $0.tensor.gradient != nil })
        #expect((new as? UNet)?.kernelLayers.first == (old as? UNet)?.kernelLayers.first)
    }

    @Test func newKernelsHaveTheScaleOfTheOld() throws {
        let generator = RandomGenerator(seed: 5)
        let specification = try ConvolutionSpecification(
            dimensions: 3, inputChannels: 2, outputChannels: 8, kernelSize: [3])
        let old = try Convolution(specification, generator: generator)
        _ = try GradientMode.disabled { try old.weight.multiply(by: 7) }
        func variance(_ layer: any Layer) throws -> Float {
            let weight = try #require(layer.stateDictionary["weight"])
            return try weight.square().sum().item() / Float(weight.shape[0])
        }
        // All new, the variance of the results is what it was; replaced by halves, about so.
        let names = (0..<6).map { "new \($0)" }
        let whole = try adapted(old, channels: (["a", "b"], names))
        #expect(abs(try variance(whole) / variance(old) - 1) < 1e-4)
        #expect(abs(try variance(adapted(old, channels: (["a", "b"], ["a", "c"]))) / variance(old) - 1) < 0.1)
        let classes = try adapted(old, classes: ((0..<8).map { "\($0)" }, names + ["3"]))
        #expect(abs(try variance(classes) / variance(old) - 1) < 0.2)
        #expect(try #require(classes.stateDictionary["bias"]).values.dropLast().allSatisfy { $0 == 0 })
    }

    @Test func newKernelsComeFromAPrior() throws {
        let old = try network("mean_field", inputs: 1, outputs: 2)
        let one = try Normal(eventShape: [3, 3, 3], standardDeviation: 0.01)
        let priors = try PriorSet([PriorGroup(name: "a", layers: [("init_conv", 50)], prior: one)])
        func deviation(_ kernels: NetworkAdaptation.Kernels) throws -> Float {
            let new = try adapted(old, channels: (["a"], ["b", "a"]), kernels: kernels)
            return try #require(new.stateDictionary["init_conv.weight"]).slice(2, 1, 1).standardDeviation().item()
        }
        #expect(abs(try deviation(.prior(one)) - 0.01) < 0.004)
        #expect(abs(try deviation(.priors(priors)) - 0.5) < 0.2)
    }

    /// The softmax of a class and the background is the sigmoid of the difference of their scores.
    @Test func aSoftmaxOfTwoBecomesRegions() throws {
        let old = try network("convolution", inputs: 1, outputs: 2)
        let new = try adapted(
            old, classes: (["background", "tumour"], ["tumour", "core"]), background: "background")
        let (x, regions) = (try input(1), try Regions([[1, 2], [2]]))
        let before = try Prediction.mean(Sequential([old.layer(at: "1")]), x).probability
        let after = try Prediction.mean(
            Sequential([new.layer(at: "1")]), x, options: PredictionOptions(regions: regions)
        ).probability
        try expectClose(after.slice(2, 1, 1), before.slice(2, 2, 2), "the probability")
    }

    @Test func whatIsFrozenAndModesStay() throws {
        let old = try network("norm", inputs: 1, outputs: 2)
        try old.freeze(["init_conv", "down1"])
        let new = try adapted(old, channels: (["a"], ["a", "b"]))
        for (a, b) in zip(old.namedParameters, new.namedParameters) {
            #expect(a.tensor.requiresGradient == b.tensor.requiresGradient, "\(a.name)")
        }
        #expect(new.namedLayers.allSatisfy { ($0.layer as? any ModalLayer)?.isTraining != true })
        let bayesian = try network("mean_field", inputs: 1, outputs: 2)
        try bayesian.useLocalReparameterisation(RandomGenerator(seed: 1))
        guard case .training = try adapted(bayesian, channels: (["a"], ["b"])).bayesianLayers[0].layer.mode else {
            Issue.record("the mode was changed")
            return
        }
    }

    @Test func banksOfTheResultAreUsable() throws {
        let old = try #require(try network("plain", inputs: 1, outputs: 2) as? UNet)
        let new = try #require(try adapted(old, channels: (["a"], ["a", "b"])) as? UNet)
        #expect(new.kernelLayers == old.kernelLayers && new.channels == [2, 2, 3, 3, 4] && new.variant == .full)
        let bank = try KernelBank(collecting: ["init_conv"], from: [[new]])
        #expect(try bank.standardised(["init_conv"]).shape == [4, 3, 3, 3])
    }

    @Test func errorsNameWhatIsWrong() throws {
        let generator = RandomGenerator(seed: 1)
        let net = try network("plain", inputs: 1, outputs: 2)
        let cases: [(String, () throws -> Void)] = [
            (
                "adapt: channels.from is {t1, flair} (expected 1 name, one for each channel of the input of \(net.summary))",
                { _ = try self.adapted(net, channels: (["t1", "flair"], ["t1"])) }
            ),
            (
                "adapt: classes.from is {tumour} (expected 2 names, one for each channel of the result of \(net.summary))",
                { _ = try self.adapted(net, classes: (["tumour"], ["core"])) }
            ),
            (
                "adapt: channels.to is {t1, t2, t1} (expected each name once, not 't1' twice)",
                { _ = try self.adapted(net, channels: (["t1"], ["t1", "t2", "t1"])) }
            ),
            (
                "adapt: channels.to is empty (expected at least one name)",
                { _ = try self.adapted(net, channels: (["t1"], [])) }
            ),
            ("adapt: channels, classes is none (expected one of them at least)", { _ = try self.adapted(net) }),
            (
                "adapt: background is 'rest' (expected one of classes.from, {a, b})",
                { _ = try self.adapted(net, classes: (["a", "b"], ["b"]), background: "rest") }
            ),
            (
                "adapt: background is 'a', in classes.to (expected a class that the result does not have: its weights "
                    + "would be 0)",
                { _ = try self.adapted(net, classes: (["a", "b"], ["a"]), background: "a") }
            ),
            (
                "adapt: prior is of kernels 3x3 (expected 3x3x3, as the first convolution has)",
                {
                    let prior = try Normal(eventShape: [3, 3], standardDeviation: 1)
                    _ = try self.adapted(net, channels: (["a"], ["b"]), kernels: .prior(prior))
                }
            ),
            (
                "adapt: network is Linear(2, 3) (expected a convolution, a U-Net, or a Sequential of such layers)",
                { _ = try self.adapted(Linear(2, 3, generator: generator), channels: (["a"], ["b"])) }
            ),
            (
                "adapt: the first layer with weights is Linear(2, 3) (expected a convolution, a U-Net, or a Sequential of "
                    + "such layers)",
                {
                    let sequence = try Sequential([Activation(.relu), Linear(2, 3, generator: generator), net])
                    _ = try self.adapted(sequence, channels: (["a"], ["b"]))
                }
            ),
            (
                "adapt: the last layer with weights is missing (expected a convolution, a U-Net, or a Sequential of such "
                    + "layers)",
                { _ = try self.adapted(Sequential([Activation(.relu)]), classes: (["a"], ["b"])) }
            ),
        ]
        for (message, body) in cases { #expect(thrownMessage(body) == message) }
    }
}
