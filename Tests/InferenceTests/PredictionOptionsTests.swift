import Foundation
import Inference
import Layers
import Support
import Tensors
import TestSupport
import Testing

/// Regions, mirrored copies, and what is left out of predictions.
@Suite struct PredictionOptionsTests {
    private static let regions = [[1, 2, 3], [1, 3], [3]]

    /// A network that mirrored copies make a difference to.
    private func network(_ outputs: Int, seed: UInt64) throws -> Sequential {
        let specification = try ConvolutionSpecification(
            dimensions: 3, inputChannels: 2, outputChannels: outputs, kernelSize: [3], padding: [1])
        return try Sequential([Convolution(specification, generator: RandomGenerator(seed: seed))])
    }

    private func volume(_ size: [Int] = [5, 6, 4]) throws -> Tensor {
        try Tensor.randn([2, 2] + size, generator: RandomGenerator(seed: 52))
    }

    /// The mean over outputs of their binary entropies.
    private func entropy(_ p: Tensor) throws -> Tensor {
        let q = try p.scaled(by: -1).offset(by: 1)
        return try (p * p.log() + q * q.log()).mean([2], keepDims: true).negated()
    }

    /// The probabilities that the definition of mirrored copies gives.
    private func mirrored(
        _ network: any Layer, _ volume: Tensor, _ dims: [Int], _ probability: (Tensor) throws -> Tensor
    ) throws -> Tensor {
        var copies: [Tensor] = []
        for number in 0..<(1 << dims.count) {
            let flipped = dims.indices.filter { number >> $0 & 1 == 1 }.map { dims[$0] }
            let result = try flipped.isEmpty ? network(volume) : network(volume.flipped(flipped)).flipped(flipped)
            copies.append(try probability(result))
        }
        return try Tensor.stack(copies).mean([1])
    }

    @Test(arguments: [false, true])
    func regionsAreSigmoidsWithMeanBinaryEntropies(inWindows: Bool) throws {
        let (networks, volume) = (try [1, 2, 3].map { try network(3, seed: $0) }, try volume())
        let window = inWindows ? try SlidingWindow(size: [5, 6, 4]) : nil
        let options = PredictionOptions(window: window, regions: try Regions(Self.regions))
        let found = try Prediction.sampled(
            Ensemble(networks), volume, options: options, generator: RandomGenerator(seed: 1))
        let members = try networks.map { try $0(volume).sigmoid() }
        let mean = try Tensor.stack(members).mean([1])
        try expectClose(found.probability, mean, "probability")
        try expectClose(found.entropy, entropy(mean), "entropy")
        let within = try Tensor.stack(members.map { try entropy($0) }).mean([1])
        try expectClose(found.mutualInformation, entropy(mean) - within, "mutual information")
        #expect(found.mutualInformation.values.contains { $0 > 0.01 })
        let deviation = try #require(found.standardDeviation)
        try expectClose(deviation, Tensor.stack(members).variance([1]).sqrt(), "standard deviation")
    }

    @Test func certainRegionsHaveNoEntropy() throws {
        let network = try network(1, seed: 1)
        _ = try GradientMode.disabled { try network.namedParameters.map { try $0.tensor.multiply(by: 1e4) } }
        let found = try Prediction.mean(network, volume(), options: PredictionOptions(regions: Regions([[1]])))
        #expect(found.entropy.values.allSatisfy { $0.isFinite && $0 >= 0 })
        #expect(found.entropy.values.contains { $0 < 1e-6 })
    }

    @Test(arguments: [
        (PredictionOptions.Mirroring.all, [3, 4, 5]), (.along([true, false, true]), [3, 5]),
        (.along([false, true, false]), [4]),
        (.along([false, false, false]), []), (.none, []),
    ])
    func mirroredCopiesAreMirroredBackAndAveraged(_ flips: PredictionOptions.Mirroring, dims: [Int]) throws {
        let (networks, volume) = (try [1, 2].map { try network(2, seed: $0) }, try volume())
        let expected = try networks.map { try mirrored($0, volume, dims) { try $0.softmax(2) } }
        let mean = try Tensor.stack(expected).mean([1])
        let whole = try (mean * mean.log()).sum([2], keepDims: true).negated()
        let within = try Tensor.stack(expected.map { try ($0 * $0.log()).sum([2], keepDims: true).negated() }).mean([1])
        // A window of the whole volume, and one that is larger, sees what the network sees without.
        for window in try [nil, SlidingWindow(size: [5, 6, 4])] {
            let options = PredictionOptions(window: window, flips: flips)
            var passes: [Int] = []
            let found = try Prediction.sampled(
                Ensemble(networks), volume, options: options, generator: RandomGenerator(seed: 1)
            ) { done, all in
                passes.append(done)
                #expect(all == 2 << dims.count)
            }
            #expect(passes == Array(0...(2 << dims.count)))
            try expectClose(found.probability, mean, "probability")
            try expectClose(found.entropy, whole, "entropy")
            try expectClose(found.mutualInformation, whole - within, "mutual information")
        }
    }

    /// Copies of one network agree with each other as far as mutual information is concerned.
    @Test func oneNetworkHasNoMutualInformationHoweverItIsMirrored() throws {
        let found = try Prediction.mean(network(2, seed: 1), volume(), options: PredictionOptions(flips: .all))
        #expect(found.mutualInformation.values.allSatisfy { $0 == 0 })
        #expect(found.standardDeviation?.values.allSatisfy { $0 == 0 } == true)
    }

    @Test(arguments: [[5, 6, 4], [3, 2, 9], [8, 7, 6]])
    func windowsAreMirroredWhereTheyAre(size: [Int]) throws {
        let (network, volume) = (try network(2, seed: 1), try volume(size))
        let window = try SlidingWindow(size: [4, 4, 4])
        let found = try Prediction.mean(network, volume, options: PredictionOptions(window: window, flips: .all))
        let blend = try WindowBlend(volume, window)
        for start in blend.starts {
            let part = try blend.window(at: start)
            try blend.add(mirrored(network, part, [3, 4, 5]) { try $0.softmax(2) }, at: start)
        }
        try expectClose(found.probability, blend.mean(), "probability")
        #expect(found.probability.isContiguous && found.probability.shape == [2, 2] + size)
    }

    @Test func deviationsCanBeLeftOut() throws {
        let ensemble = try Ensemble([network(2, seed: 1), network(2, seed: 2)])
        func predict(_ hasDeviation: Bool) throws -> Prediction {
            try Prediction.sampled(
                ensemble, volume(), options: PredictionOptions(hasDeviation: hasDeviation),
                generator: RandomGenerator(seed: 1))
        }
        let (with, without) = (try predict(true), try predict(false))
        #expect(without.standardDeviation == nil && with.standardDeviation != nil)
        #expect(without.probability.values == with.probability.values && without.entropy.values == with.entropy.values)
    }

    @Test func sameBitsWithAnyNumberOfThreads() throws {
        let threads = ThreadPool.shared.threads
        defer { ThreadPool.shared.threads = threads }
        let ensemble = try Ensemble([network(3, seed: 1), network(3, seed: 2)])
        func run(_ threads: Int) throws -> [[Float]] {
            ThreadPool.shared.threads = threads
            let options = PredictionOptions(
                window: try SlidingWindow(size: [16, 16, 16]), regions: try Regions(Self.regions), flips: .all)
            let found = try Prediction.sampled(
                ensemble, volume([24, 20, 33]), options: options, generator: RandomGenerator(seed: 1))
            return [found.probability, found.entropy, found.mutualInformation].map(\.values)
        }
        #expect(try run(2) == run(1))
    }

    @Test func whatCannotBeMeantIsAnError() throws {
        let (network, volume) = (try network(3, seed: 1), try volume())
        func message(_ options: PredictionOptions) -> String? {
            thrownMessage { _ = try Prediction.mean(network, volume, options: options) }
        }
        #expect(
            try message(PredictionOptions(regions: Regions([[1], [2]])))
                == "predict: the network's result has shape 2x3x5x6x4 (expected N x 2 x ..., one output for each of the "
                + "regions {{1}, {2}})")
        #expect(
            message(PredictionOptions(flips: .along([true, true])))
                == "predict: flips is a list of 2 (expected 3, one for each direction of the volume 2x2x5x6x4)")
        #expect(
            thrownMessage {
                _ = try Prediction.mean(Sequential([]), Tensor.ones([2, 3]), options: PredictionOptions(flips: .all))
            }
                == "predict: volume has shape 2x3 (expected N x C and one to three directions that it could be mirrored along)"
        )
        #expect(
            thrownMessage { _ = try Prediction.mean(self.network(1, seed: 1), volume) }
                == "predict: the network's result has shape 2x1x5x6x4 (expected N x classes x ..., with at least 2 classes; "
                + "of a single output, regions = {{1}})")
    }
}
