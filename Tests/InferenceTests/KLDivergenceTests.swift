import Foundation
import Inference
import Support
import Tensors
import Testing

/// Divergences in closed form against E_q[log q - log p] over draws.
@Suite struct KLDivergenceTests {
    private let q: Normal
    private let draws: Tensor

    init() throws {
        // Four kernels of three weights.
        let generator = RandomGenerator(seed: 11)
        q = try Normal(
            mean: Tensor.randn([4, 3], generator: generator),
            logVariance: Tensor.randn([4, 3], generator: generator).scaled(by: 0.5).offset(by: -1))
        draws = try q.sample(20000, generator: RandomGenerator(seed: 12))
    }

    private func expectSampled(_ value: Tensor, _ prior: any Distribution) throws {
        let ratio = try q.logProbability(draws) - prior.logProbability(draws).sum([2])
        expectMean(ratio.doubles, try value.number())
    }

    @Test func ofIndependentGaussians() throws {
        let p = try Normal(
            mean: Tensor([0.2, 0, -0.3], shape: [3]), logVariance: Tensor([0.5, -0.2, 1], shape: [3]))
        try expectSampled(KLDivergence.between(q, p), p)
        #expect(abs(try KLDivergence.between(q, q).number()) < 1e-5)
    }

    @Test func toFullCovariance() throws {
        let root = try Tensor.randn([3, 3], generator: RandomGenerator(seed: 13))
        let covariance = try root.matmul(root.transposed(1, 2)) + Tensor.eye(3)
        let p = try FullCovarianceGaussian(mean: Tensor([1, 0, -1], shape: [3]), covariance: covariance)
        try expectSampled(KLDivergence.between(q, p), p)
    }

    /// A diagonal covariance gives what independent Gaussians give.
    @Test func theTwoGaussiansAgree() throws {
        let p = try Normal(mean: Tensor([1, 0, -1], shape: [3]), logVariance: Tensor([0.5, -0.2, 1], shape: [3]))
        let full = try FullCovarianceGaussian(mean: p.mean, covariance: Tensor.eye(3) * p.logVariance.exp())
        let (a, b) = (try KLDivergence.between(q, p).number(), try KLDivergence.between(q, full).number())
        #expect(abs(a - b) < 1e-4)
    }

    /// The approximation differs from the true divergence, up to its constant, by less than 0.01 nats a weight.
    @Test(arguments: [-3.0, -1, 0, 1, 3]) func toLogUniform(_ logAlpha: Double) throws {
        func sampled(_ q: Normal) throws -> (Double, Double) {
            let draws = try q.sample(200_000, generator: RandomGenerator(seed: 14))
            let sizes = try draws.abs().offset(by: 1e-30).log().doubles
            let (mean, error) = meanAndError(sizes)
            return (mean - (try q.entropy().number()), error)
        }
        let mean = Float(exp(-logAlpha / 2))
        let weight = try Normal(mean: Tensor([mean], shape: [1]), logVariance: Tensor.zeros([1]))
        let reference = try sampled(Normal(eventShape: [1], standardDeviation: 1))
        let (value, error) = try sampled(weight)
        let expected = value - reference.0
        let actual = try KLDivergence.toLogUniform(weight).number()
        #expect(abs(actual - expected) < 0.01 + 4 * (error + reference.1), "\(actual), expected \(expected)")
    }

    @Test func gradientsReachThePosterior() throws {
        let mean = try q.mean.cloned().requireGradient()
        let logVariance = try q.logVariance.cloned().requireGradient()
        let p = try Normal(eventShape: [3], standardDeviation: 0.5)
        try KLDivergence.between(Normal(mean: mean, logVariance: logVariance), p).backward()
        // d/d mean = mean / variance of p; d/d logVariance = (variance / variance of p - 1) / 2.
        for (gradient, value) in zip(mean.gradient?.values ?? [], mean.values) {
            #expect(abs(gradient - 4 * value) < 1e-4)
        }
        for (gradient, value) in zip(logVariance.gradient?.values ?? [], logVariance.values) {
            #expect(abs(gradient - (4 * exp(value) - 1) / 2) < 1e-4)
        }
        #expect(mean.gradient != nil && logVariance.gradient != nil)
    }

    @Test func refusesOtherShapes() throws {
        let p = try Normal(eventShape: [5], standardDeviation: 1)
        #expect(throws: TensorError.self) { try KLDivergence.between(q, p) }
    }
}
