import Foundation
import Layers
import Support
import Tensors
import Testing

struct IVONTests {
    /// A step on the loss h/2 (w - target)^2 of each weight.
    private func step(_ optimiser: IVON, curvature: Float, target: Float = 0) throws {
        try optimiser.sample()
        optimiser.zeroGradients()
        for (_, tensor) in optimiser.parameters {
            try tensor.offset(by: -target).square().scaled(by: curvature / 2).sum().backward()
        }
        try optimiser.step()
    }

    /// The posterior's variance becomes 1 / (ess (h + weight_decay)), its mean that of the minimum with the prior.
    @Test(arguments: [(50.0, 3.0, 0.1), (1000, 0.4, 0.5), (200, 0.2, 0)])
    func `On a quadratic loss it finds variance and mean`(_ ess: Double, _ curvature: Double, _ decay: Double) throws {
        let parameter = try Tensor.zeros([2000]).requireGradient()
        let optimiser = try IVON(
            [("p", parameter)], effectiveSampleSize: ess, learningRate: 0.05, beta2: 0.99, weightDecay: decay,
            generator: RandomGenerator(seed: 4))
        for _ in 0..<800 { try step(optimiser, curvature: Float(curvature), target: 1) }
        let deviations = try optimiser.standardDeviations()[0].values
        let precision = deviations.reduce(0) { $0 + 1 / Double($1 * $1) } / Double(deviations.count)
        let mean = curvature / (curvature + decay)
        // The last term of the Hessian's update lifts it by (1 - beta2) / 2 times the variance of its estimate over
        // h + weight_decay. The estimate varies by 2 h^2, and by the gradient that holds the prior's in balance.
        let gradient = decay * mean
        let lift = 0.005 * (2 * curvature * curvature / (curvature + decay) + gradient * gradient * ess)
        #expect(abs(precision / (ess * (curvature + decay + lift)) - 1) < 0.02)
        #expect(abs(parameter.values.reduce(0) { $0 + Double($1) } / 2000 - mean) < 0.01)
    }

    /// Some steps as Algorithm 1 of the paper writes them, in Double.
    @Test func `Steps are those of the paper`() throws {
        let start: [Float] = [0.5, -1, 2]
        let parameter = try Tensor(start, shape: [3]).requireGradient()
        let (ess, decay, beta1, beta2, h0, rate) = (20.0, 0.3, 0.8, 0.9, 0.7, 0.2)
        let optimiser = try IVON(
            [("p", parameter)], effectiveSampleSize: ess, learningRate: rate, initialHessian: h0, beta1: beta1,
            beta2: beta2, weightDecay: decay, generator: RandomGenerator(seed: 6))
        var (m, g, h) = (start.map(Double.init), [0.0, 0, 0], [h0, h0, h0])
        for t in 1...6 {
            try optimiser.sample()
            let theta = parameter.values.map(Double.init)
            optimiser.zeroGradients()
            try parameter.sin().sum().backward()
            try optimiser.step()
            for i in 0..<3 {
                let variance = 1 / (ess * (h[i] + decay))
                let gradient = cos(theta[i])
                let estimate = gradient * (theta[i] - m[i]) / variance
                g[i] = beta1 * g[i] + (1 - beta1) * gradient
                let before = h[i]
                h[i] =
                    beta2 * before + (1 - beta2) * estimate
                    + (1 - beta2) * (1 - beta2) * (before - estimate) * (before - estimate) / (before + decay) / 2
                let corrected = g[i] / (1 - pow(beta1, Double(t)))
                m[i] -= rate * (h0 + decay) * (corrected + decay * m[i]) / (h[i] + decay)
                #expect(abs(Double(parameter.values[i]) - m[i]) < 1e-4)
                let deviation = try optimiser.standardDeviations()[0].values[i]
                #expect(abs(Double(deviation) / (1 / (ess * (h[i] + decay))).squareRoot() - 1) < 1e-4)
            }
        }
    }

    @Test func `Between sample and step the weights are drawn ones, then the means`() throws {
        let values: [Float] = [1, -2]
        let tensors = try (0..<3).map { _ in try Tensor(values, shape: [2]).requireGradient() }
        let optimiser = try IVON(
            tensors.enumerated().map { ("\($0.offset)", $0.element) }, effectiveSampleSize: 10,
            generator: RandomGenerator(seed: 1))
        try tensors[0].requireGradient(false)
        try optimiser.sample()
        #expect(optimiser.isSampled)
        #expect(tensors[0].values == values && tensors[1].values != values && tensors[2].values != values)
        try tensors[2].sum().backward()
        try optimiser.step()
        // One without a gradient is not changed.
        #expect(!optimiser.isSampled && tensors[1].values == values && tensors[2].values != values)
    }

    @Test func `The order of calls is checked`() throws {
        let parameter = try Tensor([1, 2], shape: [2]).requireGradient()
        let optimiser = try IVON([("p", parameter)], effectiveSampleSize: 10, generator: RandomGenerator(seed: 1))
        let order = "(expected sample(), backward() and step() in turn)"
        #expect(try message { try optimiser.step() } == "IVON: step is called without sample() before \(order)")
        try optimiser.sample()
        #expect(try message { try optimiser.sample() } == "IVON: sample is called twice \(order)")
        // A state that is taken over ends the draw.
        try optimiser.load(optimiser.state)
        #expect(!optimiser.isSampled && parameter.values == [1, 2])
    }

    @Test func `A Hessian that gives no variance is refused`() throws {
        let parameter = try Tensor([1, 2], shape: [2]).requireGradient()
        let optimiser = try IVON([("p", parameter)], effectiveSampleSize: 10, generator: RandomGenerator(seed: 1))
        try step(optimiser, curvature: 1)
        var state = optimiser.state
        state.tensors["p/hess"] = try Tensor([1, -1], shape: [2])
        #expect(
            try message { try optimiser.load(state) }
                == "IVON: hess is too low or not finite (expected finite numbers above -weight_decay)")
    }
}
