import Foundation
import Inference
import Layers
import Support
import Tensors
import Testing

@Suite struct BayesianConvolutionTests {
    private func layer(seed: UInt64 = 41) throws -> BayesianConvolution {
        let specification = try ConvolutionSpecification(
            dimensions: 3, inputChannels: 2, outputChannels: 3, kernelSize: [3], padding: [1])
        let layer = try BayesianConvolution(specification, generator: RandomGenerator(seed: seed))
        _ = try GradientMode.disabled { try layer.logVariance.fill(-3) }
        return layer
    }

    /// Drawn results have the moments of results with drawn weights.
    @Test func localReparameterisationHasTheMomentsOfSampledWeights() throws {
        let layer = try layer()
        let input = try Tensor.randn([1, 2, 3, 3, 3], generator: RandomGenerator(seed: 42))
        let generator = RandomGenerator(seed: 43)
        func results(_ draw: () throws -> Void) throws -> Tensor {
            try GradientMode.disabled {
                try Tensor.stack(
                    (0..<3000).map { _ in
                        try draw()
                        return try layer(input)
                    })
            }
        }
        let sampled = try results { try layer.drawWeights(generator) }
        layer.mode = .training(generator)
        let drawn = try results {}
        layer.mode = .mean
        let mean = try layer(input)
        for results in [sampled, drawn] {
            // The mean over many elements of (mean of draws - mean)² / (variance / draws) is 1.
            let variance = try results.variance([1])
            let excess = try (results.mean([1]) - mean).square() / variance.scaled(by: 1 / 3000)
            #expect(abs(try excess.mean().number() - 1) < 0.6)
        }
        let ratio = try drawn.variance([1]) / sampled.variance([1])
        #expect(abs(try ratio.mean().number() - 1) < 0.02)
        #expect(ratio.values.allSatisfy { abs($0 - 1) < 0.2 })
    }

    @Test func drawnWeightsStayUntilTheNextDraw() throws {
        let layer = try layer()
        let input = try Tensor.randn([1, 2, 3, 3, 3], generator: RandomGenerator(seed: 42))
        try layer.drawWeights(RandomGenerator(seed: 1))
        let first = try layer(input).values
        #expect(try layer(input).values == first)
        try layer.drawWeights(RandomGenerator(seed: 2))
        #expect(try layer(input).values != first)
        try layer.drawWeights(RandomGenerator(seed: 1))
        #expect(try layer(input).values == first)
    }

    @Test func gradientsReachMeanAndLogVariance() throws {
        let layer = try layer()
        layer.mode = .training(RandomGenerator(seed: 3))
        try layer(Tensor.ones([1, 2, 4, 4, 4])).square().sum().backward()
        for (name, tensor) in layer.parameters {
            let gradient = try #require(tensor.gradient, "\(name)")
            #expect(gradient.values.contains { $0 != 0 }, "\(name)")
        }
    }

    @Test func onlyLargerKernelsAreBayesianInTheUNet() throws {
        let network = try UNet(
            .short, channels: [1, 2, 2, 2, 2], convolution: bayesianConvolution,
            generator: RandomGenerator(seed: 1))
        let expected = network.kernelLayers.flatMap { $0 }
        #expect(Set(network.bayesianLayers.map(\.path)) == Set(expected))
        for (path, layer) in network.bayesianLayers { #expect(layer.weight.shape.suffix(3) == [3, 3, 3], "\(path)") }
    }

    @Test func aNetworkComesBackFromItsFile() throws {
        let network = try UNet(
            .short, channels: [1, 2, 2, 2, 2], convolution: bayesianConvolution,
            generator: RandomGenerator(seed: 1))
        let path = NSTemporaryDirectory() + "bayesian-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Network.save(network, to: path)
        let loaded = try Network.load(path, decoder: .inference)
        #expect(loaded.namedParameters.map(\.name) == network.namedParameters.map(\.name))
        let input = try Tensor.ones([1, 1, 8, 8, 8])
        #expect(try loaded(input).values == network(input).values)
        for (a, b) in zip(loaded.bayesianLayers, network.bayesianLayers) {
            #expect(a.layer.logVariance.values == b.layer.logVariance.values)
        }
    }
}

@Suite struct PosteriorStartTests {
    private func network(bayesian: Bool = true) throws -> Sequential {
        func convolution(_ inputs: Int, _ outputs: Int) throws -> any Layer {
            let specification = try ConvolutionSpecification(
                dimensions: 3, inputChannels: inputs, outputChannels: outputs, kernelSize: [3], padding: [1],
                bias: false)
            let generator = RandomGenerator(seed: UInt64(10 * inputs + outputs))
            return bayesian
                ? try BayesianConvolution(specification, generator: generator)
                : try Convolution(specification, generator: generator)
        }
        return try Sequential([convolution(1, 16), convolution(16, 16)])
    }

    private func rms(_ tensor: Tensor) throws -> Double { try tensor.square().mean().number().squareRoot() }

    @Test func asMadeIsThePlainStart() throws {
        let (network, plain) = (try network(), try network(bayesian: false))
        try network.startPosterior(mean: .asMade, generator: RandomGenerator(seed: 1))
        for (a, b) in zip(network.bayesianLayers, plain.namedParameters) {
            #expect(a.layer.weight.values == b.tensor.values)
            #expect(a.layer.logVariance.values.allSatisfy { $0 == -10 })
        }
    }

    @Test func normalAndShareOfRMS() throws {
        let network = try network()
        try network.startPosterior(
            mean: .normal(standardDeviation: 0.02), variance: .shareOfRMS(0.3), generator: RandomGenerator(seed: 1))
        for (_, layer) in network.bayesianLayers {
            let rms = try rms(layer.weight)
            #expect(abs(rms - 0.02) < 0.004)
            for value in layer.logVariance.values { #expect(abs(Double(exp(value / 2)) - 0.3 * rms) < 1e-5) }
        }
    }

    @Test func priorDrawsHaveTheLayersScale() throws {
        let network = try network()
        let priors = try PriorSet.normal(eventShape: [3, 3, 3], groups: [[("0", 0.5), ("1", 2)]])
        try network.startPosterior(mean: .prior(priors), generator: RandomGenerator(seed: 1))
        #expect(abs(try rms(network.bayesianLayers[0].layer.weight) - 0.5) < 0.1)
        #expect(abs(try rms(network.bayesianLayers[1].layer.weight) - 2) < 0.1)
        let other = try PriorSet.normal(eventShape: [3, 3, 3], groups: [[("0", 0.5)]])
        #expect(throws: TensorError.self) {
            try network.startPosterior(mean: .prior(other), generator: RandomGenerator(seed: 1))
        }
    }

    @Test func bankDrawsAreKernelsOfTheSameLayer() throws {
        let (network, plain) = (try network(), try network(bayesian: false))
        let bank = try KernelBank(collecting: ["0", "1"], from: [[plain]], threshold: 0)
        try network.startPosterior(mean: .bank(bank), generator: RandomGenerator(seed: 1))
        for (path, layer) in network.bayesianLayers {
            let known = try Set(bank.kernels(of: path).reshaped([-1, 27]).split(1, dim: 1).map(\.values))
            for kernel in try layer.weight.reshaped([-1, 27]).split(1, dim: 1) {
                #expect(known.contains(kernel.values))
            }
        }
    }

    @Test func aGivenNetworkIsTaken() throws {
        let (network, plain) = (try network(), try network(bayesian: false))
        try GradientMode.disabled { for (_, tensor) in plain.namedParameters { try tensor.fill(0.25) } }
        try network.startPosterior(mean: .network(plain), generator: RandomGenerator(seed: 1))
        for (_, layer) in network.bayesianLayers { #expect(layer.weight.values.allSatisfy { $0 == 0.25 }) }
    }
}
