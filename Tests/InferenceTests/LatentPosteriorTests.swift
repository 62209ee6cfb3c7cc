import Foundation
import Inference
import Layers
import Support
import TestSupport
import Tensors
import Testing

/// The posterior in the code space of an autoencoder.
@Suite struct LatentPosteriorTests {
    private static let scale: Float = 0.5

    /// A decoder from two codes to kernels of four weights, and its exact encoder.
    private func linear() throws -> KernelVAE {
        let decoder = try LinearNormal(
            inputShape: [2], outputShape: [2, 2],
            weight: Tensor([1, 0.5, 0.5, -1, 0.8, 0.4, 0.4, -0.8], shape: [4, 2]),
            bias: Tensor([0.3, -0.2, 0, 0.1], shape: [4]), logVariance: Tensor([-1, -1.5, -1, -1.5], shape: [4]))
        return try KernelVAE(encoder: wideEncoder(), decoder: decoder)
    }

    /// Some encoder, which need not be exact: the mean of a code is that of two weights.
    private func wideEncoder() throws -> LinearNormal {
        try LinearNormal(
            inputShape: [2, 2], outputShape: [2], weight: Tensor([0.5, 0.5, 0, 0, 0, 0, 0.5, 0.5], shape: [2, 4]),
            bias: Tensor([0, 0], shape: [2]), logVariance: Tensor([-2, -2], shape: [2]))
    }

    private func layer(seed: UInt64 = 1) throws -> BayesianConvolution {
        try FamilyExample(name: .meanField).layer(1, 3, seed: seed)
    }

    private func priors(_ autoencoder: KernelVAE, _ paths: [String] = [""], scale: Float = scale) throws -> PriorSet {
        let prior = try VAEPrior(autoencoder, encoder: .fixed)
        return try PriorSet([PriorGroup(name: "all", layers: paths.map { ($0, scale) }, prior: prior)])
    }

    private func latent(_ layer: BayesianConvolution) throws -> LatentPosterior {
        guard case .latent(let latent) = layer.family else {
            Issue.record("no latent posterior")
            throw TensorError.interrupted
        }
        return latent
    }

    @Test func codesStartAtThoseOfTheKernels() throws {
        let (layer, autoencoder) = (try layer(), try linear())
        let kernels = try layer.weight.reshaped([-1, 2, 2])
        try layer.useLatentPosterior(priors(autoencoder))
        let codes = try latent(layer).codes
        #expect(try codes.mean.values == autoencoder.encode(kernels.scaled(by: 2)).mean.values)
        #expect(codes.logVariance.values == [Float](repeating: -2, count: 6))
        #expect(layer.parameters.map(\.name) == ["code_mean", "code_log_variance"])
        #expect(try layer.meanWeights().values == autoencoder.decode(codes.mean).mean.scaled(by: 0.5).values)
        layer.mode = .mean
        let input = try Tensor.ones([1, 1, 4, 4])
        #expect(try layer(input).values == input.convolution(weight: layer.meanWeights()).values)
    }

    /// Where q(z) is N(0, I), the bound is 0 and the draws are the prior's.
    @Test func thePriorsOwnCodesGiveThePrior() throws {
        let (layer, autoencoder) = (try layer(), try linear())
        let priors = try priors(autoencoder)
        try layer.useLatentPosterior(priors)
        try GradientMode.disabled { for (_, tensor) in layer.parameters { try tensor.fill(0) } }
        let group = priors.groups[0]
        #expect(try group.bound(layer, generator: RandomGenerator(seed: 1)).number() == 0)
        let marginal = try #require(autoencoder.decoder as? LinearNormal).marginal()
        let (mean, covariance) = (marginal.mean.doubles, try marginal.covariance().doubles)
        let generator = RandomGenerator(seed: 2)
        let draws = try (0..<3000).map { _ in
            try layer.drawWeights(generator)
            guard case .sampled(let weight) = layer.mode else { return [Double]() }
            return weight.doubles.map { $0 / Double(Self.scale) }
        }
        for i in 0..<4 {
            expectMean(draws.map { $0[i] }, mean[i], "mean")
            for j in 0..<4 {
                expectMean(draws.map { ($0[i] - mean[i]) * ($0[j] - mean[j]) }, covariance[i * 4 + j], "covariance")
            }
        }
        try layer.drawWeights(generator, temperature: 0)
        guard case .sampled(let weight) = layer.mode else { return }
        #expect(try weight.values == layer.meanWeights().values)
    }

    @Test func theBoundIsTheDivergenceOfTheCodes() throws {
        let layer = try layer()
        let priors = try priors(linear())
        try layer.useLatentPosterior(priors)
        let codes = try latent(layer).codes
        let expected = zip(codes.mean.doubles, codes.logVariance.doubles).reduce(0) {
            $0 + 0.5 * (exp($1.1) + $1.0 * $1.0 - 1 - $1.1)
        }
        let bound = try priors.groups[0].bound(layer, generator: RandomGenerator(seed: 1)).number()
        #expect(abs(bound - expected) < 1e-4)
    }

    /// Another decoder, scale or kind of prior would make the bound one of something else.
    @Test func anotherPriorIsRefused() throws {
        let layer = try layer()
        let first = try priors(linear())
        try layer.useLatentPosterior(first)
        let other = try linear()
        _ = try GradientMode.disabled { try other.decoder.parameters[0].tensor.fill(0.5) }
        let gaussian = try PriorSet.normal(eventShape: [2, 2], groups: [[("", Self.scale)]])
        for priors in try [gaussian, priors(linear(), scale: 0.25), priors(other)] {
            #expect(
                thrownMessage { _ = try priors.groups[0].bound(layer, generator: RandomGenerator(seed: 1)) }?
                    .contains("expected the VAEPrior and the scale of its latent posterior") == true)
        }
        // A prior of its own with the same numbers is the same.
        _ = try priors(linear()).groups[0].bound(layer, generator: RandomGenerator(seed: 1))
    }

    @Test func nothingChangesWhereAPriorDoesNotFit() throws {
        let network = try Sequential([layer(), FamilyExample(name: .meanField).layer(3, 1)])
        let groups = try [
            priors(linear(), ["0"]).groups[0],
            PriorGroup(name: "b", layers: [("1", 1)], prior: Normal(eventShape: [2, 2], standardDeviation: 1)),
        ]
        #expect(
            thrownMessage { try network.useLatentPosterior(PriorSet(groups)) }
                == "use_latent_posterior: prior of 'b' is Normal (expected a VAEPrior: its decoder makes kernels of codes)"
        )
        #expect(throws: TensorError.self) { try network.useLatentPosterior(priors(linear(), ["0", "7"])) }
        #expect(network.bayesianLayers.allSatisfy { $0.layer.family.name == .meanField })
    }

    @Test func aNetworkComesBackFromItsFile() throws {
        let network = try UNet(
            .short, channels: [1, 2, 2, 2, 2], convolution: bayesianConvolution, generator: RandomGenerator(seed: 1))
        let groups = try network.kernelLayers.enumerated().map { index, paths in
            let autoencoder = try KernelVAE(
                KernelArchitecture(.size3x3x3, latentSize: 2, hiddenChannels: 1 + index % 2),
                generator: RandomGenerator(seed: UInt64(index)))
            return try PriorGroup(
                name: "group\(index)", layers: paths.map { ($0, 0.1) }, prior: VAEPrior(autoencoder, encoder: .fixed))
        }
        try network.useLatentPosterior(PriorSet(groups))
        let folder = try TemporaryFolder()
        try Network.save(network, to: folder.path("net"))
        let loaded = try Network.load(folder.path("net"), decoder: .inference)
        #expect(loaded.treeDescription == network.treeDescription && loaded.configuration == network.configuration)
        for network in [network, loaded] as [any Layer] { try network.drawWeights(RandomGenerator(seed: 2)) }
        let input = try Tensor.ones([1, 1, 8, 8, 8])
        #expect(try loaded(input).values == network(input).values)
        // The loaded decoders are the priors' still, and are not trained.
        for group in groups { _ = try group.bound(loaded, generator: RandomGenerator(seed: 1)) }
        try loaded.unfreeze()
        #expect(loaded.namedBuffers.allSatisfy { !$0.tensor.requiresGradient } && !loaded.namedBuffers.isEmpty)
    }

    @Test func aStartSetsTheCodes() throws {
        let (layer, autoencoder) = (try layer(), try linear())
        try layer.useLatentPosterior(priors(autoencoder))
        let plain = try self.layer(seed: 9)
        try layer.startPosterior(mean: .asMade, variance: .logVariance(-4), generator: RandomGenerator(seed: 1))
        #expect(try latent(layer).codes.logVariance.values.allSatisfy { $0 == -4 })
        #expect(
            thrownMessage {
                try layer.startPosterior(mean: .network(Sequential([plain])), generator: RandomGenerator(seed: 1))
            } == "start_posterior: from is a network without kernels at '' (expected a network of the same layers)")
        try layer.startPosterior(mean: .network(plain), variance: .shareOfRMS(0.5), generator: RandomGenerator(seed: 1))
        let codes = try latent(layer).codes
        let kernels = try plain.weight.reshaped([-1, 2, 2]).scaled(by: 2)
        #expect(try codes.mean.values == autoencoder.encode(kernels).mean.values)
        let meanSquare = try codes.mean.square().mean().number()
        for value in codes.logVariance.doubles { #expect(abs(exp(value) / (0.25 * meanSquare) - 1) < 1e-4) }
    }

    @Test func trainingLowersTheObjective() throws {
        let layer = try layer()
        let priors = try priors(linear())
        try layer.useLatentPosterior(priors)
        let input = try Tensor.randn([2, 1, 8, 8], generator: RandomGenerator(seed: 5))
        // Codes far from those that the layer starts with.
        let codes = try Tensor([2, -1.5, -2, 1.5, 1.5, 2], shape: [3, 2])
        let goal = try linear().decode(codes).mean.scaled(by: Self.scale).reshaped([3, 1, 2, 2])
        try expectLower(0.7, layer, input, input.convolution(weight: goal), priors: priors, steps: 200)
    }
}
