import Layers
import Support
import Tensors
import Testing

struct SGLDTests {
    /// A chain on a quadratic loss of curvature h has the variance T / (N h (1 - a h / 2)), and its mean.
    @Test(arguments: [(10, 0.1, 0.5, 0.0), (100, 0.4, 2.0, 1.0), (1, 0.05, 1.0, 0.5)])
    func `The chain has the variance of the posterior`(
        _ examples: Int, _ rate: Double, _ temperature: Double, _ decay: Double
    ) throws {
        let (curvature, target) = (2.0, 1.5)
        let parameter = try Tensor.zeros([4096]).requireGradient()
        let optimiser = try SGLD(
            [("p", parameter)], examples: examples, learningRate: rate, temperature: temperature, weightDecay: decay,
            generator: RandomGenerator(seed: 5))
        var (sum, squares, count) = (0.0, 0.0, 0.0)
        let whole = curvature + decay
        let mean = curvature * target / whole
        for step in 1...300 {
            optimiser.zeroGradients()
            try parameter.offset(by: -Float(target)).square().scaled(by: Float(curvature / 2)).sum().backward()
            try optimiser.step()
            guard step >= 100, step % 20 == 0 else { continue }
            for value in parameter.values {
                sum += Double(value) - mean
                squares += (Double(value) - mean) * (Double(value) - mean)
                count += 1
            }
        }
        let expected = temperature / (Double(examples) * whole * (1 - rate * whole / 2))
        // The snapshots are nearly independent: their relative standard error is the root of 2 / 45,000, 0.7 %.
        #expect(abs(squares / count / expected - 1) < 0.04)
        #expect(abs(sum / count) < 0.03 * expected.squareRoot())
    }

    @Test func `Without a temperature it is gradient descent`() throws {
        let start = try Tensor.randn([40], generator: RandomGenerator(seed: 1))
        let parameters = try (0..<2).map { _ in try start.cloned().requireGradient() }
        let optimisers: [any Optimiser] = [
            try SGLD(
                [("p", parameters[0])], examples: 7, learningRate: 0.1, temperature: 0, weightDecay: 0.2,
                generator: RandomGenerator(seed: 1)),
            try SGD([("p", parameters[1])], learningRate: 0.1, weightDecay: 0.2),
        ]
        for (optimiser, parameter) in zip(optimisers, parameters) {
            for _ in 0..<3 {
                optimiser.zeroGradients()
                try parameter.sin().sum().backward()
                try optimiser.step()
            }
        }
        #expect(parameters[0].values == parameters[1].values)
    }

    @Test func `The same seed gives the same bits, and the factor scales rate and noise`() throws {
        func end(_ seed: UInt64, factor: Double = 1, rate: Double = 0.1) throws -> [Float] {
            let parameter = try Tensor.zeros([33]).requireGradient()
            let optimiser = try SGLD(
                [("p", parameter)], examples: 3, learningRate: rate, generator: RandomGenerator(seed: seed))
            optimiser.learningRateFactor = factor
            for _ in 0..<3 {
                try parameter.sin().sum().backward()
                try optimiser.step()
            }
            return parameter.values
        }
        #expect(try end(1) == end(1))
        #expect(try end(1) != end(2))
        #expect(try end(1, factor: 0.5, rate: 0.2) == end(1))
    }

    @Test(arguments: [(0, 1.0, "examples"), (5, -1.0, "temperature")])
    func `Settings out of range are errors`(_ examples: Int, _ temperature: Double, _ name: String) throws {
        let parameter = try Tensor.zeros([2]).requireGradient()
        let text = try message {
            _ = try SGLD(
                [("p", parameter)], examples: examples, learningRate: 0.1, temperature: temperature,
                generator: RandomGenerator(seed: 1))
        }
        #expect(text.hasPrefix("SGLD: \(name) is "))
    }
}
