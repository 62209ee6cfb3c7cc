import Foundation
import Inference
import Support
import Tensors
import Testing

/// Every distribution goes through the same tests: density, draws, entropy and moments must tell of one distribution.
@Suite struct DistributionTests {
    enum Example: String, CaseIterable, CustomTestStringConvertible {
        case standardNormal, normal, fullCovariance, logUniform, fittedNormal, fittedFullCovariance
        case gaussianMixture, studentMixture, scalesOfWeights, scalesOfKernels, kernelDensity
        case affineFlow, splineFlow, average

        var testDescription: String { rawValue }

        var distribution: any Distribution {
            get throws {
                let generator = RandomGenerator(seed: 5)
                switch self {
                case .standardNormal: return try Normal(eventShape: [3], standardDeviation: 1)
                case .normal:
                    return try Normal(
                        mean: Tensor([0.5, -1, 2], shape: [3]), logVariance: Tensor([-2, 0.3, 1], shape: [3]))
                case .fullCovariance:
                    return try FullCovarianceGaussian(
                        mean: Tensor([1, -1], shape: [2]), covariance: Tensor([2, 0.9, 0.9, 0.5], shape: [2, 2]))
                case .logUniform: return try LogUniform(eventShape: [2], minimum: 0.01, maximum: 2)
                case .gaussianMixture, .studentMixture:
                    let degrees: Float? = self == .studentMixture ? 6 : nil
                    return try EllipticalMixture(
                        weights: Tensor([0.4, 0.6], shape: [2]), means: Tensor([1, -1, -0.5, 1], shape: [2, 2]),
                        factors: Tensor([1, 0, 0.5, 0.4, 0.6, 0, -0.3, 0.8], shape: [2, 2, 2]),
                        degreesOfFreedom: degrees.map { try Tensor.full([2], $0) })
                case .scalesOfWeights, .scalesOfKernels:
                    return try ScaleMixture(
                        eventShape: [3], unit: self == .scalesOfWeights ? .weight : .kernel,
                        deviations: Tensor([0.4, 1.5], shape: [2]), weights: Tensor([0.6, 0.4], shape: [2]))
                case .kernelDensity:
                    return try KernelDensity(fitting: Tensor.randn([20, 2], generator: generator), shrinkage: 0.1)
                case .affineFlow, .splineFlow:
                    let x = try Tensor.randn([200, 1], generator: generator)
                    let noise = try Tensor.randn([200, 1], generator: generator).scaled(by: 0.5)
                    return try FlowPrior(
                        fitting: .concatenate([x, x.square() + noise], dim: 2),
                        form: self == .affineFlow ? .affine : .spline(pieces: 4), couplings: 4, hidden: 16,
                        training: LikelihoodTraining(epochs: 20, batchSize: 50), generator: generator)
                case .average:
                    return try MixtureAverage(
                        [
                            Normal(eventShape: [2], standardDeviation: 0.5),
                            FullCovarianceGaussian(fitting: Tensor.randn([20, 2], generator: generator)),
                        ], weights: [1, 3])
                case .fittedNormal:
                    return try Normal(fitting: Tensor.randn([50, 2, 2], generator: generator).scaled(by: 0.2))
                case .fittedFullCovariance:
                    return try FullCovarianceGaussian(
                        fitting: Tensor.randn([50, 2, 2], generator: generator).scaled(by: 0.2))
                }
            }
        }
    }

    @Test(arguments: Example.allCases) func drawsHaveTheShapeAndRepeat(_ example: Example) throws {
        let distribution = try example.distribution
        let draws = try distribution.sample(7, generator: RandomGenerator(seed: 1))
        #expect(draws.shape == [7] + distribution.eventShape)
        #expect(try distribution.sample(7, generator: RandomGenerator(seed: 1)).values == draws.values)
        #expect(try distribution.sample(7, generator: RandomGenerator(seed: 2)).values != draws.values)
        #expect(try distribution.logProbability(draws).shape == [7])
        let blocks = try draws.unsqueezed(1)
        #expect(try distribution.logProbability(blocks).shape == [1, 7])
    }

    @Test(arguments: Example.allCases) func entropyIsTheExpectedLogDensity(_ example: Example) throws {
        let distribution = try example.distribution
        let draws = try distribution.sample(20000, generator: RandomGenerator(seed: 3))
        expectMean(
            try distribution.logProbability(draws).negated().doubles, try distribution.entropy().number(), "entropy")
    }

    /// The integral of the density is 1: its mean over draws from another distribution, divided by that one's density.
    @Test(arguments: Example.allCases) func densityIntegratesToOne(_ example: Example) throws {
        let distribution = try example.distribution
        let proposal = try Normal(
            mean: distribution.sample(4000, generator: RandomGenerator(seed: 8)).mean([1]),
            logVariance: distribution.sample(4000, generator: RandomGenerator(seed: 9)).variance([1]).log()
                .offset(by: 1))
        let draws = try proposal.sample(40000, generator: RandomGenerator(seed: 4))
        let ratio = try (distribution.logProbability(draws) - proposal.logProbability(draws)).exp()
        let (mean, error) = meanAndError(ratio.doubles)
        #expect(abs(mean - 1) < 5 * error, "\(mean) +- \(error)")
        // The check must be able to fail.
        #expect(error < 0.2)
    }

    @Test(arguments: Example.allCases) func refusesValuesOfAnotherShape(_ example: Example) throws {
        let distribution = try example.distribution
        #expect(throws: TensorError.self) { try distribution.logProbability(Tensor.zeros([3, 17])) }
    }

    @Test func momentsAreTheParameters() throws {
        let covariance: [Float] = [2, 0.9, 0.9, 0.5]
        let gaussian = try FullCovarianceGaussian(
            mean: Tensor([1, -1], shape: [2]), covariance: Tensor(covariance, shape: [2, 2]))
        let draws = try gaussian.sample(50000, generator: RandomGenerator(seed: 6))
        let centred = try draws - gaussian.mean
        for i in 1...2 {
            expectMean(try centred.select(2, i).doubles, 0, "mean \(i)")
            for j in 1...2 {
                let product = try centred.select(2, i) * centred.select(2, j)
                expectMean(product.doubles, Double(covariance[(i - 1) * 2 + j - 1]), "covariance \(i), \(j)")
            }
        }
    }

    /// A fitted Gaussian has the mean and the covariance of its bank, but for the shrinkage.
    @Test func fitIsTheBanksMoments() throws {
        let bank = try Tensor([0, 0, 2, 1, 4, 5], shape: [3, 2])
        let fitted = try FullCovarianceGaussian(fitting: bank, shrinkage: 0)
        #expect(fitted.mean.values == [2, 2])
        let expected: [Float] = [8.0 / 3, 10.0 / 3, 10.0 / 3, 14.0 / 3]
        for (a, b) in zip(try fitted.covariance().values, expected) { #expect(abs(a - b) < 1e-5) }
        let independent = try Normal(fitting: bank)
        for (a, b) in zip(try independent.logVariance.exp().values, [8.0 / 3, 14.0 / 3]) {
            #expect(abs(Double(a) - b) < 1e-5)
        }
    }

    @Test func shrinkageMakesFewValuesEnough() throws {
        let bank = try Tensor.randn([5, 3, 3, 3], generator: RandomGenerator(seed: 2))
        #expect(throws: TensorError.self) { try FullCovarianceGaussian(fitting: bank, shrinkage: 0) }
        let fitted = try FullCovarianceGaussian(fitting: bank, shrinkage: 0.1)
        #expect(try fitted.logProbability(bank).values.allSatisfy(\.isFinite))
    }

    @Test func refusesImpossibleParameters() throws {
        #expect(throws: TensorError.self) { try Normal(eventShape: [3], standardDeviation: 0) }
        #expect(throws: TensorError.self) { try Normal(eventShape: [3], standardDeviation: .nan) }
        #expect(throws: TensorError.self) { try Normal(mean: Tensor.zeros([2]), logVariance: Tensor.zeros([3])) }
        #expect(throws: TensorError.self) { try LogUniform(eventShape: [1], minimum: 2, maximum: 1) }
        #expect(throws: TensorError.self) { try Normal(fitting: Tensor.zeros([1, 3])) }
        let bank = try Tensor.zeros([4, 3])
        #expect(throws: TensorError.self) { try FullCovarianceGaussian(fitting: bank, shrinkage: 1.5) }
        #expect(throws: TensorError.self) {
            try FullCovarianceGaussian(mean: Tensor.zeros([2]), covariance: Tensor.eye(3))
        }
    }
}
