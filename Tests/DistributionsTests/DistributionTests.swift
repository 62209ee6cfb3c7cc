import Distributions
import Foundation
import Support
import Tensors
import Testing

/// Every distribution goes through the same tests: density, draws, moments and quantiles tell of one distribution, the
/// one that PyTorch and SciPy have under its name.
@Suite struct DistributionTests {
    @Test(arguments: Example.all) func isTheReference(_ example: Example) throws {
        let distribution = try example.distribution
        let values = try #require(try example.reference("value"))
        expectEqual(
            try distribution.logProbability(values), try #require(try example.reference("log_prob")), "log_prob")
        if let entropy = try example.reference("entropy") {
            expectEqual(try distribution.entropy(), entropy, "entropy")
        }
        if let mean = try example.reference("mean") { expectEqual(try distribution.mean(), mean, "mean") }
        if let variance = try example.reference("variance") {
            expectEqual(try distribution.variance(), variance, "variance")
        }
        if let cdf = try example.reference("cdf") { expectEqual(try distribution.cdf(values), cdf, "cdf") }
        if let q = try example.reference("q"), let icdf = try? distribution.icdf(q) {
            expectEqual(icdf, try #require(try example.reference("icdf")), "icdf", within: 2e-5)
        }
    }

    /// The density's integral, by midpoints; numbers are mapped so that the whole line lies within -1 to 1.
    @Test(arguments: Example.all) func densityIntegratesToOne(_ example: Example) throws {
        let distribution = try example.distribution
        let batch = distribution.batchShape.map { _ in 1 }
        let integral: Tensor
        switch example.space {
        case .numbers:
            let (x, weights) = line(40_000)
            integral = try sum(distribution, [x.map(Float.init)], weights, shape: batch)
        case .classes(let count):
            let classes = (0..<count).map(Float.init)
            integral = try sum(distribution, [classes], classes.map { _ in 1 }, shape: batch)
        case .plane:
            let (x, weights) = line(400)
            let pairs = x.flatMap { first in x.map { (Float(first), Float($0)) } }
            integral = try sum(
                distribution, [pairs.map(\.0), pairs.map(\.1)], weights.flatMap { w in weights.map { w * $0 } },
                shape: batch)
        case .simplex:
            let (t, step) = midpoints(600)
            let x = t.map { ($0 + 1) / 2 }
            let pairs = x.flatMap { first in x.map { (Float(first), Float($0)) } }.filter { $0.0 + $0.1 < 1 }
            integral = try sum(
                distribution, [pairs.map(\.0), pairs.map(\.1), pairs.map { 1 - $0.0 - $0.1 }],
                pairs.map { _ in step * step / 4 }, shape: batch)
        }
        #expect(integral.shape == distribution.batchShape)
        for value in integral.values { #expect(abs(value - 1) < 3e-3, "\(integral.values)") }
    }

    /// The middles of `count` parts of (-1, 1), and the length of a part.
    private func midpoints(_ count: Int) -> (places: [Double], length: Double) {
        let length = 2 / Double(count)
        return ((0..<count).map { -1 + (Double($0) + 0.5) * length }, length)
    }

    /// Points of the whole line, and the lengths that they stand for.
    private func line(_ count: Int) -> (places: [Double], lengths: [Double]) {
        let (t, step) = midpoints(count)
        return (
            t.map { $0 / (1 - $0 * $0) }, t.map { step * (1 + $0 * $0) / ((1 - $0 * $0) * (1 - $0 * $0)) }
        )
    }

    /// The sum of the density at points, each of the given coordinates, times weights.
    private func sum(
        _ distribution: any Distribution, _ coordinates: [[Float]], _ weights: [Double], shape batch: [Int]
    ) throws -> Tensor {
        let columns = try coordinates.map { try Tensor($0, shape: [$0.count] + batch) }
        let points = distribution.eventShape.isEmpty ? columns[0] : try Tensor.stack(columns, dim: -1)
        let density = try distribution.logProbability(points).exp()
        return try (density * Tensor(weights.map(Float.init), shape: [weights.count] + batch)).sum([1])
    }

    @Test(arguments: Example.all) func drawsHaveMeanVarianceAndEntropy(_ example: Example) throws {
        let distribution = try example.distribution
        let draws = try distribution.sample([20_000], generator: RandomGenerator(seed: 3))
        #expect(draws.shape == [20_000] + distribution.batchShape + distribution.eventShape)
        if let mean = try? distribution.mean(), mean.values.allSatisfy(\.isFinite) {
            try expectMeans(draws, mean, "mean")
            let variance = try distribution.variance()
            if variance.values.allSatisfy(\.isFinite) {
                try expectMeans((draws - mean).square(), variance, "variance")
                expectEqual(try distribution.standardDeviation(), try variance.sqrt(), "stddev")
            }
        }
        if let entropy = try? distribution.entropy() {
            try expectMeans(distribution.logProbability(draws).negated(), entropy, "entropy")
        }
    }

    /// The distance of the draws' distribution function from `cdf` (Kolmogorov and Smirnov), which in all but one of
    /// 100,000 cases is less than 2.5 / sqrt(n).
    @Test(arguments: Example.numbers) func drawsFollowTheDistributionFunction(_ example: Example) throws {
        let distribution = try example.distribution
        let count = 20_000
        guard distribution.hasReparameterisedSample else { return }
        let draws = try distribution.sample([count], generator: RandomGenerator(seed: 4))
        guard let cdf = try? distribution.cdf(draws) else { return }
        let (columns, shares) = (cdf.count / count, cdf.values)
        for column in 0..<columns {
            let sorted = (0..<count).map { shares[$0 * columns + column] }.sorted()
            let distance = sorted.enumerated().map { abs($0.element - (Float($0.offset) + 0.5) / Float(count)) }.max()
            #expect((distance ?? 1) < 2.5 / Float(count).squareRoot(), "column \(column): \(distance ?? 1)")
        }
    }

    /// Quantiles and probabilities undo each other.
    @Test(arguments: Example.numbers) func quantilesUndoProbabilities(_ example: Example) throws {
        let distribution = try example.distribution
        let p = try Tensor([0.001, 0.05, 0.3, 0.5, 0.75, 0.99], shape: [6] + distribution.batchShape.map { _ in 1 })
        guard let x = try? distribution.icdf(p) else { return }
        expectEqual(try distribution.cdf(x), try p.expanded(to: x.shape), "cdf of icdf", within: 2e-6)
        expectEqual(try distribution.icdf(distribution.cdf(x)), x, "icdf of cdf", within: 2e-5)
    }

    @Test(arguments: Example.all) func drawsRepeat(_ example: Example) throws {
        let distribution = try example.distribution
        let draws = try distribution.sample([7, 2], generator: RandomGenerator(seed: 1))
        #expect(try distribution.sample([7, 2], generator: RandomGenerator(seed: 1)).values == draws.values)
        #expect(try distribution.sample([7, 2], generator: RandomGenerator(seed: 2)).values != draws.values)
        #expect(try distribution.sample([], generator: RandomGenerator(seed: 2)).shape.count == draws.rank - 2)
        #expect(try distribution.logProbability(draws).shape == [7, 2] + distribution.batchShape)
        #expect(try distribution.logProbability(draws).values.allSatisfy(\.isFinite))
    }

    @Test(arguments: Example.all) func valuesOutsideHaveNoProbability(_ example: Example) throws {
        let distribution = try example.distribution
        let shape = distribution.batchShape + distribution.eventShape
        var outside: [Float] = [.nan, .infinity, -.infinity]
        if case .classes(let count) = example.space { outside += [-1, 0.5, Float(count)] }
        if case .simplex = example.space { outside += [0.1, -1] }
        for value in outside {
            let point = try Tensor.full(shape, value).requireGradient()
            let density = try distribution.logProbability(point)
            #expect(density.values.allSatisfy { $0 == -.infinity }, "\(value): \(density.values)")
            if density.requiresGradient { try density.sum().backward() }
            #expect(point.gradient.map { $0.values.allSatisfy { $0 == 0 } } ?? true, "\(value)")
        }
    }

    @Test(arguments: Example.all) func refusesValuesOfAnotherShape(_ example: Example) throws {
        let distribution = try example.distribution
        #expect(throws: TensorError.self) { try distribution.logProbability(Tensor.zeros([3, 17])) }
    }
}
