import Foundation
import Inference
import Support
import Tensors
import Testing

/// Mixtures: their densities, their fits, and the bound on their cross entropy.
@Suite struct EllipticalMixtureTests {
    /// Two components of two elements, far enough from each other to be told apart.
    private static func mixture(degrees: Float? = nil) throws -> EllipticalMixture {
        try EllipticalMixture(
            weights: Tensor([0.3, 0.7], shape: [2]), means: Tensor([3, -1, -2, 1], shape: [2, 2]),
            factors: Tensor([1, 0, 0.5, 0.4, 0.6, 0, -0.3, 0.8], shape: [2, 2, 2]),
            degreesOfFreedom: degrees.map { try Tensor.full([2], $0) })
    }

    private func meanLogDensity(_ mixture: EllipticalMixture, _ values: Tensor) throws -> Double {
        try mixture.logProbability(values).mean().number()
    }

    /// Values of `scipy.stats.multivariate_normal` and `multivariate_t`, 1.17.
    @Test(arguments: [(nil, [-2.4458716, -7.2114509, -1.8566332]), (Float(4), [-2.5703394, -5.5188036, -2.0025999])])
    func densityIsThatOfSciPy(_ degrees: Float?, _ expected: [Double]) throws {
        let values = try Tensor([2.5, -1, 0, 0.5, -2.5, 1.5], shape: [3, 2])
        let found = try Self.mixture(degrees: degrees).logProbability(values).doubles
        for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-5, "\(found)") }
    }

    /// Draws have the moments that a mixture's weights, means and covariances give, v / (v - 2) times as wide for a t.
    @Test(arguments: [nil, Float(9)]) func drawsHaveTheMoments(_ degrees: Float?) throws {
        let draws = try Self.mixture(degrees: degrees).sample(60000, generator: RandomGenerator(seed: 2))
        let widening = degrees.map { Double($0 / ($0 - 2)) } ?? 1
        let x = try draws.select(2, 1).doubles, y = try draws.select(2, 2).doubles
        expectMean(x, 0.3 * 3 - 0.7 * 2, "mean")
        expectMean(x.map { $0 * $0 }, 0.3 * (9 + widening) + 0.7 * (4 + 0.36 * widening), "square")
        expectMean(
            zip(x, y).map { $0 * $1 }, 0.3 * (-3 + 0.5 * widening) + 0.7 * (-2 - 0.18 * widening), "product")
    }

    /// A t of one degree of freedom is Cauchy's distribution: half of its draws lie within the scale.
    @Test func drawsOfFewDegreesOfFreedom() throws {
        let cauchy = try EllipticalMixture(
            weights: Tensor.ones([1]), means: Tensor.zeros([1, 1]), factors: Tensor.ones([1, 1, 1]),
            degreesOfFreedom: Tensor.ones([1]))
        let draws = try cauchy.sample(20000, generator: RandomGenerator(seed: 12)).values
        expectMean(draws.map { abs($0) < 1 ? 1 : 0 }, 0.5)
    }

    /// EM finds the mixture that kernels were drawn from.
    @Test func recoversAKnownMixture() throws {
        let kernels = try Self.mixture().sample(4000, generator: RandomGenerator(seed: 3))
        var fit = MixtureFit()
        fit.components = [2]
        fit.ridge = 0
        let found = try fit(kernels, generator: RandomGenerator(seed: 1))
        let first = found.means.values[0] > 0 ? 0 : 1
        for (value, expected, tolerance) in [
            (found.weights.values[first], 0.3, 0.03), (found.means.values[2 * first], 3, 0.1),
            (found.means.values[2 * first + 1], -1, 0.1), (found.means.values[2 - 2 * first], -2, 0.1),
            (found.factors.values[4 * first], 1, 0.1), (found.factors.values[4 * first + 2], 0.5, 0.1),
        ] { #expect(abs(Double(value) - expected) < tolerance, "\(value), expected \(expected)") }
    }

    /// A t's degrees of freedom are found, and outliers do not widen it as they do a Gaussian.
    @Test func recoversDegreesOfFreedom() throws {
        let t = try EllipticalMixture(
            weights: Tensor.ones([1]), means: Tensor.zeros([1, 4]), factors: Tensor.eye(4).unsqueezed(1),
            degreesOfFreedom: Tensor.full([1], 4))
        var fit = MixtureFit()
        (fit.components, fit.degrees, fit.ridge, fit.tolerance) = ([1], .fitted, 0, 1e-5)
        let found = try fit(t.sample(6000, generator: RandomGenerator(seed: 5)), generator: RandomGenerator(seed: 1))
        let degrees = try #require(found.degreesOfFreedom).values[0]
        #expect(abs(degrees - 4) < 0.5, "\(degrees)")
        #expect(abs(found.factors.values[0] - 1) < 0.05)
    }

    static let covariances: [ComponentCovariance] = [.full, .tied, .diagonal, .lowRank(2)]

    /// More steps of EM from the same start never make the kernels less likely.
    @Test(arguments: covariances, [MixtureFit.Degrees.infinite, .fitted])
    func likelihoodNeverFalls(_ covariance: ComponentCovariance, _ degrees: MixtureFit.Degrees) throws {
        let mixing = try Tensor.randn([6, 6], generator: RandomGenerator(seed: 7))
        let kernels = try Tensor.randn([300, 6], generator: RandomGenerator(seed: 6)).matmul(mixing)
        var fit = MixtureFit()
        (fit.components, fit.covariances, fit.degrees) = ([3], [covariance], degrees)
        (fit.ridge, fit.tolerance) = (0, 0)
        var before = -Double.infinity
        for iterations in 1...12 {
            fit.iterations = iterations
            let value = try meanLogDensity(fit(kernels, generator: RandomGenerator(seed: 1)), kernels)
            #expect(value > before - 1e-4, "\(value) after \(iterations) steps, \(before) before")
            before = value
        }
    }

    /// A covariance has the form that was asked for.
    @Test func covariancesHaveTheirForm() throws {
        let kernels = try Tensor.randn([400, 5], generator: RandomGenerator(seed: 8))
        func covariances(_ form: ComponentCovariance) throws -> [Tensor] {
            var fit = MixtureFit()
            (fit.components, fit.covariances) = ([2], [form])
            let found = try fit(kernels, generator: RandomGenerator(seed: 1))
            return try (1...2).map { k in
                let factor = try found.factors.select(1, k)
                return try factor.matmul(factor.transposed(1, 2))
            }
        }
        let tied = try covariances(.tied)
        #expect(tied[0].values == tied[1].values)
        let diagonal = try covariances(.diagonal)[0].values
        for i in 0..<25 where i / 5 != i % 5 { #expect(diagonal[i] == 0) }
        // Of rank one plus a diagonal, products of elements off the diagonal agree: a13 a24 = a14 a23.
        let a = try covariances(.lowRank(1))[0].values
        #expect(abs(a[2] * a[8] - a[3] * a[7]) < 1e-5)
    }

    /// Of several numbers of components, the one that held-out kernels ask for is taken.
    @Test func choosesTheNumberOfComponents() throws {
        let kernels = try Self.mixture().sample(1500, generator: RandomGenerator(seed: 4))
        var fit = MixtureFit()
        (fit.components, fit.heldOut, fit.starts) = ([1, 2], 0.2, 2)
        #expect(try fit(kernels, generator: RandomGenerator(seed: 1)).weights.count == 2)
        fit.heldOut = 0
        #expect(throws: TensorError.self) { try fit(kernels, generator: RandomGenerator(seed: 1)) }
    }

    /// The average of several mixtures has the mean of their densities: it lies above the mean log density of one.
    @Test func averagesMembers() throws {
        let kernels = try Tensor.randn([200, 3], generator: RandomGenerator(seed: 9))
        var fit = MixtureFit()
        (fit.components, fit.members) = ([4], 3)
        let found = try fit(kernels, generator: RandomGenerator(seed: 1))
        #expect(found.weights.count == 12)
        #expect(abs(try found.weights.sum().number() - 1) < 1e-5)
        let second = try meanLogDensity(found, kernels)
        fit.members = 1
        #expect(try meanLogDensity(fit(kernels, generator: RandomGenerator(seed: 1)), kernels) != second)
    }

    /// The same seed gives the same bits with one thread and with several.
    @Test func threadsDoNotMatter() throws {
        let kernels = try Tensor.randn([700, 9], generator: RandomGenerator(seed: 10))
        var fit = MixtureFit()
        (fit.components, fit.members) = ([5], 2)
        let before = ThreadPool.shared.threads
        defer { ThreadPool.shared.threads = before }
        let factors = try [1, 2, 5].map { threads in
            ThreadPool.shared.threads = threads
            return try fit(kernels, generator: RandomGenerator(seed: 1)).factors.values
        }
        #expect(factors[0] == factors[1] && factors[0] == factors[2])
    }

    /// The estimate of the cross entropy has no bias, and far less noise than the density at a draw.
    @Test(arguments: [nil, Float(5)]) func estimatesTheCrossEntropy(_ degrees: Float?) throws {
        let mixture = try Self.mixture(degrees: degrees)
        let q = try Normal(
            mean: Tensor([2.8, -1.2, -1.9, 0.7, 0.3, 0], shape: [3, 2]), logVariance: Tensor.full([3, 2], -3))
        let noise = try Tensor.randn([20000, 3, 2], generator: RandomGenerator(seed: 11))
        let sampled = try mixture.logProbability(q.sample(noise: noise)).sum([2]).negated().doubles
        let estimates = try (0..<1000).map { seed in
            try mixture.crossEntropy(q, generator: RandomGenerator(seed: UInt64(seed))).number()
        }
        let (a, b) = (meanAndError(sampled), meanAndError(estimates))
        #expect(abs(a.mean - b.mean) < 4 * (a.error + b.error), "\(b), by plain draws \(a)")
        let deviations = (plain: a.error * Double(sampled.count).squareRoot(), ours: b.error * 1000.0.squareRoot())
        #expect(deviations.ours < 0.5 * deviations.plain, "\(deviations)")
    }

    /// For one Gaussian the estimate is exact.
    @Test func crossEntropyOfOneGaussianIsExact() throws {
        let q = try Normal(mean: Tensor([2.8, -1.2, -1.9, 0.7], shape: [2, 2]), logVariance: Tensor.full([2, 2], -1))
        let gaussian = try EllipticalMixture(
            weights: Tensor.ones([1]), means: Tensor([1, 2], shape: [1, 2]),
            factors: Tensor([1, 0, 0.5, 2], shape: [1, 2, 2]))
        let covariance = try Tensor([1, 0.5, 0.5, 4.25], shape: [2, 2])
        let exact = try KLDivergence.crossEntropy(
            q, FullCovarianceGaussian(mean: Tensor([1, 2], shape: [2]), covariance: covariance))
        let found = try gaussian.crossEntropy(q, generator: RandomGenerator(seed: 1))
        #expect(abs(try found.number() - exact.number()) < 1e-4)
    }

    @Test func refusesImpossibleFits() throws {
        let kernels = try Tensor.randn([10, 3], generator: RandomGenerator(seed: 2))
        func expectRefusal(_ kernels: Tensor, _ change: (inout MixtureFit) -> Void) {
            var fit = MixtureFit()
            fit.components = [2]
            change(&fit)
            #expect(throws: TensorError.self) { try fit(kernels, generator: RandomGenerator(seed: 1)) }
        }
        expectRefusal(kernels) { $0.components = [11] }
        expectRefusal(kernels) { $0.components = [] }
        expectRefusal(kernels) { $0.covariances = [.lowRank(4)] }
        expectRefusal(kernels) { $0.ridge = -1 }
        expectRefusal(kernels) { $0.degrees = .fixed(0) }
        expectRefusal(try Tensor.ones([10, 3])) { _ in }
        expectRefusal(try Tensor.full([10, 3], .nan)) { _ in }
        #expect(throws: TensorError.self) {
            try EllipticalMixture(
                weights: Tensor([1, 0], shape: [2]), means: Tensor.zeros([2, 1]), factors: Tensor.ones([2, 1, 1]))
        }
    }
}
