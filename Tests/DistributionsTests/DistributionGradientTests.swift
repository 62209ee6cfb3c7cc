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
        switch example.space {
        case .classes, .simplex: return
        case .numbers, .plane: break
        }
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

    /// The gradient of a draw's expected value is that of the mean.
    @Test(arguments: Example.all) func drawsCarryGradients(_ example: Example) throws {
        let distribution = try example.distribution
        guard distribution.hasReparameterisedSample else {
            let parameters = try example.parameters.mapValues { try $0.cloned().detached().requireGradient() }
            #expect(
                try !example.distribution(parameters).sample([3], generator: RandomGenerator(seed: 5)).requiresGradient)
            return
        }
        guard let mean = try? distribution.mean(), mean.values.allSatisfy(\.isFinite) else { return }
        try compareExpectation(example, of: { $0 }, with: { try $0.mean() })
    }

    /// The gradient of the expected -log p(x), of a fixed p that is the draws' own distribution, is that of the
    /// entropy: it tells of all parameters, also of those that the mean does not depend on.
    @Test(arguments: Example.all) func drawsSpreadAsTheEntropySays(_ example: Example) throws {
        let fixed = try example.distribution
        // The ends of a uniform distribution move with it, and so does what lies outside.
        guard fixed.hasReparameterisedSample, fixed.kind != "Uniform", (try? fixed.entropy()) != nil else { return }
        try compareExpectation(
            example, of: { try fixed.logProbability($0).negated() }, with: { try $0.entropy() })
    }

    /// Draws of one seed move as their gradients say, unless they are made of gamma numbers, which are chosen by
    /// rejection: these move by the two tests above.
    @Test(arguments: Example.all) func drawsMoveWithTheirParameters(_ example: Example) throws {
        guard try example.distribution.hasReparameterisedSample else { return }
        let parameters = try example.parameters
        let ofGammaNumbers = ["df", "concentration", "concentration1", "concentration0"]
        for (name, parameter) in parameters where !ofGammaNumbers.contains(name) {
            try compare(parameter, name) { moved in
                try example.distribution(parameters.merging([name: moved]) { $1 })
                    .sample([4], generator: RandomGenerator(seed: 11))
            }
        }
    }

    /// Quantiles have the gradients of differences, where there are any.
    @Test(arguments: Example.numbers) func quantilesHaveTheirGradients(_ example: Example) throws {
        let p = try Tensor([0.25, 0.5, 0.875], shape: [3])
        guard (try? example.distribution.icdf(p)) != nil else { return }
        let distribution = try example.distribution
        try compare(p, "p") { try distribution.icdf($0) }
        let parameters = try example.parameters
        for (name, parameter) in parameters {
            let moved = try parameters.merging([name: parameter.cloned().detached().requireGradient()]) { $1 }
            // Of the parameters of incomplete functions there is no gradient, and an error says so.
            guard (try? example.distribution(moved).icdf(p)) != nil else { continue }
            try compare(parameter, name) { moved in
                try example.distribution(parameters.merging([name: moved]) { $1 }).icdf(p)
            }
        }
    }

    /// Compares the gradients of the mean of a function of draws with those of what it should be; each draw has
    /// parameters of its own.
    private func compareExpectation(
        _ example: Example, of function: (Tensor) throws -> Tensor, with expected: (any Distribution) throws -> Tensor
    ) throws {
        let (count, batch) = (4000, try example.distribution.batchShape.count)
        let leaves = try example.parameters.mapValues { parameter in
            let missing = [Int](repeating: 1, count: max(0, batch - parameter.rank))
            return try parameter.reshaped(missing + parameter.shape).expanded(to: [count] + missing + parameter.shape)
                .cloned().detached().requireGradient()
        }
        let draws = try example.distribution(leaves).sample([], generator: RandomGenerator(seed: 5))
        try function(draws).sum().backward()
        let singles = try example.parameters.mapValues { try $0.detached().cloned().requireGradient() }
        let sum = try expected(example.distribution(singles)).sum()
        if sum.requiresGradient { try sum.backward() }
        for (name, leaf) in leaves {
            let parameter = try singles.get(name)
            let own = try leaf.gradient ?? leaf.zerosLike()
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
