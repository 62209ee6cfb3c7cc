import Foundation
import Inference
import Layers
import Support
import Tensors
import Testing

@Suite struct PriorSetFileTests {
    private func temporary() -> String { NSTemporaryDirectory() + "priors-\(UUID().uuidString).safetensors" }

    private func set() throws -> PriorSet {
        let generator = RandomGenerator(seed: 71)
        let autoencoder = try KernelVAE(
            KernelArchitecture(.size3x3x3, latentSize: 2, hiddenChannels: 2), generator: generator)
        let kernels = try Tensor.randn([40, 3, 3, 3], generator: generator)
        let gaussian = try FullCovarianceGaussian(fitting: kernels, shrinkage: 0.2)
        let priors: [any KernelPrior] = [
            try Normal(fitting: kernels), gaussian, try LogUniform(eventShape: [3, 3, 3], minimum: 1e-6),
            try VAEPrior(autoencoder), try VAEPrior(autoencoder, encoder: .fixed, estimate: .init(samples: 3)),
            try VAEPrior(
                autoencoder, encoder: .collapsed(kernels: kernels), estimate: .init(share: 5, controlVariate: gaussian)),
        ]
        return try PriorSet(
            priors.enumerated().map { index, prior in
                try PriorGroup(name: "group\(index + 1)", layers: [("layer\(index)", 0.5 + Float(index))], prior: prior)
            })
    }

    @Test func everyPriorComesBackToTheBit() throws {
        let set = try set()
        let path = temporary()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try set.save(to: path)
        let loaded = try PriorSet.load(from: path)
        #expect(loaded.groups.map(\.name) == set.groups.map(\.name))
        let names = (try loaded.parameters.map(\.name), try set.parameters.map(\.name))
        #expect(names.0 == names.1)
        let posterior = try Normal(mean: Tensor.full([40, 3, 3, 3], 0.3), logVariance: Tensor.full([40, 3, 3, 3], -2))
        for (a, b) in zip(loaded.groups, set.groups) {
            #expect(a.layers.map(\.path) == b.layers.map(\.path) && a.layers.map(\.scale) == b.layers.map(\.scale))
            let expected = try b.prior.bound(posterior, generator: RandomGenerator(seed: 1)).number()
            #expect(try a.prior.bound(posterior, generator: RandomGenerator(seed: 1)).number() == expected, "\(a.name)")
        }
    }

    /// A prior that has to go through all that it holds, and counts how often it does.
    private final class CountingPrior: KernelPrior, Distribution {
        let eventShape = [2]
        private(set) var walks = 0

        func logProbability(_ values: Tensor) throws(TensorError) -> Tensor { try values.sum([2]) }
        func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor { try .zeros([count, 2]) }
        var configuration: Configuration { get throws(TensorError) { try stored().configuration } }
        var tensors: [(name: String, tensor: Tensor)] { get throws(TensorError) { try stored().tensors } }
        func stored() throws(TensorError) -> StoredPrior {
            walks += 1
            return (Configuration(kind: "Counting"), [("number", try Tensor(Float(walks)))])
        }
    }

    /// Settings and tensors are asked for together, of the members of an average, too.
    @Test func eachPriorIsWrittenOutOnce() throws {
        let (alone, member) = (CountingPrior(), CountingPrior())
        let path = temporary()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try PriorSet([
            PriorGroup(name: "a", layers: [("a", 1)], prior: alone),
            PriorGroup(
                name: "b", layers: [("b", 1)],
                prior: MixtureAverage([member, Normal(eventShape: [2], standardDeviation: 1)])),
        ]).save(to: path)
        #expect(alone.walks == 1 && member.walks == 1)
        let tensors = try SafeTensors.read(path).tensors
        #expect(Set(tensors.keys) == ["a.number", "b.member1.number", "b.member2.mean", "b.member2.log_variance"])
    }

    @Test func autoencodersComeBackAsNetworks() throws {
        for kind in KernelArchitecture.Kind.allCases {
            let autoencoder = try KernelVAE(
                KernelArchitecture(kind, hiddenChannels: 2), generator: RandomGenerator(seed: 1))
            let path = temporary()
            defer { try? FileManager.default.removeItem(atPath: path) }
            try Network.save(autoencoder, to: path)
            let loaded = try #require(try Network.load(path, decoder: .inference) as? KernelVAE)
            let kernels = try Tensor.randn([3] + autoencoder.kernelShape, generator: RandomGenerator(seed: 2))
            #expect(try loaded(kernels).values == autoencoder(kernels).values)
        }
    }

    /// The least variance is kept; files of before there was one have none.
    @Test func theLeastVarianceComesBack() throws {
        let path = temporary()
        defer { try? FileManager.default.removeItem(atPath: path) }
        for minimum in [0, 0.25] as [Float] {
            let autoencoder = try KernelVAE(
                KernelArchitecture(.size7x7, hiddenChannels: 2), minimumVariance: minimum,
                generator: RandomGenerator(seed: 1))
            let settings = (autoencoder.decoder as? GaussianNetwork)?.configuration.settings ?? []
            #expect(settings.contains { $0.name == "min_variance" } == (minimum > 0))
            try Network.save(autoencoder, to: path)
            let loaded = try #require(try Network.load(path, decoder: .inference) as? KernelVAE)
            #expect(loaded.minimumVariance == minimum)
        }
    }

    @Test func refusesOtherFiles() throws {
        let path = temporary()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try SafeTensors.write([("a", Tensor(1))], to: path)
        #expect(throws: FileError.self) { try PriorSet.load(from: path) }
        #expect(throws: FileError.self) { try PriorSet.load(from: "/nowhere/priors.safetensors") }
        try SafeTensors.write(
            [("a", Tensor(1))],
            metadata: [
                "kind": "priors",
                "configuration":
                    #"{"kind": "PriorSet", "groups": [{"kind": "PriorGroup", "name": "g", "layers": ["a"], "scales": [1], "prior": {"kind": "Normal"}}]}"#,
            ], to: path)
        #expect(throws: FileError.self) { try PriorSet.load(from: path) }
    }
}
