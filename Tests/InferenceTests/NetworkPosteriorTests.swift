import Inference
import Layers
import Support
import Tensors
import TestSupport
import Testing

/// What all posteriors of networks have in common.
@Suite struct NetworkPosteriorTests {
    /// A kind of posterior, made of a small network with dropout.
    enum Kind: String, CaseIterable {
        case ensemble, snapshots, dropout, swag, laplace, ivon

        /// Whether draws differ with the generator.
        var isRandom: Bool { self != .ensemble && self != .snapshots }
        /// Whether draws set weights with a variance.
        var hasVariance: Bool { [.swag, .laplace, .ivon].contains(self) }

        func make(_ network: any Layer) throws -> any SavedPosterior {
            let generator = RandomGenerator(seed: 7)
            switch self {
            case .ensemble: return try Ensemble([network, smallNetwork(seed: 8)])
            case .dropout: return try MCDropout(network)
            case .laplace: return try LastLayerLaplace(network, volumes: [smallVolume()], priorPrecision: 2)
            case .snapshots:
                let ensemble = try Ensemble([])
                for _ in 0..<3 {
                    try disturb(network, generator)
                    try ensemble.collect(network)
                }
                return ensemble
            case .swag:
                let swag = try SWAG(network, rank: 3)
                for _ in 0..<5 {
                    try disturb(network, generator)
                    try swag.collect()
                }
                return swag
            case .ivon:
                let optimiser = try IVON(network.namedParameters, effectiveSampleSize: 100, generator: generator)
                for _ in 0..<3 {
                    try optimiser.sample()
                    optimiser.zeroGradients()
                    try network(smallVolume()).square().mean().backward()
                    try optimiser.step()
                }
                return try IVONPosterior(network, optimiser)
            }
        }
    }

    /// Takes the weights of a network a random step away.
    private static func disturb(_ network: any Layer, _ generator: RandomGenerator) throws {
        try GradientMode.disabled {
            for (_, tensor) in network.namedParameters {
                try tensor.add(Tensor.randn(tensor.shape, generator: generator), factor: 0.1)
            }
        }
    }

    @Test(arguments: Kind.allCases) func theNetworkHasItsWeightsAndModesAgain(_ kind: Kind) throws {
        let network = try smallNetwork(seed: 3)
        let posterior = try kind.make(network)
        let dropout = try #require(network.children[2].layer as? Dropout)
        let (own, weights) = (dropout.generator, network.namedParameters.map(\.tensor.values))
        dropout.isTraining = true
        let prediction = try Prediction.sampled(
            posterior, smallVolume(), samples: posterior.memberCount ?? 4, generator: RandomGenerator(seed: 1))
        #expect(prediction.standardDeviation?.values.contains { $0 > 1e-3 } == true)
        // An error in the last draw comes when all has been set.
        let broken = try Tensor.ones([1, 2, 3, 3, 3])
        #expect(throws: TensorError.self) {
            try Prediction.sampled(
                posterior, broken, samples: posterior.memberCount ?? 4, generator: RandomGenerator(seed: 1))
        }
        #expect(network.namedParameters.map(\.tensor.values) == weights)
        #expect(dropout.isTraining && dropout.generator === own)
        #expect(network.namedParameters.allSatisfy { $0.tensor.requiresGradient && $0.tensor.isLeaf })
    }

    @Test(arguments: [Kind.snapshots, .swag, .laplace, .ivon]) func anInterruptGivesWeightsBack(_ kind: Kind) throws {
        let network = try smallNetwork(seed: 3)
        let posterior = try kind.make(network)
        let stopping = try #require(network.children[4].layer as? Stopping)
        let weights = network.namedParameters.map(\.tensor.values)
        stopping.callsLeft = 1
        #expect(throws: TensorError.interrupted) {
            try Prediction.sampled(
                posterior, smallVolume(), samples: posterior.memberCount ?? 4, generator: RandomGenerator(seed: 1))
        }
        #expect(network.namedParameters.map(\.tensor.values) == weights)
    }

    @Test(arguments: Kind.allCases) func theSameSeedGivesTheSameBits(_ kind: Kind) throws {
        let posterior = try kind.make(smallNetwork(seed: 3))
        func probability(_ seed: UInt64) throws -> [Float] {
            try Prediction.sampled(
                posterior, smallVolume(), samples: posterior.memberCount ?? 3, generator: RandomGenerator(seed: seed)
            ).probability.values
        }
        #expect(try probability(1) == probability(1))
        #expect(try (probability(1) != probability(2)) == kind.isRandom)
    }

    /// The deviations of draws from the mean grow with the root of the temperature.
    @Test(arguments: Kind.allCases.filter(\.hasVariance)) func temperatureMultipliesVariances(_ kind: Kind) throws {
        let network = try smallNetwork(seed: 3)
        let posterior = try kind.make(network)
        func weights(_ set: () throws -> Void) throws -> [Float] {
            try GradientMode.disabled(set)
            return network.namedParameters.flatMap(\.tensor.values)
        }
        let mean = try weights { _ = try posterior.mean() }
        let draws = try [1.0, 4].map { temperature in
            try weights {
                _ = try posterior.draw(0, temperature: temperature, generator: RandomGenerator(seed: 5))
            }
        }
        #expect(zip(mean, draws[0]).contains { $0 != $1 })
        for (mean, (once, twice)) in zip(mean, zip(draws[0], draws[1])) {
            #expect(abs((twice - mean) - 2 * (once - mean)) < 1e-5)
        }
    }

    @Test(arguments: Kind.allCases) func filesKeepThemToTheBit(_ kind: Kind) throws {
        let folder = try TemporaryFolder()
        let posterior = try kind.make(smallNetwork(seed: 3))
        try posterior.save(to: folder.path("posterior"))
        let loaded = try PosteriorKinds.load(
            from: folder.path("posterior"), decoder: smallNetworkDecoder, generator: RandomGenerator(seed: 9))
        #expect(loaded.configuration == posterior.configuration)
        let results = try [posterior, loaded].map { posterior in
            try Prediction.sampled(
                posterior, smallVolume(), samples: posterior.memberCount ?? 3, generator: RandomGenerator(seed: 1))
        }
        #expect(results[0].probability.values == results[1].probability.values)
        if kind.hasVariance {
            let means = try [posterior, loaded].map { try Prediction.mean($0, smallVolume()).probability.values }
            #expect(means[0] == means[1])
        }
    }

    /// A damaged file is an error, or a posterior that predicts; nothing traps.
    @Test(arguments: Kind.allCases) func damagedFilesAreErrors(_ kind: Kind) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("posterior")
        try kind.make(smallNetwork(seed: 3)).save(to: path)
        let (file, tensors) = try LunetteFile.read(.posterior, path)
        for name in tensors.keys.sorted() {
            let others = tensors.filter { $0.key != name }.map { (name: $0.key, tensor: $0.value) }
            try LunetteFile(kind: .posterior, configuration: file.configuration).write(others, to: path)
            #expect(throws: (any Error).self, "\(name)") {
                try PosteriorKinds.load(from: path, decoder: smallNetworkDecoder, generator: RandomGenerator(seed: 1))
            }
        }
    }

    @Test func anEnsembleIsTheMeanOfItsMembers() throws {
        let networks = try [smallNetwork(seed: 3), smallNetwork(seed: 4), smallNetwork(seed: 5)]
        let prediction = try Prediction.sampled(
            Ensemble(networks), smallVolume(), generator: RandomGenerator(seed: 1))
        for network in networks { network.setTraining(false) }
        let members = try Tensor.stack(networks.map { try $0(smallVolume()).softmax(2) })
        try expectClose(prediction.probability, members.mean([1]), "probability")
        try expectClose(prediction.standardDeviation, members.variance([1]).sqrt(), "standard deviation")
        let entropies = try (members * members.log()).sum([3], keepDims: true).negated()
        try expectClose(
            prediction.mutualInformation, prediction.entropy - entropies.mean([1]), "mutual information")
        #expect(prediction.mutualInformation.values.contains { $0 > 1e-4 })
        #expect(prediction.samples == 3)
    }

    @Test func snapshotsAreTheNetworkAsItWas() throws {
        let network = try smallNetwork(seed: 3)
        let (ensemble, generator) = (try Ensemble([]), RandomGenerator(seed: 2))
        network.setTraining(false)
        var results: [Tensor] = []
        for _ in 0..<3 {
            try Self.disturb(network, generator)
            try ensemble.collect(network)
            results.append(try network(smallVolume()).softmax(2).detached())
        }
        try Self.disturb(network, generator)
        let prediction = try Prediction.sampled(ensemble, smallVolume(), generator: generator)
        try expectClose(prediction.probability, Tensor.stack(results).mean([1]), "probability")
    }

    @Test func aDrawDropsTheSameChannelsInEveryWindow() throws {
        let generator = RandomGenerator(seed: 1)
        let network = try Sequential([
            pointwise(1, 6, generator), Activation(.relu), Dropout(0.4, dimensions: 3, generator: generator),
            pointwise(6, 2, generator),
        ])
        let volume = try Tensor.randn([1, 1, 5, 6, 4], generator: generator)
        let (window, posterior) = (try SlidingWindow(size: [2, 3, 3]), try MCDropout(network))
        let whole = try Prediction.sampled(posterior, volume, samples: 4, generator: RandomGenerator(seed: 6))
        let parts = try Prediction.sampled(
            posterior, volume, samples: 4, options: PredictionOptions(window: window),
            generator: RandomGenerator(seed: 6))
        #expect(whole.standardDeviation?.values.contains { $0 > 0.01 } == true)
        try expectClose(parts.standardDeviation, #require(whole.standardDeviation), "standard deviation")
        try expectClose(parts.probability, whole.probability, "probability")
        // Without dropout it is the network that predicts.
        network.setTraining(false)
        try expectClose(
            Prediction.mean(posterior, volume).probability, network(volume).softmax(2), "without dropout")
    }

    @Test func whatCannotBeMeantIsAnError() throws {
        let (network, volume, generator) = (try smallNetwork(seed: 3), try smallVolume(), RandomGenerator(seed: 1))
        let plain = try Sequential([pointwise(1, 2, generator)])
        let bayesian = try Sequential([
            BayesianConvolution(
                ConvolutionSpecification(
                    dimensions: 3, inputChannels: 1, outputChannels: 2, kernelSize: [1]), generator: generator)
        ])
        func predict(_ posterior: any NetworkPosterior, samples: Int? = nil, temperature: Double = 1) throws {
            _ = try Prediction.sampled(
                posterior, volume, samples: samples, temperature: temperature, generator: generator)
        }
        let cases: [(expected: String, body: () throws -> Void)] = [
            ("Ensemble: members is 0 (expected 1 or more: call collect(network))", { try predict(Ensemble([])) }),
            (
                "predict: samples is 3 (expected 1, the number of members, or none)",
                { try predict(Ensemble([plain]), samples: 3) }
            ),
            (
                "predict: temperature is 2.0 (expected 1: draws of Ensemble have no variance that it could multiply)",
                { try predict(Ensemble([plain]), temperature: 2) }
            ),
            (
                "predict: temperature is 0.0 (expected a finite number above 0)",
                { try predict(MCDropout(network), samples: 2, temperature: 0) }
            ),
            ("predict: samples is 0 (expected 1 or more)", { try predict(MCDropout(network)) }),
            (
                "Ensemble: networks is the same network twice (expected each network once; collect keeps several states "
                    + "of one)", { _ = try Ensemble([plain, plain]) }
            ),
            (
                "Ensemble: network is a member that changes as it is trained (expected one of which every member is "
                    + "collected)", { try Ensemble([plain]).collect(plain) }
            ),
            (
                "Ensemble: network is without parameters (expected one whose parameters change)",
                { try Ensemble([]).collect(Identity()) }
            ),
            (
                "predict: the result of member 2 has shape 1x3x3x4x3 (expected 1x2x3x4x3, as the first gives)",
                { try predict(Ensemble([plain, Sequential([pointwise(1, 3, generator)])])) }
            ),
            (
                "Ensemble: mean is asked for (expected a prediction with all members; an ensemble has no mean network)",
                { _ = try Prediction.mean(Ensemble([plain]), volume) }
            ),
            (
                "MCDropout: network is Sequential(1 layer) (expected a network with dropout, as of nn.UNet{dropout = 0.1} "
                    + "or nn.Dropout3d: without it all draws are alike)", { _ = try MCDropout(plain) }
            ),
            (
                "SWAG: network is Sequential(1 layer) with Bayesian convolutions (expected a plain network; predictions "
                    + "with a Bayesian one draw its weights)", { _ = try SWAG(bayesian) }
            ),
        ]
        for (expected, body) in cases { #expect(thrownMessage(body) == expected) }
        try GradientMode.disabled { _ = try plain.namedParameters[0].tensor.fill(.nan) }
        #expect(
            thrownMessage { try Ensemble([]).collect(plain) }
                == "Ensemble: 0.weight is NaN or infinite in 2 of 2 elements (expected finite numbers)")
    }
}
