import Foundation
import Inference
import Support
import Tensors
import Testing

/// A prior learnt from 7x7 kernels of which everything is known: gratings in one of 64 directions, with noise. They are
/// like those of a first layer, lie on a closed curve that no Gaussian can follow, and have a density to compare with.
@Suite struct TrainedPriorTests {
    private static let directions = 64
    private static let noise: Float = 0.05

    /// The 64 kernels without noise, each of length 1.
    private let gratings: Tensor
    private let training: Tensor
    private let test: Tensor

    init() throws {
        let values = (0..<Self.directions).flatMap { direction -> [Float] in
            let angle = 2 * Double.pi * Double(direction) / Double(Self.directions)
            let kernel = (0..<49).map { place -> Double in
                let (y, x) = (Double(place / 7) - 3, Double(place % 7) - 3)
                return exp(-(x * x + y * y) / 8) * sin(1.2 * (x * cos(angle) + y * sin(angle)))
            }
            let length = kernel.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return kernel.map { Float($0 / length) }
        }
        gratings = try Tensor(values, shape: [Self.directions, 7, 7])
        training = try Self.draw(2000, from: values, seed: 1)
        test = try Self.draw(500, from: values, seed: 2)
    }

    private static func draw(_ count: Int, from gratings: [Float], seed: UInt64) throws -> Tensor {
        let generator = RandomGenerator(seed: seed)
        let clean = (0..<count).flatMap { _ -> ArraySlice<Float> in
            let first = 49 * generator.below(directions)
            return gratings[first..<first + 49]
        }
        return try Tensor(clean, shape: [count, 7, 7])
            + Tensor.randn([count, 7, 7], generator: generator).scaled(by: noise)
    }

    /// The logarithms of the density of `kernels`: a mixture of 64 Gaussians.
    private func density(_ kernels: Tensor) -> [Double] {
        let (values, centres) = (kernels.doubles, gratings.doubles)
        let variance = Double(Self.noise * Self.noise)
        return (0..<kernels.shape[0]).map { kernel in
            let terms = (0..<Self.directions).map { direction in
                (0..<49).reduce(0.0) { sum, place in
                    let difference = values[49 * kernel + place] - centres[49 * direction + place]
                    return sum - difference * difference / (2 * variance)
                }
            }
            let largest = terms.max() ?? 0
            let share = terms.reduce(0) { $0 + exp($1 - largest) } / Double(Self.directions)
            return largest + log(share) - 24.5 * log(2 * .pi * variance)
        }
    }

    /// What independent normals with the variances of the kernels gain or lose, in closed form: the mean of their
    /// log density is its expectation under themselves, as that is quadratic.
    private func independentDensity() -> Double {
        let centres = gratings.doubles
        return (0..<49).reduce(0) { sum, place in
            let square = (0..<Self.directions).reduce(0.0) { $0 + centres[49 * $1 + place] * centres[49 * $1 + place] }
            let variance = square / Double(Self.directions) + Double(Self.noise * Self.noise)
            return sum - 0.5 * (log(2 * .pi * variance) + 1)
        }
    }

    @Test func gaussiansReachTheKnownDensities() throws {
        let independent = try Normal(fitting: training).logProbability(test).doubles
        let full = try FullCovarianceGaussian(fitting: training, shrinkage: 0).logProbability(test).doubles
        let (found, error) = meanAndError(independent)
        #expect(abs(found - independentDensity()) < 4 * error + 0.2, "\(found) +- \(error), \(independentDensity())")
        // Correlations are worth 32 of the 38 nats that independent normals lack.
        let truth = meanAndError(density(test)).mean
        #expect(meanAndError(full).mean > found + 30)
        #expect(meanAndError(full).mean < truth - 4)
    }

    @Test func theKernelsHaveStructure() throws {
        for kernels in [training, test] {
            let found = try KernelBank([("conv1", kernels)]).diagnose()
            #expect(found.verdict == .structure, "\(found.summary)")
            #expect(found.gain > 30)
        }
    }

    /// It gains over every Gaussian, and a lower bound is no larger than the density.
    @Test func theAutoencoderLearnsThePrior() throws {
        let autoencoder = try KernelVAE(
            KernelArchitecture(.size7x7, hiddenChannels: 8), generator: RandomGenerator(seed: 1))
        try KernelVAETraining(epochs: 120, batchSize: 64, learningRate: 1e-2).train(
            autoencoder, on: training, generator: RandomGenerator(seed: 2))
        let generator = RandomGenerator(seed: 3)
        let bounds = try (0..<20).map { _ in try autoencoder.meanBound(test, generator: generator) }
        let bound = meanAndError(bounds)
        let full = try FullCovarianceGaussian(fitting: training, shrinkage: 0).logProbability(test).mean().number()
        #expect(bound.mean > full + 1.5, "\(bound), \(full)")
        #expect(bound.mean < meanAndError(density(test)).mean + 4 * bound.error, "\(bound)")
    }
}
