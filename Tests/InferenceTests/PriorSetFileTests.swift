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
