import Foundation
import Inference
import Layers
import Support
import TestSupport
import Tensors
import Testing

/// The families of posteriors against what their parameters say.
@Suite struct PosteriorFamilyTests {
    /// A prior of which nothing is known but its estimate of the cross entropy.
    private struct Opaque: KernelPrior {
        let prior: Normal
        var eventShape: [Int] { prior.eventShape }
        var configuration: Configuration { Configuration(kind: "Opaque") }
        func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor {
            let draw = try posterior.sample(noise: Tensor.randn(posterior.eventShape, generator: generator))
            return try prior.logProbability(draw).sum().negated()
        }
        func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor {
            try prior.sample(count, generator: generator)
        }
    }

    private func bound(
        _ layer: BayesianConvolution, _ prior: any KernelPrior, scale: Float = 1, seed: UInt64 = 1
    ) throws -> Double {
        try PriorGroup(name: "all", layers: [("", scale)], prior: prior)
            .bound(layer, generator: RandomGenerator(seed: seed)).number()
    }

    /// What is left of a bound without the cross entropy, which is exact here.
    private func entropy(_ layer: BayesianConvolution) throws -> Double {
        let kernel = Array(layer.weight.shape.dropFirst(2))
        return try NaivePosterior(layer).crossEntropy(standardDeviation: 1)
            - bound(layer, Normal(eventShape: kernel, standardDeviation: 1))
    }

    private func draws(_ layer: BayesianConvolution, _ count: Int, temperature: Double = 1) throws -> [[Double]] {
        let generator = RandomGenerator(seed: 5)
        return try (0..<count).map { _ in
            try layer.drawWeights(generator, temperature: temperature)
            guard case .sampled(let weight) = layer.mode else { return [] }
            return weight.doubles
        }
    }

    @Test(arguments: FamilyExample.all, [1, 0.25]) func drawsHaveTheStatedMoments(
        _ example: FamilyExample, _ temperature: Double
    ) throws {
        let layer = try example.layer()
        let naive = NaivePosterior(layer)
        let (draws, size) = (try draws(layer, 4000, temperature: temperature), 4)
        let means = naive.means.flatMap { $0 }
        for i in means.indices {
            expectMean(draws.map { $0[i] }, means[i], "mean of \(i)")
            for j in 0...i {
                let stated = i / size == j / size ? naive.covariances[i / size][i % size][j % size] : 0
                let products = draws.map { ($0[i] - means[i]) * ($0[j] - means[j]) }
                let (mean, error) = meanAndError(products)
                #expect(
                    abs(mean - stated * Double(temperature)) < 5 * error, "\(i), \(j): \(mean) +- \(error), \(stated)")
            }
        }
    }

    @Test(arguments: FamilyExample.all) func atTemperatureZeroTheDrawIsTheMean(_ example: FamilyExample) throws {
        let layer = try example.layer()
        #expect(try draws(layer, 1, temperature: 0)[0] == layer.weight.doubles)
        #expect(
            thrownMessage { try layer.drawWeights(RandomGenerator(seed: 1), temperature: -1) }
                == "draw_weights: temperature is -1.0 (expected a finite number of 0 or more)")
    }

    @Test(arguments: FamilyExample.all.filter { $0.name != .radial }) func entropyIsThatOfTheDeterminant(
        _ example: FamilyExample
    ) throws {
        let layer = try example.layer(3, 2)
        let exact = NaivePosterior(layer).gaussianEntropy
        #expect(abs(try entropy(layer) - exact) < 1e-4 * abs(exact) + 1e-4)
    }

    /// The area of the unit sphere in 1 to 4 dimensions is known, and the radius has a density of one dimension.
    @Test(arguments: [(1, 2.0), (2, 2 * Double.pi), (3, 4 * Double.pi), (4, 2 * Double.pi * Double.pi)])
    func radialEntropyIsTheIntegral(_ dimensions: Int, _ area: Double) throws {
        let layer = try FamilyExample(name: .radial).layer(1, 1, kernelSize: [dimensions])
        // q = e^t, so that the grid is fine where the density is large; beyond e^3 there is nothing left.
        let step = 1e-3
        var integral = 0.0
        for t in stride(from: -30.0, to: 3, by: step) {
            let q = exp(t)
            let radius = sqrt(2 / Double.pi) * exp(-q * q / 2)
            integral += radius * q * step * (-log(radius / (area * pow(q, Double(dimensions - 1)))))
        }
        let sigma = Double(dimensions).squareRoot()
        let exact = layer.logVariance.doubles.reduce(integral) { $0 + $1 / 2 + log(sigma) }
        #expect(abs(try entropy(layer) - exact) < 1e-3)
    }

    @Test(arguments: FamilyExample.all) func theBoundToAFullGaussianIsExact(_ example: FamilyExample) throws {
        let layer = try example.layer(3, 2)
        let factor: [[Double]] = [[1.2, 0, 0, 0], [0.4, 0.9, 0, 0], [-0.3, 0.2, 0.8, 0], [0.1, -0.5, 0.3, 1.1]]
        // Of the inverse L⁻¹ the precision is L⁻ᵀ L⁻¹; here L is the inverse itself, so that no solution is needed.
        let precision = (0..<4).map { i in
            (0..<4).map { j in (0..<4).reduce(0.0) { $0 + factor[$1][i] * factor[$1][j] } }
        }
        let matrix = try Tensor(precision.flatMap { $0.map { Float($0) } }, shape: [4, 4])
        let mean: [Double] = [0.3, -0.1, 0.2, 0]
        let prior = try FullCovarianceGaussian(
            mean: Tensor(mean.map { Float($0) }, shape: [2, 2]), covariance: matrix.inverse())
        let exact = NaivePosterior(layer).crossEntropy(mean: mean, precision: precision) - (try entropy(layer))
        #expect(abs(try bound(layer, prior) - exact) < 1e-4 * abs(exact) + 1e-3)
    }

    @Test(arguments: FamilyExample.all) func theBoundToOtherPriorsIsUnbiased(_ example: FamilyExample) throws {
        let layer = try example.layer()
        let prior = try Normal(eventShape: [2, 2], standardDeviation: 0.7)
        let estimates = try (0..<600).map { try bound(layer, Opaque(prior: prior), scale: 0.5, seed: UInt64($0 + 1)) }
        expectMean(estimates, try bound(layer, prior, scale: 0.5))
    }

    /// Scales change nothing but the units: N(0, 1) of w / s is N(0, s²) of w.
    @Test(arguments: FamilyExample.all) func theBoundIsThatOfTheUnscaledPrior(_ example: FamilyExample) throws {
        let layer = try example.layer()
        let unscaled = try Normal(eventShape: [2, 2], standardDeviation: 0.1)
        let expected = try bound(layer, unscaled)
        let given = try bound(layer, Normal(eventShape: [2, 2], standardDeviation: 1), scale: 0.1)
        #expect(abs(given - expected) < 1e-4 * expected)
    }

    /// Independent normals draw and are bound as ever, to the bit.
    @Test func meanFieldIsUnchanged() throws {
        let layer = try FamilyExample(name: .meanField).layer()
        let posterior = try Normal(mean: layer.weight, logVariance: layer.logVariance)
        let noise = try Tensor.randn(layer.weight.shape, generator: RandomGenerator(seed: 5))
        #expect(try draws(layer, 1)[0] == posterior.sample(noise: noise).doubles)
        let prior = try Normal(eventShape: [2, 2], standardDeviation: 0.7)
        let kernels = try Normal(
            mean: layer.weight.reshaped([-1, 2, 2]), logVariance: layer.logVariance.reshaped([-1, 2, 2]))
        let expected = try Opaque(prior: prior).bound(kernels, generator: RandomGenerator(seed: 1)).number()
        #expect(try bound(layer, Opaque(prior: prior)) == expected)
        #expect(layer.configuration.settings.map(\.name).contains("posterior") == false)
    }

    /// Derivatives along a random direction of each parameter, of loss and bound together.
    @Test(arguments: FamilyExample.all) func gradientsAreThoseOfDifferences(_ example: FamilyExample) throws {
        let layer = try example.layer(bias: true)
        let input = try Tensor.randn([1, 2, 4, 4], generator: RandomGenerator(seed: 7))
        let prior = try Opaque(prior: Normal(eventShape: [2, 2], standardDeviation: 1))
        func objective() throws -> Tensor {
            layer.mode = .training(RandomGenerator(seed: 8))
            let group = try PriorGroup(name: "all", layers: [("", 2)], prior: prior)
            return try layer(input).square().mean() + group.bound(layer, generator: RandomGenerator(seed: 9))
        }
        try objective().backward()
        for (name, tensor) in layer.parameters {
            let direction = try Tensor.randn(tensor.shape, generator: RandomGenerator(seed: 10))
            let slope = try (#require(tensor.gradient, "\(name)") * direction).sum().number()
            let step: Float = 0.01
            let values = try [step, -2 * step].map { move in
                try GradientMode.disabled {
                    try tensor.assign(tensor + direction.scaled(by: move))
                    return try objective().number()
                }
            }
            try GradientMode.disabled { _ = try tensor.assign(tensor + direction.scaled(by: step)) }
            let difference = (values[0] - values[1]) / (2 * Double(step))
            #expect(abs(difference - slope) < 0.02 * abs(slope) + 0.02, "\(name): \(difference), \(slope)")
        }
    }
}
