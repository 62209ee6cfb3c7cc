import Layers
import Support
import Tensors
import TestSupport
import Testing

@Suite(.serialized)
struct OptimiserTests {
    /// sum i (p_i - 1)^2, i from 1.
    private func loss(_ parameter: Tensor) throws -> Tensor {
        let weights = try Tensor.arange(1, Double(parameter.count))
        return try (weights * parameter.reshaped([-1]).offset(by: -1).square()).sum()
    }

    private func step(_ optimiser: some Optimiser) throws {
        optimiser.zeroGradients()
        for (_, tensor) in optimiser.parameters { try loss(tensor).backward() }
        try optimiser.step()
    }

    @Test func `Five steps of Adam lead where PyTorch's do`() throws {
        let fixture = try Fixture("operations")
        let parameter = try fixture["adam/start"].cloned().requireGradient()
        let optimiser = try Adam([("p", parameter)], learningRate: 0.05)
        for _ in 1...5 { try step(optimiser) }
        // The fixture holds the fifth step's values under the names of all five.
        #expect(deviation(parameter, from: try fixture["adam/step5"]) < 0.1)
    }

    @Test func `Gradient descent with momentum and decay is that of its formula`() throws {
        let parameter = try Tensor([3, -2], shape: [2]).requireGradient()
        let optimiser = try SGD([("p", parameter)], learningRate: 0.05, momentum: 0.9, weightDecay: 0.1)
        var (values, velocity) = ([3.0, -2.0], [0.0, 0.0])
        for _ in 0..<5 {
            try step(optimiser)
            for i in 0..<2 {
                velocity[i] = 0.9 * velocity[i] + 2 * Double(i + 1) * (values[i] - 1) + 0.1 * values[i]
                values[i] -= 0.05 * velocity[i]
            }
            let expected = try Tensor(values.map { Float($0) }, shape: [2])
            #expect(deviation(parameter, from: expected) < 0.1)
        }
    }

    @Test func `Groups have their own rates and the factor scales all`() throws {
        let (a, b) = (try Tensor([3], shape: [1]).requireGradient(), try Tensor([3], shape: [1]).requireGradient())
        let optimiser = try SGD(groups: [
            ParameterGroup([("a", a)], learningRate: 0.1), ParameterGroup([("b", b)], learningRate: 0.01),
        ])
        optimiser.learningRateFactor = 0.5
        try step(optimiser)
        #expect(abs(a.values[0] - 2.8) < 1e-6 && abs(b.values[0] - 2.98) < 1e-6)
        optimiser.learningRate = 0
        try step(optimiser)
        #expect(abs(a.values[0] - 2.8) < 1e-6 && abs(b.values[0] - 2.98) < 1e-6)
    }

    @Test func `Parameters that are frozen or have no gradient stay`() throws {
        let tensors = try (0..<3).map { _ in try Tensor([3], shape: [1]).requireGradient() }
        let optimiser = try Adam(tensors.enumerated().map { ("\($0.offset)", $0.element) }, learningRate: 0.1)
        try step(optimiser)
        let before = tensors.map(\.values)
        try loss(tensors[0]).backward()
        try tensors[1].requireGradient(false)
        tensors[2].gradient = nil
        try optimiser.step()
        #expect(tensors[0].values != before[0])
        #expect(tensors[1].values == before[1] && tensors[2].values == before[2])
    }

    @Test func `Parameters in any layout are changed alike`() throws {
        let start = try Tensor.randn([2, 3, 4, 5, 3], generator: RandomGenerator(seed: 1))
        let reversed = [5, 4, 3, 2, 1]
        let parameters = try [start.cloned(), start.channelsLast(), start.permuted(reversed).cloned()]
        for parameter in parameters { try parameter.requireGradient() }
        let weights = try Tensor.randn(start.shape, generator: RandomGenerator(seed: 2))
        let optimiser = try Adam(parameters.enumerated().map { ("\($0.offset)", $0.element) }, learningRate: 0.1)
        for _ in 0..<3 {
            optimiser.zeroGradients()
            for (index, parameter) in parameters.enumerated() {
                let inOrder = index == 2 ? try parameter.permuted(reversed) : parameter
                try (inOrder * weights).square().sum().backward()
            }
            try optimiser.step()
        }
        let changed = parameters[0].values
        #expect(zip(changed, start.values).allSatisfy { $0 != $1 })
        #expect(parameters[1].values == changed)
        #expect(try parameters[2].detached().permuted(reversed).values == changed)
    }

    @Test func `Clipping scales gradients to the norm and tells what it was`() throws {
        let (a, b) = (try Tensor([0], shape: [1]).requireGradient(), try Tensor([0], shape: [1]).requireGradient())
        a.gradient = try Tensor([3], shape: [1])
        b.gradient = try Tensor([-4], shape: [1])
        let optimiser = try SGD([("a", a), ("b", b)], learningRate: 1)
        #expect(try optimiser.clipGradients(norm: 10) == 5)
        #expect(a.gradient?.values == [3] && b.gradient?.values == [-4])
        #expect(try optimiser.clipGradients(norm: 1) == 5)
        #expect(abs(try #require(a.gradient).values[0] - 0.6) < 1e-6)
        #expect(abs(try #require(b.gradient).values[0] + 0.8) < 1e-6)
        b.gradient = try Tensor([.nan], shape: [1])
        #expect(
            try message { _ = try optimiser.clipGradients(norm: 1) }
                == "clip_gradients: the gradient of b is not finite (expected finite numbers)")
    }

    @Test func `Wrong settings are named with their values`() throws {
        let parameter = try Tensor.zeros([1]).requireGradient()
        let result = try parameter.square()
        let parameters = [(name: "p", tensor: parameter)]
        #expect(try message { _ = try Adam(parameters, learningRate: -1) } == "Adam: lr is -1.0 (expected 0 or more)")
        #expect(
            try message { _ = try Adam(groups: [], beta1: 1) }
                == "Adam: beta1 is 1 (expected at least 0 and less than 1)")
        #expect(try message { _ = try SGD(parameters, learningRate: .nan) } == "SGD: lr is nan (expected 0 or more)")
        #expect(try message { _ = try SGD(parameters + parameters, learningRate: 1) }.contains("is 'p' twice"))
        #expect(
            try message { _ = try Adam([("r", result)]) }
                == "Adam: r is the result of an operation (expected a leaf, which no operation made)")
    }

    @Test func `Two threads give the bits of one`() throws {
        let threads = ThreadPool.shared.threads
        defer { ThreadPool.shared.threads = threads }
        let results = try [1, 2].map { number in
            ThreadPool.shared.threads = number
            let parameter = try Tensor.randn([70001], generator: RandomGenerator(seed: 1)).requireGradient()
            let optimiser = try Adam([("p", parameter)], learningRate: 0.1, weightDecay: 0.01)
            for _ in 0..<3 {
                optimiser.zeroGradients()
                try parameter.square().sum().backward()
                try optimiser.step()
            }
            return parameter.values
        }
        #expect(results[0] == results[1])
    }
}
