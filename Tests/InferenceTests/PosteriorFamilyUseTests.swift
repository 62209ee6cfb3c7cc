import Foundation
import Inference
import Layers
import Support
import TestSupport
import Tensors
import Testing

/// The families of posteriors in networks: files, starts, errors and training.
@Suite struct PosteriorFamilyUseTests {
    private func network(_ example: FamilyExample) throws -> any Layer {
        var settings: [JSON.Member] = [PosteriorFamily.nameSetting(example.name.rawValue)]
        if let rank = example.rank { settings.append(PosteriorFamily.rankSetting(rank)) }
        let convolution = LayerDecoder.inference.convolutionFactory("BayesianConv3d", further: [.object(settings)])
        return try UNet(
            .short, channels: [1, 2, 2, 2, 2], convolution: convolution, generator: RandomGenerator(seed: 1))
    }

    @Test(arguments: FamilyExample.all) func aNetworkComesBackFromItsFile(_ example: FamilyExample) throws {
        let network = try network(example)
        let folder = try TemporaryFolder()
        try Network.save(network, to: folder.path("net"))
        let loaded = try Network.load(folder.path("net"), decoder: .inference)
        #expect(loaded.treeDescription == network.treeDescription)
        #expect(loaded.configuration == network.configuration)
        for (a, b) in zip(loaded.namedState, network.namedState) {
            #expect(a.name == b.name && a.tensor.values == b.tensor.values)
        }
        for network in [network, loaded] { try network.drawWeights(RandomGenerator(seed: 2)) }
        let input = try Tensor.ones([1, 1, 8, 8, 8])
        #expect(try loaded(input).values == network(input).values)
        #expect(network.bayesianLayers.allSatisfy { $0.layer.family.name == example.name })
        // Files of independent normals are those of earlier versions.
        #expect(
            network.configuration.settings.contains { $0.name == "convolution_settings" }
                == (example.name != .meanField))
    }

    @Test(arguments: FamilyExample.all) func aStartSetsMeansAndVariances(_ example: FamilyExample) throws {
        let layer = try example.layer()
        try layer.startPosterior(
            mean: .normal(standardDeviation: 0.02), variance: .logVariance(-5), generator: RandomGenerator(seed: 1))
        for covariance in NaivePosterior(layer).covariances {
            for i in covariance.indices {
                #expect(abs(covariance[i][i] - exp(-5)) < 1e-6)
                for j in 0..<i { #expect(abs(covariance[i][j]) < 0.2 * exp(-5)) }
            }
        }
        #expect(try layer.weight.square().mean().number().squareRoot() < 0.04)
        try layer.startPosterior(mean: .asMade, variance: .shareOfRMS(0.3), generator: RandomGenerator(seed: 1))
        let expected = 0.09 * (try layer.weight.square().mean().number())
        for covariance in NaivePosterior(layer).covariances {
            for i in covariance.indices { #expect(abs(covariance[i][i] / expected - 1) < 1e-4) }
        }
    }

    /// What a layer is made with is what a start of the default variance gives.
    @Test(arguments: FamilyExample.all) func layersBeginAtTheDefaultVariance(_ example: FamilyExample) throws {
        let specification = try ConvolutionSpecification(
            dimensions: 2, inputChannels: 2, outputChannels: 2, kernelSize: [3])
        let layer = try BayesianConvolution(
            specification, posterior: example.name, rank: example.rank, generator: RandomGenerator(seed: 1))
        for covariance in NaivePosterior(layer).covariances {
            for i in covariance.indices { #expect(abs(covariance[i][i] / exp(-10) - 1) < 1e-4) }
        }
        let plain = try Convolution(specification, generator: RandomGenerator(seed: 1))
        #expect(layer.weight.values == plain.weight.values)
    }

    @Test func whatCannotBeMeantIsRefused() throws {
        let specification = try ConvolutionSpecification(
            dimensions: 2, inputChannels: 1, outputChannels: 1, kernelSize: [2])
        func message(_ posterior: PosteriorFamily.Name, _ rank: Int?) -> String? {
            thrownMessage {
                _ = try BayesianConvolution(
                    specification, posterior: posterior, rank: rank, generator: RandomGenerator(seed: 1))
            }
        }
        #expect(
            message(.radial, 2)
                == "BayesianConv2d: rank is 2 (expected none with posterior = 'radial': it belongs to 'low_rank')")
        for rank in [0, 5] {
            #expect(
                message(.lowRank, rank)
                    == "BayesianConv2d: rank is \(rank) (expected from 1 to the number of a kernel's weights, 4)")
        }
        #expect(message(.lowRank, 4) == nil)
        #expect(message(.latent, nil)?.contains("bayes.use_latent_posterior") == true)
    }

    /// What a file may hold that no network has written.
    @Test(arguments: [
        (#"{"kind": "BayesianConv3d", "posterior": "low_rank", "rank": -1}"#, "rank is -1"),
        (#"{"kind": "BayesianConv3d", "posterior": "latent"}"#, "posterior is 'latent'"),
        (#"{"kind": "BayesianConv3d", "posterior": "wide"}"#, "posterior is 'wide'"),
        (
            #"{"kind": "BayesianConv3d", "posterior": "latent", "autoencoder": {"kind": "ReLU"}}"#,
            "autoencoder is ReLU() (expected a KernelVAE of kernels 3x3x3)"
        ),
        (
            #"{"kind": "BayesianConv3d", "posterior": "latent", "autoencoder": {"kind": "ReLU"}, "kernel_scale": 0}"#,
            "kernel_scale is 0.0 (expected a finite number above 0)"
        ),
        (
            #"{"kind": "DownBlock", "convolution": "BayesianConv3d", "convolution_settings": [7]}"#,
            "settings of convolution 1 is 7 (expected an object for each convolution, or one for all)"
        ),
        (
            #"{"kind": "UNet", "convolution": "BayesianConv3d", "convolution_settings": [{}, {"posterior": "radial"}]}"#,
            "settings of convolution 3 is missing"
        ),
        (
            #"{"kind": "UNet", "convolution_settings": [{"posterior": "radial"}]}"#,
            "Conv3d: posterior is \"radial\" (expected only in_channels"
        ),
    ])
    func damagedConfigurationsAreRefused(_ text: String, _ expected: String) throws {
        var configuration = try Configuration(JSON(parsing: text))
        if configuration.kind != "UNet" {
            configuration.settings += [
                JSON.Member("in_channels", .number(2)), JSON.Member("out_channels", .number(2)),
            ]
        }
        if configuration.kind == "BayesianConv3d" {
            configuration.settings.append(JSON.Member("kernel_size", .number(3)))
        }
        let message = thrownMessage {
            _ = try LayerDecoder.inference.layer(configuration, generator: RandomGenerator(seed: 1))
        }
        #expect(message?.contains(expected) == true, "\(message ?? "no error")")
    }

    /// A kernel of one weight has nothing below its diagonal.
    @Test func kernelsOfOneWeight() throws {
        let layer = try FamilyExample(name: .fullCovariance).layer(2, 3, kernelSize: [1])
        layer.mode = .training(RandomGenerator(seed: 1))
        let group = try PriorGroup(
            name: "all", layers: [("", 1)], prior: Normal(eventShape: [1], standardDeviation: 1))
        let loss = try layer(Tensor.ones([1, 2, 4])).square().mean()
        try (loss + group.bound(layer, generator: RandomGenerator(seed: 2))).backward()
        #expect(layer.logVariance.gradient != nil)
    }

    /// Several families may share a group; the bound is the sum of theirs.
    @Test func aGroupOfSeveralFamilies() throws {
        let layers = try FamilyExample.all.enumerated().map { try $1.layer(2, 2, seed: UInt64($0 + 1)) }
        let prior = try Normal(eventShape: [2, 2], standardDeviation: 0.5)
        func bound(_ paths: [Int]) throws -> Double {
            try PriorGroup(name: "all", layers: paths.map { ("\($0)", 1) }, prior: prior)
                .bound(Sequential(layers), generator: RandomGenerator(seed: 1)).number()
        }
        let sum = try layers.indices.reduce(0) { try $0 + bound([$1]) }
        #expect(abs(try bound(Array(layers.indices)) - sum) < 1e-4 * sum)
    }

    @Test(arguments: FamilyExample.all) func trainingLowersTheObjective(_ example: FamilyExample) throws {
        let layer = try example.layer(1, 2, kernelSize: [3, 3], seed: 3)
        let generator = RandomGenerator(seed: 4)
        let input = try Tensor.randn([2, 1, 8, 8], generator: generator)
        let target = try input.convolution(weight: Tensor.randn([2, 1, 3, 3], generator: generator))
        let start = layer.parameters.map { $0.tensor.values }
        let priors = try PriorSet.normal(eventShape: [3, 3], groups: [[("", 1)]])
        try expectLower(0.5, layer, input, target, priors: priors, steps: 150)
        for (old, parameter) in zip(start, layer.parameters) {
            #expect(zip(old, parameter.tensor.values).contains { abs($0 - $1) > 1e-3 }, "\(parameter.name)")
        }
    }
}
