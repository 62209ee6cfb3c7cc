import Distributions
import Support
import Tensors
import Testing

/// The gradients of all that a distribution computes are those of differences.
@Suite struct DistributionGradientTests {
    @Test(arguments: Example.all) func densityHasItsGradient(_ example: Example) throws {
        var values = try #require(try example.reference("value"))
        // The outermost quantiles are so near the ends of some supports that steps would leave them.
        if try example.reference("q") != nil { values = try values.slice(1, 2, 5) }
        try check(example) { try $0.logProbability(values) }
        guard case .numbers = example.space else { return }
        let distribution = try example.distribution
        try compare(values, "value") { try distribution.logProbability($0) }
    }

    @Test(arguments: Example.all) func entropyAndMomentsHaveTheirGradients(_ example: Example) throws {
        let distribution = try example.distribution
        if (try? distribution.entropy()) != nil { try check(example) { try $0.entropy() } }
        guard let mean = try? distribution.mean(), mean.values.allSatisfy(\.isFinite) else { return }
        try check(example) { try $0.mean() }
        try check(example) { try $0.variance() }
    }

    /// The gradient of a draw's expected value is that of the mean; each draw has parameters of its own.
    @Test(arguments: Example.all) func drawsCarryGradients(_ example: Example) throws {
        let distribution = try example.distribution
        let names = try example.parameters.keys.sorted()
        let count = 4000
        let leaves = try example.parameters.mapValues { parameter in
            let batch = distribution.batchShape.count
            let event = parameter.rank - min(parameter.rank, batch)
            let missing = [Int](repeating: 1, count: max(0, batch + event - parameter.rank))
            return try parameter.reshaped(missing + parameter.shape).expanded(to: [count] + missing + parameter.shape)
                .cloned().detached().requireGradient()
        }
        let draws = try example.distribution(leaves).sample([], generator: RandomGenerator(seed: 5))
        guard distribution.hasReparameterisedSample else {
            #expect(!draws.requiresGradient)
            return
        }
        guard let mean = try? distribution.mean(), mean.values.allSatisfy(\.isFinite) else { return }
        try draws.sum().backward()
        let singles = try example.parameters.mapValues { try $0.detached().cloned().requireGradient() }
        try example.distribution(singles).mean().sum().backward()
        for name in names {
            let own = try #require(leaves[name]?.gradient, "\(name)")
            let parameter = try singles.get(name)
            let expected = try parameter.gradient ?? parameter.zerosLike()
            try expectMeans(own.reshaped([count, expected.count]), expected, name)
        }
    }

    /// Compares the gradients that reach the parameters with differences.
    private func check(_ example: Example, _ body: (any Distribution) throws -> Tensor) throws {
        let parameters = try example.parameters
        for (name, parameter) in parameters {
            try compare(parameter, name) { moved in
                try body(example.distribution(parameters.merging([name: moved]) { $1 }))
            }
        }
    }

    /// Compares the gradient of the sum of what `body` gives with differences, for each element of `start`.
    private func compare(_ start: Tensor, _ what: String, _ body: (Tensor) throws -> Tensor) throws {
        let leaf = try start.cloned().detached().requireGradient()
        let weights = try Tensor.rand(body(start).shape, generator: RandomGenerator(seed: 6)).offset(by: 0.5)
        let result = try body(leaf)
        if result.requiresGradient { try result.backward(gradient: weights) }
        let gradient = leaf.gradient?.values ?? start.values.map { _ in 0 }
        let scale = gradient.map { abs($0) }.max() ?? 0
        for index in gradient.indices {
            func value(_ change: Float) throws -> (sum: Double, at: Double) {
                var moved = start.values
                moved[index] += change
                let parts = try body(Tensor(moved, shape: start.shape)).values
                return (zip(parts, weights.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }, Double(moved[index]))
            }
            func difference(_ step: Float) throws -> Double {
                let (after, before) = (try value(step), try value(-step))
                return (after.sum - before.sum) / (after.at - before.at)
            }
            // Richardson's extrapolation takes the error of order step^2 out.
            let numeric = try (4 * difference(0x1p-7) - difference(0x1p-6)) / 3
            let error = abs(numeric - Double(gradient[index]))
            #expect(
                error <= 2e-3 * (abs(numeric) + Double(scale)) + 1e-3,
                "\(what), element \(index): \(gradient[index]) is not \(numeric)")
        }
    }
}
