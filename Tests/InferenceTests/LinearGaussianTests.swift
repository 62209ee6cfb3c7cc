import Foundation
import Inference
import Layers
import Support
import Tensors
import Testing

/// The bounds where the truth is known: a linear decoder, whose marginal is a Gaussian.
@Suite struct LinearGaussianTests {
    /// A decoder from two codes to kernels of four weights, its columns orthogonal.
    private func decoder() throws -> LinearNormal {
        try LinearNormal(
            inputShape: [2], outputShape: [2, 2],
            weight: Tensor([1, 0.5, 0.5, -1, 0.8, 0.4, 0.4, -0.8], shape: [4, 2]),
            bias: Tensor([0.3, -0.2, 0, 0.1], shape: [4]), logVariance: Tensor([-1, -1, -1, -1], shape: [4]))
    }

    /// Six kernels' posterior.
    private func posterior() throws -> Normal {
        let generator = RandomGenerator(seed: 21)
        return try Normal(
            mean: Tensor.randn([6, 2, 2], generator: generator),
            logVariance: Tensor.randn([6, 2, 2], generator: generator).scaled(by: 0.5).offset(by: -2))
    }

    /// An encoder that is wrong on purpose: shifted, and too narrow.
    private func wrongEncoder(_ decoder: LinearNormal) throws -> LinearNormal {
        let exact = try LinearNormal(exactEncoderOf: decoder)
        return try LinearNormal(
            inputShape: exact.inputShape, outputShape: exact.outputShape, weight: exact.weight.scaled(by: 0.7),
            bias: exact.bias.offset(by: 0.3), logVariance: exact.logVariance.offset(by: 0.4))
    }

    private func values(_ prior: VAEPrior, evaluations: Int) throws -> [Double] {
        let (posterior, generator) = (try posterior(), RandomGenerator(seed: 22))
        return try (0..<evaluations).map { _ in try prior.bound(posterior, generator: generator).number() }
    }

    private func truth() throws -> Double {
        try KLDivergence.between(posterior(), decoder().marginal()).number()
    }

    @Test(arguments: [1, 5]) func exactEncoderGivesTheTrueDivergence(_ samples: Int) throws {
        let decoder = try decoder()
        let autoencoder = try KernelVAE(encoder: LinearNormal(exactEncoderOf: decoder), decoder: decoder)
        let prior = try VAEPrior(autoencoder, encoder: .fixed, estimate: .init(samples: samples))
        let values = try values(prior, evaluations: 600)
        expectMean(values, try truth(), "K = \(samples)")
        #expect(meanAndError(values).error < 0.3)
    }

    /// With the exact encoder every draw of codes gives log p(w) itself where more than one is weighed.
    @Test func exactEncoderGivesTheMarginalDensity() throws {
        let decoder = try decoder()
        let autoencoder = try KernelVAE(encoder: LinearNormal(exactEncoderOf: decoder), decoder: decoder)
        let kernels = try posterior().mean
        let bound = try autoencoder.bound(kernels, samples: 3, generator: RandomGenerator(seed: 1))
        for (a, b) in zip(bound.values, try decoder.marginal().logProbability(kernels).values) {
            #expect(abs(a - b) < 1e-3)
        }
    }

    @Test func wrongEncoderFallsTowardsTheTruth() throws {
        let decoder = try decoder()
        let autoencoder = try KernelVAE(encoder: wrongEncoder(decoder), decoder: decoder)
        let truth = try truth()
        var gaps: [Double] = []
        for samples in [1, 5, 50] {
            let prior = try VAEPrior(autoencoder, encoder: .fixed, estimate: .init(samples: samples))
            let (mean, error) = meanAndError(try values(prior, evaluations: 600))
            #expect(mean > truth - 4 * error, "K = \(samples): \(mean) +- \(error) is below \(truth)")
            if let last = gaps.last {
                #expect(mean - truth < last - 4 * error, "K = \(samples): \(mean) +- \(error), truth \(truth)")
            }
            gaps.append(mean - truth)
        }
        // The gap falls as 1 / K once K is large (Maddison et al. 2017): ten times from 5 to 50.
        #expect(gaps[2] < gaps[1] / 4, "\(gaps)")
    }

    @Test func marginalIsThatOfDrawnKernels() throws {
        let decoder = try decoder()
        let autoencoder = try KernelVAE(encoder: LinearNormal(exactEncoderOf: decoder), decoder: decoder)
        let draws = try autoencoder.sample(20000, generator: RandomGenerator(seed: 3))
        let marginal = try decoder.marginal()
        expectMean(try marginal.logProbability(draws).negated().doubles, try marginal.entropy().number())
    }

    @Test func exactEncoderNeedsOrthogonalColumns() throws {
        let decoder = try LinearNormal(
            inputShape: [2], outputShape: [2], weight: Tensor([1, 1, 0, 1], shape: [2, 2]), bias: Tensor.zeros([2]),
            logVariance: Tensor.zeros([2]))
        #expect(throws: TensorError.self) { try LinearNormal(exactEncoderOf: decoder) }
    }
}
