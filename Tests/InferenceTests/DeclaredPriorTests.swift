import Inference
import Layers
import Support
import TestSupport
import Tensors
import Testing

/// Every prior that is declared goes through the same tests: one that is added needs no list here.
@Suite struct DeclaredPriorTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let declaration: PriorDeclaration

        var testDescription: String { declaration.name }

        /// The prior for 60 kernels, its numbers other than by default: 0.7 times as large, whole ones rounded up.
        func prior() throws -> any KernelPrior {
            let kernels = try Tensor.randn([60, 2, 2], generator: RandomGenerator(seed: 4)).scaled(by: 0.5)
            let members = declaration.settings.compactMap { setting in
                setting.defaultValue?.number.map { number in
                    guard case .integer = setting.kind else { return JSON.Member(setting.name, .number(0.7 * number)) }
                    return JSON.Member(setting.name, .number((0.7 * number).rounded(.up)))
                }
            }
            let settings = declaration.configuration(members)
            return switch declaration.make {
            case .shape(let make): try make([2, 2], settings)
            case .fit(_, let make): try make(kernels, settings, RandomGenerator(seed: 9))
            }
        }
    }

    static let examples = PriorKinds.declarations.map(Example.init)

    /// Weights away from 0, where a density may have a kink.
    private func posterior() throws -> Normal {
        let sizes = try Tensor.rand([20, 2, 2], generator: RandomGenerator(seed: 5)).scaled(by: 0.5).offset(by: 0.4)
        let signs = try Tensor.rand([20, 2, 2], generator: RandomGenerator(seed: 7)).compared(.less, Tensor(0.5))
        return try Normal(
            mean: (sizes * signs.scaled(by: 2).offset(by: -1)).requireGradient(),
            logVariance: Tensor.full([20, 2, 2], -5).requireGradient())
    }

    @Test(arguments: examples) func drawsKernelsThatRepeat(_ example: Example) throws {
        let prior = try example.prior()
        let draws = try prior.sample(7, generator: RandomGenerator(seed: 1))
        #expect(draws.shape == [7, 2, 2] && draws.values.allSatisfy(\.isFinite))
        #expect(try prior.sample(7, generator: RandomGenerator(seed: 1)).values == draws.values)
    }

    /// The bound is finite, its gradients are those of differences along a line, and both sides of the posterior get
    /// some.
    @Test(arguments: examples) func boundHasGradients(_ example: Example) throws {
        let (prior, posterior) = (try example.prior(), try posterior())
        try prior.bound(posterior, generator: RandomGenerator(seed: 2)).backward()
        let step: Float = 0x1p-8
        for tensor in [posterior.mean, posterior.logVariance] {
            let gradient = try #require(tensor.gradient)
            let direction = try Tensor.randn(tensor.shape, generator: RandomGenerator(seed: 3))
            func value(_ factor: Float) throws -> Double {
                let moved = try tensor.detached() + direction.scaled(by: factor)
                let q =
                    tensor === posterior.mean
                    ? try Normal(mean: moved, logVariance: posterior.logVariance.detached())
                    : try Normal(mean: posterior.mean.detached(), logVariance: moved)
                return try prior.bound(q, generator: RandomGenerator(seed: 2)).number()
            }
            let expected = try (value(step) - value(-step)) / Double(2 * step)
            let found = try (gradient * direction).sum().number()
            #expect(abs(found - expected) < 0.02 * max(abs(expected), 10), "\(found), by differences \(expected)")
        }
    }

    /// Where there is a density, the cross entropy is its mean over draws of the posterior, up to a constant.
    @Test(arguments: examples) func crossEntropyIsOfTheDensity(_ example: Example) throws {
        let prior = try example.prior()
        guard let density = prior as? any Distribution else { return }
        func difference(_ mean: Float) throws -> (value: Double, error: Double) {
            let q = try Normal(mean: Tensor.full([1, 2, 2], mean), logVariance: Tensor.full([1, 2, 2], -4))
            let draws = try (0..<400).map { seed in
                try prior.crossEntropy(q, generator: RandomGenerator(seed: UInt64(seed))).number()
            }
            let noise = try Tensor.randn([4000, 2, 2], generator: RandomGenerator(seed: 6))
            let values = try q.sample(noise: noise)
            let (a, b) = (meanAndError(draws), meanAndError(try density.logProbability(values).doubles))
            return (a.mean + b.mean, a.error + b.error)
        }
        let (near, far) = (try difference(0.5), try difference(1))
        // Estimates by draws have errors of their own.
        #expect(abs(near.value - far.value) < 0.2 + 4 * (near.error + far.error), "\(near), \(far)")
    }

    @Test(arguments: examples) func comesBackFromItsFile(_ example: Example) throws {
        let prior = try example.prior()
        let group = try PriorGroup(name: "g", layers: [("layer", 1)], prior: prior)
        let folder = try TemporaryFolder()
        let path = folder.path("priors.safetensors")
        try PriorSet([group]).save(to: path)
        let loaded = try #require(try PriorSet.load(from: path).groups.first?.prior)
        let posterior = try posterior()
        #expect(type(of: loaded) as Any.Type == type(of: prior) as Any.Type)
        #expect(
            try loaded.bound(posterior, generator: RandomGenerator(seed: 1)).number()
                == prior.bound(posterior, generator: RandomGenerator(seed: 1)).number())
    }
}
