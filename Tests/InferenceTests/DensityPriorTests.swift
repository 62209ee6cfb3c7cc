import Foundation
import Inference
import Layers
import Support
import TestSupport
import Tensors
import Testing

/// Scale mixtures, the horseshoe, kernel densities and averages of priors.
@Suite struct DensityPriorTests {
    private func meanLogDensity(_ distribution: any Distribution, _ values: Tensor) throws -> Double {
        try distribution.logProbability(values).mean().number()
    }

    /// The half-Cauchy mixture of Gaussians by `scipy.integrate.quad`, 1.17, at a scale of 0.5.
    @Test func horseshoeIsTheIntegralOfGaussians() throws {
        let horseshoe = try Horseshoe(eventShape: [1], scale: 0.5)
        let values = try Tensor([0.01, 0.3, -1, 4, 30], shape: [5, 1])
        let expected = [0.70161439, -0.92064974, -2.38848868, -4.86615992, -8.86661828]
        for (a, b) in zip(try horseshoe.logProbability(values).doubles, expected) { #expect(abs(a - b) < 2e-6) }
        #expect(try horseshoe.logProbability(Tensor.zeros([1, 1])).number().isFinite)
    }

    /// The integral over log |w| of twice the density times |w|, and the derivative against differences of Doubles.
    @Test func horseshoeIntegratesToOne() throws {
        let horseshoe = try Horseshoe(eventShape: [1], scale: 0.7)
        let logs = (0..<4000).map { -30 + 0.015 * Double($0) }
        let values = try Tensor(logs.map { Float(exp($0)) }, shape: [4000, 1])
        let densities = try horseshoe.logProbability(values).doubles
        let integral = zip(logs, densities).reduce(0) { $0 + 2 * exp($1.0 + $1.1) * 0.015 }
        #expect(abs(integral - 1) < 1e-5, "\(integral)")
        let weights = try Tensor([0.02, -0.4, 3], shape: [3, 1]).requireGradient()
        try horseshoe.logProbability(weights).sum().backward()
        for (weight, found) in zip(weights.values, try #require(weights.gradient).doubles) {
            let step = Float(0x1p-6) * abs(weight)
            let sides = try horseshoe.logProbability(Tensor([weight + step, weight - step], shape: [2, 1])).doubles
            let expected = (sides[0] - sides[1]) / Double((weight + step) - (weight - step))
            #expect(abs(found - expected) < 2e-3 * abs(expected), "\(found), by differences \(expected)")
        }
    }

    /// A fit finds the scale of its own draws, and no other scale is likelier.
    @Test func horseshoeFindsItsScale() throws {
        let draws = try Horseshoe(eventShape: [4], scale: 0.02).sample(5000, generator: RandomGenerator(seed: 1))
        let fitted = try Horseshoe(fitting: draws)
        #expect(abs(fitted.scale / 0.02 - 1) < 0.1, "\(fitted.scale)")
        for factor: Float in [0.95, 1.05] {
            let other = try Horseshoe(eventShape: [4], scale: factor * fitted.scale)
            #expect(try meanLogDensity(fitted, draws) > meanLogDensity(other, draws))
        }
        #expect(throws: TensorError.self) { try Horseshoe(fitting: Tensor.zeros([3, 2])) }
    }

    @Test(arguments: ScaleMixture.Unit.allCases) func scaleMixtureFindsItsDeviations(
        _ unit: ScaleMixture.Unit
    ) throws {
        let known = try ScaleMixture(
            eventShape: [4], unit: unit, deviations: Tensor([0.1, 2], shape: [2]),
            weights: Tensor([0.7, 0.3], shape: [2]))
        let draws = try known.sample(8000, generator: RandomGenerator(seed: 2))
        let fitted = try ScaleMixture(fitting: draws, unit: unit, components: 2, tolerance: 1e-6, iterations: 500)
        for (found, expected) in zip(fitted.deviations.values + fitted.weights.values, [0.1, 2, 0.7, 0.3] as [Float]) {
            #expect(abs(found / expected - 1) < 0.06, "\(found), expected \(expected)")
        }
        var before = -Double.infinity
        for iterations in 1...10 {
            let step = try ScaleMixture(
                fitting: draws, unit: unit, components: 2, tolerance: 0, iterations: iterations)
            let value = try meanLogDensity(step, draws)
            #expect(value > before - 1e-4)
            before = value
        }
    }

    /// One deviation for all weights of a kernel correlates their squares; one for each does not.
    @Test(arguments: ScaleMixture.Unit.allCases) func scaleMixtureDrawsByUnit(_ unit: ScaleMixture.Unit) throws {
        let mixture = try ScaleMixture(
            eventShape: [2], unit: unit, deviations: Tensor([0.5, 2], shape: [2]), weights: Tensor.ones([2]))
        let draws = try mixture.sample(40000, generator: RandomGenerator(seed: 3)).square()
        let products = try (draws.select(2, 1) * draws.select(2, 2)).doubles
        expectMean(products, unit == .kernel ? 0.5 * (0.0625 + 16) : pow(0.5 * (0.25 + 4), 2))
        #expect(throws: TensorError.self) {
            try ScaleMixture(
                eventShape: [2], unit: unit, deviations: Tensor([0.5, 0], shape: [2]), weights: Tensor.ones([2]))
        }
    }

    /// The density is the mean of Gaussians at the kernels.
    @Test func kernelDensityIsAMeanOfGaussians() throws {
        let kernels = try Tensor([0, 0, 2, 1, 4, 5], shape: [3, 2])
        let density = try KernelDensity(fitting: kernels, shrinkage: 0.1, bandwidth: 0.5)
        let values = try Tensor([1, 1, 3, -1], shape: [2, 2])
        let covariance = try density.factor.matmul(density.factor.transposed(1, 2)).scaled(by: 0.25)
        let means = try (1...3).map { n in
            try FullCovarianceGaussian(mean: kernels.select(1, n), covariance: covariance).logProbability(values).exp()
        }
        let expected = try (means[0] + means[1] + means[2]).scaled(by: 1 / 3).log().doubles
        for (a, b) in zip(try density.logProbability(values).doubles, expected) { #expect(abs(a - b) < 1e-4) }
    }

    /// No bandwidth near the one that is chosen predicts left-out kernels better.
    @Test func kernelDensityChoosesItsBandwidth() throws {
        let kernels = try Tensor.randn([60, 2], generator: RandomGenerator(seed: 4))
        let chosen = try KernelDensity(fitting: kernels, shrinkage: 0)
        func leaveOneOut(_ bandwidth: Float) throws -> Double {
            let density = try KernelDensity(fitting: kernels, shrinkage: 0, bandwidth: bandwidth)
            let logs = try density.logProbability(kernels).doubles
            let gaussian = try FullCovarianceGaussian(fitting: kernels, shrinkage: 0)
            let own = try gaussian.logProbability(gaussian.mean).number() - 2 * log(Double(bandwidth))
            return logs.reduce(0) { $0 + log((60 * exp($1) - exp(own)) / 59) }
        }
        for factor: Float in [0.8, 0.95, 1.05, 1.25] {
            #expect(try leaveOneOut(chosen.bandwidth) > leaveOneOut(factor * chosen.bandwidth))
        }
        let twice = try Tensor.concatenate([kernels, kernels], dim: 1)
        #expect(try KernelDensity(fitting: twice, shrinkage: 0).bandwidth > 0)
    }

    @Test func averageIsTheMeanOfDensities() throws {
        let members: [any MixtureAverage.Member] = [
            try Normal(eventShape: [2], standardDeviation: 1), try Horseshoe(eventShape: [2], scale: 0.5),
        ]
        let average = try MixtureAverage(members, weights: [3, 1])
        let values = try Tensor.randn([5, 2], generator: RandomGenerator(seed: 5))
        let densities = try members.map { member in try member.logProbability(values).exp() }
        let expected = try (densities[0].scaled(by: 0.75) + densities[1].scaled(by: 0.25)).log().doubles
        for (a, b) in zip(try average.logProbability(values).doubles, expected) { #expect(abs(a - b) < 1e-5) }
        // A quarter of the draws come from the horseshoe.
        let first = try Normal(eventShape: [1], standardDeviation: 1e-3),
            second = try Normal(mean: Tensor.ones([1]), logVariance: Tensor.full([1], -12))
        let draws = try MixtureAverage([first, second], weights: [3, 1])
            .sample(20000, generator: RandomGenerator(seed: 6))
        expectMean(draws.values.map { $0 > 0.5 ? 1 : 0 }, 0.25)
    }

    @Test func averageComesBackFromItsFile() throws {
        let kernels = try Tensor.randn([30, 2, 2], generator: RandomGenerator(seed: 7))
        let average = try MixtureAverage([
            FullCovarianceGaussian(fitting: kernels), KernelDensity(fitting: kernels, shrinkage: 0.1),
            MixtureAverage([Horseshoe(fitting: kernels)]),
        ])
        let folder = try TemporaryFolder()
        let path = folder.path("priors.safetensors")
        try PriorSet([PriorGroup(name: "g", layers: [("layer", 1)], prior: average)]).save(to: path)
        let loaded = try #require(try PriorSet.load(from: path).groups[0].prior as? MixtureAverage)
        #expect(loaded.members.count == 3)
        #expect(try loaded.logProbability(kernels).values == average.logProbability(kernels).values)
    }

    @Test func averageRefusesWhatDoesNotFit() throws {
        let normal = try Normal(eventShape: [2], standardDeviation: 1)
        #expect(throws: TensorError.self) { try MixtureAverage([]) }
        #expect(throws: TensorError.self) { try MixtureAverage([normal], weights: [1, 2]) }
        #expect(throws: TensorError.self) { try MixtureAverage([normal], weights: [0]) }
        #expect(throws: TensorError.self) {
            try MixtureAverage([normal, Normal(eventShape: [3], standardDeviation: 1)])
        }
    }
}
