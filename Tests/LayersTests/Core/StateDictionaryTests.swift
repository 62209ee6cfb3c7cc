import Layers
import Support
import Tensors
import Testing

struct StateDictionaryTests {
    private func network(_ seed: UInt64) throws -> UNet {
        try UNet(.short, channels: [1, 2, 2, 3, 4], generator: RandomGenerator(seed: seed))
    }

    @Test func `Loading copies values and keeps the tensors`() throws {
        let (a, b) = (try network(1), try network(2))
        let own = b.namedParameters.map { ObjectIdentifier($0.tensor) }
        try b.load(a.stateDictionary)
        #expect(b.namedParameters.map { ObjectIdentifier($0.tensor) } == own)
        for ((name, x), (_, y)) in zip(a.namedParameters, b.namedParameters) {
            #expect(x.values == y.values && y.requiresGradient, "\(name)")
        }
    }

    @Test func `What does not fit is named and nothing is changed`() throws {
        let target = try network(2)
        let before = target.namedParameters.map(\.tensor.values)
        let good = try network(1).stateDictionary
        var missing = good
        missing["out.weight"] = nil
        var unexpected = good
        unexpected["out.bias"] = try Tensor.zeros([2])
        var wrong = good
        wrong["out.weight"] = try Tensor.zeros([3, 2, 1, 1, 1])
        #expect(
            try message { try target.load(missing) }
                == "load_state_dict: out.weight is missing (one of 1) (expected a tensor of shape 2x2x1x1x1)")
        #expect(try message { try target.load(unexpected) }.hasPrefix("load_state_dict: out.bias is unexpected"))
        #expect(
            try message { try target.load(wrong, strict: false) }
                == "load_state_dict: out.weight has shape 3x2x1x1x1 (expected 2x2x1x1x1)")
        #expect(target.namedParameters.map(\.tensor.values) == before)
    }

    @Test func `Without strict what fits is loaded and the rest told`() throws {
        let target = try network(2)
        let weight = try Tensor.ones([2, 2, 1, 1, 1])
        let result = try target.load(["out.weight": weight, "head.weight": weight], strict: false)
        #expect(result.unexpected == ["head.weight"])
        #expect(result.missing.count == target.namedParameters.count - 1)
        #expect(target.stateDictionary["out.weight"]?.values == [1, 1, 1, 1])
    }

    @Test func `Buffers are kept with the parameters, but are none`() throws {
        let (a, b) = (try CallCounter(), try CallCounter())
        let network = try Sequential([a, Activation(.relu), b])
        _ = try network(try Tensor.ones([2]))
        #expect(network.namedState.map(\.name) == ["0.weight", "0.calls", "2.weight", "2.calls"])
        #expect(network.namedBuffers.map(\.name) == ["0.calls", "2.calls"])
        #expect(network.namedParameters.map(\.name) == ["0.weight", "2.weight"] && network.parameterCount == 4)
        let copy = try Sequential([CallCounter(), Activation(.relu), CallCounter()])
        try copy.load(network.stateDictionary)
        #expect(copy.namedBuffers.map(\.tensor.values) == [[1], [1]])
        var state = network.stateDictionary
        state["2.calls"] = nil
        #expect(try message { try copy.load(state) }.hasPrefix("load_state_dict: 2.calls is missing"))
        try network.freeze(["0"])
        #expect(!b.calls.requiresGradient && b.weight.requiresGradient && !a.weight.requiresGradient)
    }

    @Test func `A mode reaches all layers that have one`() throws {
        let (a, b) = (try CallCounter(), try CallCounter())
        let network = try Sequential([a, Sequential([Activation(.relu), b])])
        network.setTraining(false)
        _ = try network(try Tensor.ones([2]))
        #expect(!a.isTraining && !b.isTraining && a.calls.values == [0])
        network.setTraining(true)
        _ = try network(try Tensor.ones([2]))
        #expect(a.isTraining && b.isTraining && b.calls.values == [1])
    }
}
