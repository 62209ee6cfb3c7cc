import Distributions
import Support
import Tensors
import Testing

/// Distributions made of others agree with each other where they are the same.
@Suite struct CombinedDistributionTests {
    private let loc = Result { try Tensor([-1, 2], shape: [2]) }

    /// A list of components is the batch that holds them.
    @Test func listsOfComponentsAreBatches() throws {
        let weights = try Categorical(probs: Tensor([0.25, 0.75], shape: [2]))
        let batch = try Mixture(weights: weights, components: Normal(loc: loc.get(), scale: Tensor(0.5)))
        let list = try Mixture(
            weights: weights,
            components: [Normal(loc: Tensor(-1), scale: Tensor(0.5)), Normal(loc: Tensor(2), scale: Tensor(0.5))])
        let values = try Tensor.linspace(-3, 4, count: 8)
        expectEqual(try list.logProbability(values), try batch.logProbability(values), "log_prob")
        expectEqual(try list.mean(), try batch.mean(), "mean")
        expectEqual(try list.variance(), try batch.variance(), "variance")
        let draws = try list.sample([20_000], generator: RandomGenerator(seed: 1))
        try expectMeans(draws, list.mean(), "mean of draws")
    }

    /// Components whose supports differ: the density is that of those which reach a value.
    @Test func supportsOfComponentsAreJoined() throws {
        let mixture = try Mixture(
            weights: Categorical(probs: Tensor([0.5, 0.5], shape: [2])),
            components: [Uniform(low: Tensor(0), high: Tensor(1)), Uniform(low: Tensor(2), high: Tensor(4))])
        let density = try mixture.logProbability(Tensor([0.5, 1.5, 3], shape: [3])).exp()
        expectEqual(density, try Tensor([0.5, 0, 0.25], shape: [3]), "density")
    }

    /// A mixture of vectors draws whole vectors: their elements are of one component.
    @Test func vectorsComeFromOneComponent() throws {
        let vectors = try Independent(
            Normal(loc: Tensor([-9, -9, 9, 9], shape: [2, 2]), scale: Tensor(0.125)), dims: 1)
        let mixture = try Mixture(
            weights: Categorical(probs: Tensor([0.5, 0.5], shape: [2])), components: vectors)
        let draws = try mixture.sample([500], generator: RandomGenerator(seed: 2))
        #expect(draws.shape == [500, 2])
        let (first, second) = (try draws.select(2, 1).values, try draws.select(2, 2).values)
        #expect(zip(first, second).allSatisfy { $0 * $1 > 0 } && Set(first.map { $0 > 0 }).count == 2)
        #expect(try mixture.logProbability(draws).values.allSatisfy(\.isFinite))
        expectEqual(try mixture.variance(), try .full([2], 81 + 0.015625), "variance")
    }

    /// The integral of the density of a flow is 1: its mean over draws from another distribution, divided by that
    /// one's density.
    @Test func flowsAreDistributions() throws {
        let network = Conditioner("network") { input throws(TensorError) in
            try .concatenate([input.sin(), input.cos().scaled(by: 0.5)], dim: -1)
        }
        let flow = try Transformed(
            Normal(loc: .zeros([2]), scale: Tensor(1)),
            [Coupling(split: 1, network: network, form: .affine(limit: 2)), PermutationTransform([2, 1])])
        #expect(flow.batchShape.isEmpty && flow.eventShape == [2])
        let reference = try Normal(loc: .zeros([2]), scale: Tensor(2))
        let others = try reference.sample([40_000], generator: RandomGenerator(seed: 4))
        let weights = try (flow.logProbability(others) - Independent(reference, dims: 1).logProbability(others)).exp()
        try expectMeans(weights, Tensor(1), "integral over the plane")
    }

    @Test func partsOfAnEventAreIndependent() throws {
        let base = try Normal(loc: .zeros([4, 3]), scale: Tensor(2))
        let event = try Independent(base, dims: 2)
        #expect(event.batchShape.isEmpty && event.eventShape == [4, 3])
        let values = try Tensor.randn([5, 4, 3], generator: RandomGenerator(seed: 5))
        expectEqual(
            try event.logProbability(values), try base.logProbability(values).sum([2, 3]), "log_prob")
        expectEqual(try event.entropy(), try base.entropy().sum(), "entropy")
    }
}
