import Foundation
import Inference
import Layers
import Support
import Tensors
import TestSupport
import Testing

@Suite struct PredictionTests {
    private func network(logVariance: Float) throws -> Sequential {
        let specification = try ConvolutionSpecification(
            dimensions: 3, inputChannels: 1, outputChannels: 2, kernelSize: [3], padding: [1])
        let layer = try BayesianConvolution(specification, generator: RandomGenerator(seed: 51))
        _ = try GradientMode.disabled { try layer.logVariance.fill(logVariance) }
        return try Sequential([layer])
    }

    private func volume() throws -> Tensor { try Tensor.randn([1, 1, 5, 6, 4], generator: RandomGenerator(seed: 52)) }

    @Test func meanIsTheSoftmaxOfTheMeanNetwork() throws {
        let (network, volume) = (try network(logVariance: -3), try volume())
        let prediction = try Prediction.mean(network, volume)
        let expected = try network(volume).softmax(2)
        try expectClose(prediction.probability, expected, "probability")
        #expect(prediction.entropy.shape == [1, 1, 5, 6, 4])
        #expect(prediction.standardDeviation?.values.allSatisfy { $0 == 0 } == true)
        for (entropy, p) in zip(prediction.entropy.values, try expected.select(2, 1).values) {
            #expect(abs(entropy + p * log(p) + (1 - p) * log(1 - p)) < 1e-4)
        }
    }

    @Test func samplesAreAveraged() throws {
        let (network, volume) = (try network(logVariance: -3), try volume())
        var done: [Int] = []
        let prediction = try Prediction.sampled(
            network, volume, samples: 5, generator: RandomGenerator(seed: 1)
        ) { passes, all in
            done.append(passes)
            #expect(all == 5)
        }
        #expect(done == [0, 1, 2, 3, 4, 5])
        let generator = RandomGenerator(seed: 1)
        let samples = try Tensor.stack(
            (0..<5).map { _ in
                try network.drawWeights(generator)
                return try network(volume).softmax(2)
            })
        try expectClose(prediction.probability, samples.mean([1]), "probability")
        try expectClose(prediction.standardDeviation, samples.variance([1]).sqrt(), "standard deviation")
    }

    @Test func certainWeightsGiveTheMean() throws {
        let (network, volume) = (try network(logVariance: -60), try volume())
        let sampled = try Prediction.sampled(network, volume, samples: 3, generator: RandomGenerator(seed: 1))
        try expectClose(sampled.probability, Prediction.mean(network, volume).probability, "probability")
        #expect(sampled.standardDeviation?.values.allSatisfy { $0 < 1e-5 } == true)
    }

    /// Weights are drawn once a sample and used for every window: a network of single voxels says the same with windows
    /// and without.
    @Test(arguments: [0, 0.5]) func eachSampleIsUsedForEveryWindow(overlap: Double) throws {
        let layer = try BayesianConvolution(
            ConvolutionSpecification(dimensions: 3, inputChannels: 1, outputChannels: 2, kernelSize: [1], padding: [0]),
            generator: RandomGenerator(seed: 51))
        _ = try GradientMode.disabled { try layer.logVariance.fill(0) }
        let (network, volume) = (try Sequential([layer]), try volume())
        let window = try SlidingWindow(size: [2, 3, 8], overlap: overlap)
        let generators = [RandomGenerator(seed: 6), RandomGenerator(seed: 6)]
        let whole = try Prediction.sampled(network, volume, samples: 4, generator: generators[0])
        let parts = try Prediction.sampled(
            network, volume, samples: 4, options: PredictionOptions(window: window), generator: generators[1])
        #expect(whole.standardDeviation?.values.contains { $0 > 0.05 } == true)
        try expectClose(parts.probability, whole.probability, "probability")
        try expectClose(parts.standardDeviation, #require(whole.standardDeviation), "standard deviation")
        try expectClose(parts.entropy, whole.entropy, "entropy")
        #expect(generators[0].counter == generators[1].counter)
        try expectClose(
            Prediction.mean(network, volume, options: PredictionOptions(window: window)).probability,
            Prediction.mean(network, volume).probability,
            "mean")
    }

    @Test func aWindowAsLargeAsTheVolumeChangesNothing() throws {
        let (network, volume) = (try network(logVariance: -3), try volume())
        let whole = try Prediction.mean(network, volume)
        let window = try Prediction.mean(
            network, volume, options: PredictionOptions(window: SlidingWindow(size: [5, 6, 4])))
        try expectClose(window.probability, whole.probability, "probability")
        // At the borders of smaller windows the network lacks neighbours.
        let small = try Prediction.mean(
            network, volume, options: PredictionOptions(window: SlidingWindow(size: [3, 3, 3])))
        #expect(!small.probability.isClose(to: whole.probability, relative: 1e-3))
    }

    @Test func modesAndGradientsAreLeftAsTheyWere() throws {
        let network = try network(logVariance: -3)
        try network.useLocalReparameterisation(RandomGenerator(seed: 1))
        let prediction = try Prediction.sampled(network, volume(), samples: 2, generator: RandomGenerator(seed: 1))
        guard case .training = network.bayesianLayers[0].layer.mode else {
            Issue.record("the mode was changed")
            return
        }
        #expect(!prediction.probability.requiresGradient)
        #expect(throws: TensorError.self) {
            try Prediction.sampled(network, volume(), samples: 0, generator: RandomGenerator(seed: 1))
        }
    }

    @Test func entropyIsThatOfSamplesAndTheirDisagreement() throws {
        let (network, volume) = (try network(logVariance: -1), try volume())
        let prediction = try Prediction.sampled(network, volume, samples: 4, generator: RandomGenerator(seed: 1))
        let generator = RandomGenerator(seed: 1)
        let samples = try Tensor.stack(
            (0..<4).map { _ in
                try network.drawWeights(generator)
                return try network(volume).softmax(2)
            })
        let within = try (samples * samples.log()).sum([3], keepDims: true).negated().mean([1])
        try expectClose(prediction.mutualInformation, prediction.entropy - within, "mutual information")
        #expect(prediction.mutualInformation.values.allSatisfy { $0 >= 0 })
        #expect(prediction.mutualInformation.values.contains { $0 > 0.01 })
        #expect(try Prediction.mean(network, volume).mutualInformation.values.allSatisfy { $0 == 0 })
    }

    @Test func temperatureMultipliesTheVariancesOfWeights() throws {
        let (warm, cold) = (try network(logVariance: -3), try network(logVariance: -3 + Float(log(4.0))))
        let warmed = try Prediction.sampled(
            warm, volume(), samples: 3, temperature: 4, generator: RandomGenerator(seed: 1))
        let plain = try Prediction.sampled(cold, volume(), samples: 3, generator: RandomGenerator(seed: 1))
        try expectClose(warmed.probability, plain.probability, "probability")
        try expectClose(warmed.standardDeviation, #require(plain.standardDeviation), "standard deviation")
    }
}
