import Layers
import Support
import Tensors
import Testing

struct InitialisationTests {
    /// Mean, variance and largest magnitude of a layer's weight.
    private func moments(_ tensor: Tensor) -> (mean: Double, variance: Double, largest: Double) {
        let values = tensor.values.map { Double($0) }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        return (mean, variance, values.map(abs).max() ?? 0)
    }

    @Test func `Convolutions start uniform within 1 / sqrt(fan in)`() throws {
        let specification = try ConvolutionSpecification(
            dimensions: 3, inputChannels: 16, outputChannels: 32, kernelSize: [3])
        let layer = try Convolution(specification, generator: RandomGenerator(seed: 1))
        let bound = 1 / (16.0 * 27).squareRoot()
        let weight = moments(layer.weight)
        #expect(weight.largest <= bound * 1.000001 && weight.largest > 0.99 * bound)
        // 13,824 draws: the variance's own standard error is 0.8 %, the mean's bound / 204.
        #expect(abs(weight.variance / (bound * bound / 3) - 1) < 0.03)
        #expect(abs(weight.mean) < bound / 50)
        let bias = moments(try #require(layer.bias))
        #expect(bias.largest <= bound * 1.000001 && bias.variance > 0)
    }

    @Test func `Transposed convolutions take the fan in from dimension 2`() throws {
        let specification = try ConvolutionSpecification(
            dimensions: 2, inputChannels: 64, outputChannels: 16, kernelSize: [3])
        let layer = try TransposedConvolution(specification, generator: RandomGenerator(seed: 1))
        let bound = 1 / (16.0 * 9).squareRoot()
        #expect(abs(moments(layer.weight).largest / bound - 1) < 0.01)
    }

    @Test func `Parameters that require gradients can be filled`() throws {
        let weight = try Tensor.zeros([4]).requireGradient()
        try weight.fillUniform(bound: 1, generator: RandomGenerator(seed: 1))
        #expect(weight.values.allSatisfy { $0 != 0 } && weight.isLeaf)
    }

    @Test func `The same seed gives the same network`() throws {
        let a = try UNet(.short, generator: RandomGenerator(seed: 7)).namedParameters.map(\.tensor.values)
        let b = try UNet(.short, generator: RandomGenerator(seed: 7)).namedParameters.map(\.tensor.values)
        #expect(a == b)
    }
}
