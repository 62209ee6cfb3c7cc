import Foundation
import Inference
import Layers
import Support
import Tensors
import TestSupport
import Testing

@Suite struct LastLayerLaplaceTests {
    /// The negative log-likelihood of softmax regression, and its second differences by the weights, in Double.
    private struct Regression {
        let features: [[Double]]
        let labels: [Int]
        let classes: Int

        func loss(_ weights: [Double]) -> Double {
            zip(features, labels).reduce(0) { sum, voxel in
                let size = voxel.0.count
                let logits = (0..<classes).map { k in
                    zip(voxel.0, weights[k * size..<(k + 1) * size]).reduce(0) { $0 + $1.0 * $1.1 }
                }
                return sum + log(logits.reduce(0) { $0 + exp($1) }) - logits[voxel.1]
            }
        }

        func hessian(_ weights: [Double]) -> [[Double]] {
            let h = 1e-3
            func moved(_ i: Int, _ a: Double, _ j: Int, _ b: Double) -> Double {
                var weights = weights
                weights[i] += a
                weights[j] += b
                return loss(weights)
            }
            return weights.indices.map { i in
                weights.indices.map { j in
                    (moved(i, h, j, h) - moved(i, h, j, -h) - moved(i, -h, j, h) + moved(i, -h, j, -h)) / (4 * h * h)
                }
            }
        }
    }

    /// A network, two volumes, the features of all voxels with a 1 where there is a bias, and the last weights.
    private func example(classes: Int, inputs: Int, bias: Bool) throws -> (
        network: Sequential, volumes: [Tensor], regression: Regression, weights: [Double]
    ) {
        let generator = RandomGenerator(seed: 21)
        let start = try Sequential([pointwise(1, inputs, generator), Activation(.tanh)])
        let last = try Convolution(
            ConvolutionSpecification(
                dimensions: 3, inputChannels: inputs, outputChannels: classes, kernelSize: [1], bias: bias),
            generator: generator)
        let volumes = try [[1, 1, 2, 3, 2], [2, 1, 2, 2, 2]].map { try Tensor.randn($0, generator: generator) }
        let features = try volumes.flatMap { volume in
            let rows = try start(volume).transposed(1, 2).reshaped([inputs, -1]).doubles
            let count = rows.count / inputs
            return (0..<count).map { voxel in (0..<inputs).map { rows[$0 * count + voxel] } + (bias ? [1] : []) }
        }
        let (weight, added) = (last.weight.doubles, last.bias?.doubles)
        let weights = (0..<classes).flatMap { k in
            weight[k * inputs..<(k + 1) * inputs] + (added.map { [$0[k]] } ?? [])
        }
        return (
            try Sequential([start, last]), volumes,
            Regression(features: features, labels: features.indices.map { $0 % classes }, classes: classes), weights
        )
    }

    @Test(arguments: [(2, 5, true), (2, 3, false), (3, 2, true), (3, 3, true)])
    func theCovarianceIsTheInverseOfTheHessianOfLogisticRegression(classes: Int, inputs: Int, bias: Bool) throws {
        let (network, volumes, regression, weights) = try example(classes: classes, inputs: inputs, bias: bias)
        let laplace = try LastLayerLaplace(network, volumes: volumes, priorPrecision: 0.7)
        let covariance = try laplace.covariance().doubles
        let hessian = regression.hessian(weights)
        let size = weights.count
        #expect(covariance.count == size * size)
        for i in 0..<size {
            for j in 0..<size {
                let product = (0..<size).reduce(0) { sum, k in
                    sum + (hessian[i][k] + (i == k ? 0.7 : 0)) * covariance[k * size + j]
                }
                #expect(abs(product - (i == j ? 1 : 0)) < 1e-4, "\(i) \(j)")
            }
        }
    }

    @Test func theMarginalLikelihoodChoosesThePrior() throws {
        let (network, volumes, regression, weights) = try example(classes: 2, inputs: 5, bias: true)
        let found = try LastLayerLaplace(network, volumes: volumes).priorPrecision
        let hessian = regression.hessian(weights)
        let size = weights.count
        let matrix = try Tensor(hessian.flatMap { $0.map { Float($0) } }, shape: [size, size])
        let eigenvalues = try matrix.symmetricEigenvalues().doubles
        let norm = weights.reduce(0) { $0 + $1 * $1 }
        func evidence(_ precision: Double) -> Double {
            (Double(size) * log(precision) - precision * norm
                - eigenvalues.reduce(0) { $0 + log(max($1, 0) + precision) }) / 2
        }
        let best = evidence(found)
        for factor in [0.01, 0.5, 0.95, 1.05, 2, 100] { #expect(evidence(found * factor) < best, "\(factor)") }
    }

    @Test func drawsHaveTheCovarianceAndTheMean() throws {
        let (network, volumes, _, weights) = try example(classes: 2, inputs: 2, bias: true)
        let laplace = try LastLayerLaplace(network, volumes: volumes, priorPrecision: 3)
        let last = try #require(network.children[1].layer as? Convolution)
        let (covariance, generator) = (try laplace.covariance().doubles, RandomGenerator(seed: 2))
        var samples: [[Double]] = []
        try GradientMode.disabled {
            for index in 0..<6000 {
                _ = try laplace.draw(index, temperature: 1, generator: generator)
                let (w, b) = (last.weight.doubles, try #require(last.bias).doubles)
                samples.append([w[0], w[1], b[0], w[2], w[3], b[1]])
            }
        }
        for i in weights.indices {
            expectMean(samples.map { $0[i] }, weights[i], "mean \(i)")
            for j in 0...i {
                expectMean(
                    samples.map { ($0[i] - weights[i]) * ($0[j] - weights[j]) }, covariance[i * 6 + j], "\(i) \(j)")
            }
        }
    }

    /// A U-Net pads its sides and crops the result: features are read in the same way.
    @Test func aUNetWithBorders() throws {
        let network = try UNet(.short, channels: [1, 3, 2, 2, 2], generator: RandomGenerator(seed: 1))
        let weights = network.namedParameters.map(\.tensor.values)
        let volume = try Tensor.randn([1, 1, 5, 9, 7], generator: RandomGenerator(seed: 2))
        let laplace = try LastLayerLaplace(network, volumes: [volume])
        #expect(network.namedParameters.map(\.tensor.values) == weights)
        #expect(try laplace.covariance().shape == [6, 6])
        let prediction = try Prediction.sampled(laplace, volume, samples: 3, generator: RandomGenerator(seed: 1))
        #expect(prediction.standardDeviation?.values.contains { $0 > 1e-3 } == true)
    }

    @Test func otherNetworksAreRefused() throws {
        let generator = RandomGenerator(seed: 1)
        let cube = try Convolution(
            ConvolutionSpecification(dimensions: 3, inputChannels: 1, outputChannels: 2, kernelSize: [3], padding: [1]),
            generator: generator)
        let further = try Sequential([pointwise(1, 2, generator), Activation(.softmax(dim: 2))])
        let linear = try pointwise(1, 2, generator)
        let zero = try pointwise(1, 2, generator)
        try GradientMode.disabled { for (_, tensor) in zero.namedParameters { _ = try tensor.fill(0) } }
        let large = try pointwise(40, 40, generator)
        let volume = try smallVolume()
        let cases: [(expected: String, body: () throws -> Void)] = [
            (
                "LastLayerLaplace: network is one that ends with Conv3d(1, 2, kernel_size = 3, padding = 1) (expected a "
                    + "convolution of kernel size 1 as the last one that is registered, as of nn.UNet)",
                { _ = try LastLayerLaplace(cube, volumes: [volume]) }
            ),
            (
                "LastLayerLaplace: network is one that ends with no convolution (expected a convolution of kernel "
                    + "size 1 as the last one that is registered, as of nn.UNet)",
                { _ = try LastLayerLaplace(Identity(), volumes: [volume]) }
            ),
            (
                "LastLayerLaplace: network is one that computes more after its last convolution (expected logits that the "
                    + "last convolution gives)", { _ = try LastLayerLaplace(further, volumes: [volume]) }
            ),
            (
                "LastLayerLaplace: volumes is empty (expected at least one volume)",
                { _ = try LastLayerLaplace(linear, volumes: []) }
            ),
            (
                "LastLayerLaplace: prior_precision is 0.0 (expected a finite number above 0)",
                { _ = try LastLayerLaplace(linear, volumes: [volume], priorPrecision: 0) }
            ),
            (
                "LastLayerLaplace: prior_precision is left out (expected a number: weights of 0, or a matrix of 0, do not "
                    + "tell it)", { _ = try LastLayerLaplace(zero, volumes: [volume]) }
            ),
            (
                "LastLayerLaplace: network is one whose last layer has 1640 weights (expected 1024 at most)",
                { _ = try LastLayerLaplace(large, volumes: [volume]) }
            ),
        ]
        for (expected, body) in cases { #expect(thrownMessage(body) == expected) }
    }
}
