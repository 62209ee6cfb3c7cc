import Distributions
import Support
import Tensors
import TestSupport
import Testing

/// Divergences in closed form are PyTorch's, and what draws estimate.
@Suite struct DivergenceTests {
    /// The pairs of the reference file, as P|Q.
    static let pairs = ((try? Reference.file.get().under("kl:").keys.sorted()) ?? [])

    private func distribution(_ name: Substring) throws -> any Distribution {
        guard let example = Example.all.first(where: { $0.name == name }) else { throw Missing("no \(name)") }
        return try example.distribution
    }

    @Test func thereAreReferences() { #expect(Self.pairs.count > 10) }

    @Test(arguments: pairs) func isThatOfPyTorch(_ pair: String) throws {
        let names = pair.split(separator: "|")
        let (p, q) = (try distribution(names[0]), try distribution(names[1]))
        let divergence = try Divergence(p, q, generator: RandomGenerator(seed: 1))
        #expect(divergence.method == .closedForm)
        #expect(divergence.standardError.values.allSatisfy { $0 == 0 })
        expectEqual(divergence.value, try Reference.file.get().tensors.get("kl:" + pair), pair, within: 2e-5)
    }

    /// Where there is no formula, draws give the divergence of another parameterisation that has one, within five
    /// standard errors.
    @Test func drawsEstimateIt() throws {
        let (p, q) = (
            try Normal(loc: Tensor([0, 1], shape: [2]), scale: Tensor(1)),
            try Normal(loc: Tensor([[0.5], [0]].flatMap { $0 }, shape: [2, 1]), scale: Tensor(2))
        )
        let exact = try Divergence(p, q, generator: RandomGenerator(seed: 1))
        let parts: [any Bijector] = []
        let estimate = try Divergence(Transformed(p, parts), q, samples: 4000, generator: RandomGenerator(seed: 1))
        #expect(exact.method == .closedForm)
        #expect(estimate.method == .monteCarlo)
        #expect(estimate.value.shape == [2, 2])
        for ((a, b), error) in zip(zip(exact.value.values, estimate.value.values), estimate.standardError.values) {
            #expect(abs(a - b) < 5 * error && error > 0, "\(a), \(b) +- \(error)")
        }
    }

    @Test func partsOfEventsAreSummed() throws {
        let p = try Independent(Normal(loc: .zeros([3, 4]), scale: Tensor(1)), dims: 1)
        let q = try Independent(Normal(loc: .ones([4]), scale: Tensor(1)), dims: 1)
        expectEqual(
            try Divergence(p, q, generator: RandomGenerator(seed: 1)).value, try .full([3], 2), "Independent")
    }

    @Test func gradientsReachBoth() throws {
        let (a, b) = (try Tensor(1).requireGradient(), try Tensor(0).requireGradient())
        let value = try Divergence(
            Normal(loc: a, scale: Tensor(1)), Normal(loc: b, scale: Tensor(1)), generator: RandomGenerator(seed: 1)
        ).value
        try value.backward()
        #expect(a.gradient?.values == [1] && b.gradient?.values == [-1])
    }

    @Test func refusesEventsOfOtherShapes() throws {
        let p = try Independent(Normal(loc: .zeros([3]), scale: Tensor(1)), dims: 1)
        let q = try Normal(loc: Tensor(0), scale: Tensor(1))
        #expect(
            thrownMessage { _ = try Divergence(p, q, generator: RandomGenerator(seed: 1)) }
                == "kl: event of q has shape scalar (expected 3, as that of p)")
    }
}
