import Layers
import Support
import Tensors
import TestSupport
import Testing

struct OptimiserFileTests {
    /// Parameters "a" and "b", the second of which gets no gradient.
    private func parameters() throws -> [(name: String, tensor: Tensor)] {
        [
            ("a", try Tensor.randn([3, 5], generator: RandomGenerator(seed: 1)).requireGradient()),
            ("b", try Tensor.zeros([2]).requireGradient()),
        ]
    }

    private func steps(_ optimiser: any Optimiser, _ count: Int) throws {
        for _ in 0..<count {
            try (optimiser as? IVON)?.sample()
            optimiser.zeroGradients()
            try optimiser.parameters[0].tensor.sin().sum().backward()
            try optimiser.step()
        }
    }

    private func make(
        _ kind: String, _ parameters: [(name: String, tensor: Tensor)],
        generator: RandomGenerator = RandomGenerator(seed: 1)
    ) throws -> any Optimiser {
        let groups = [
            ParameterGroup([parameters[0]], learningRate: 0.03), ParameterGroup([parameters[1]], learningRate: 0.3),
        ]
        return switch kind {
        case "Adam": try Adam(groups: groups, beta1: 0.8, weightDecay: 0.01)
        case "SGD": try SGD(groups: groups, momentum: 0.7, weightDecay: 0.01)
        default:
            try #require(optimiserDeclarations.first { $0.name == kind }).make.make(
                groups,
                Configuration(
                    kind: kind, JSON.Member("examples", 30.json), JSON.Member("ess", 30.json),
                    JSON.Member("weight_decay", 0.01.json)), generator)
        }
    }

    @Test(arguments: ["Adam", "SGD", "SGLD", "IVON"])
    func `Training goes on from a file as if it had never stopped`(_ kind: String) throws {
        let folder = try TemporaryFolder()
        let generators = [RandomGenerator(seed: 1), RandomGenerator(seed: 1)]
        let whole = try make(kind, try parameters(), generator: generators[0])
        whole.learningRateFactor = 0.7
        try steps(whole, 4)
        try whole.save(to: folder.path("optimiser"))
        let kept = try parameters()
        for (copy, original) in zip(kept, whole.parameters) {
            try GradientMode.disabled { _ = try copy.tensor.assign(original.tensor) }
        }
        let resumed: any Optimiser = kind == "Adam" ? try Adam(kept) : try SGD(kept, learningRate: 1)
        #expect(throws: FileError.self) { try resumed.load(from: folder.path("optimiser")) }
        // The generator is kept by its owner.
        generators[1].restore(seed: 1, counter: generators[0].counter)
        let grouped = try make(kind, kept, generator: generators[1])
        grouped.learningRate = 5
        try grouped.load(from: folder.path("optimiser"))
        #expect(grouped.groups.map(\.learningRate) == [0.03, 0.3] && grouped.learningRateFactor == 0.7)
        #expect(grouped.configuration == whole.configuration)
        try steps(whole, 3)
        try steps(grouped, 3)
        #expect(kept[0].tensor.values == whole.parameters[0].tensor.values)
    }

    @Test func `A state of another kind or of other parameters is refused`() throws {
        let folder = try TemporaryFolder()
        let (path, network) = (folder.path("optimiser"), folder.path("network"))
        let adam = try make("Adam", try parameters())
        try steps(adam, 1)
        try adam.save(to: path)
        try Network.save(Flatten(), to: network)
        let sgd = try make("SGD", try parameters())
        #expect(try message { try sgd.load(from: path) } == "\(path): load: kind is 'Adam' (expected 'SGD')")
        #expect(
            try message { try sgd.load(from: network) }
                == "\(network): holds the kind 'network' (expected 'optimiser'; nn.load (of Bayesian ones "
                + "bayes.load) reads it)")
        let renamed = try make("Adam", try parameters().map { ($0.name + "_", $0.tensor) })
        #expect(try message { try renamed.load(from: path) } == "\(path): load: parameter is 'a' (expected 'a_')")
        let reshaped = try make("Adam", [("a", try Tensor.zeros([4])), ("b", try Tensor.zeros([2]))])
        #expect(try message { try reshaped.load(from: path) }.contains("has shape 3x5 (expected 4)"))
    }
}
