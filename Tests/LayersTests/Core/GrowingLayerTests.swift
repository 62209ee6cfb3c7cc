import Layers
import Support
import Tensors
import Testing

struct GrowingLayerTests {
    private func linear(_ seed: UInt64) throws -> Linear { try Linear(2, 2, generator: RandomGenerator(seed: seed)) }

    @Test func `A list grows, and has no result of its own`() throws {
        let list = try ModuleList([linear(1)])
        try list.append(Activation(.relu))
        try list.replace(1, by: linear(2))
        try list.replace(3, by: linear(3))
        #expect(list.namedParameters.map(\.name) == ["0.weight", "0.bias", "2.weight", "2.bias"])
        #expect(list.summary == "ModuleList(3 modules)")
        #expect(try message { try list.replace(5, by: Activation(.relu)) }.hasPrefix("ModuleList: index is 5"))
        #expect(try message { _ = try list(try Tensor.ones([2])) }.contains("a call of one of its modules"))
    }

    @Test func `A list is made again from its configuration`() throws {
        let list = try ModuleList([linear(1), ModuleList([Activation(.elu)])])
        let again = try LayerDecoder.standard.layer(
            Configuration(try JSON(parsing: "\(list.configuration.json)")), generator: RandomGenerator(seed: 1))
        #expect(again.treeDescription == list.treeDescription)
    }

    @Test func `A module does not contain itself`() throws {
        let (a, b) = (try ModuleList([]), try ModuleList([]))
        try a.append(Sequential([b]))
        #expect(try message { try a.append(a) }.contains("a module that contains this one"))
        #expect(try message { try b.append(Sequential([Activation(.relu), a])) }.contains("that contains this one"))
        #expect(a.namedLayers.count == 3)
    }

    /// Networks at their limit take no more, wherever the part is added, and those that were let go do not count.
    @Test func `Networks are bounded where they grow`() throws {
        let top = try ModuleList([])
        var last = top
        for _ in 0..<32 {
            let next = try ModuleList([])
            try last.append(next)
            last = next
        }
        #expect(try message { try last.append(Activation(.relu)) }.contains("nested 33 deep"))
        #expect(try message { try ModuleList([]).append(top) }.contains("nested 33 deep"))
        let (wide, part) = (try ModuleList([]), try ModuleList([]))
        for _ in 0..<100 { try wide.append(part) }
        let thousand = try ModuleList((0..<999).map { _ in Activation(.relu) })
        #expect(try message { try part.append(thousand) }.contains("more than 100000"))
        #expect(part.layers.isEmpty)
        for place in 1...100 { try wide.replace(place, by: Activation(.relu)) }
        try part.append(thousand)
    }

    @Test func `Sequences count the levels of what they hold`() throws {
        var layer: any Layer = try ModuleList([])
        for _ in 0..<16 { layer = try Sequential([try ModuleList([layer])]) }
        #expect(layer.namedLayers.count == 33)
        #expect(try message { _ = try Sequential([layer]) }.contains("nested 33 deep"))
    }

    @Test func `A parameter with two paths is trained once, and kept under both`() throws {
        let (shared, other) = (try linear(1), try linear(2))
        let network = try Sequential([shared, other, shared])
        #expect(network.namedParameters.map(\.name) == ["0.weight", "0.bias", "1.weight", "1.bias"])
        #expect(network.parameterCount == 12)
        #expect(network.stateDictionary.keys.sorted().suffix(2) == ["2.bias", "2.weight"])
        _ = try SGD(network.namedParameters, learningRate: 1)
        try network.freeze(["2"])
        #expect(!shared.weight.requiresGradient && other.weight.requiresGradient)
    }

    @Test func `A decoder makes other kinds by functions`() throws {
        let decoder = LayerDecoder.standard.adding("Own") { _ throws(TensorError) in Activation(.tanh) }
        let layer = try decoder.layer(
            Sequential([Activation(.relu)]).configuration, generator: RandomGenerator(seed: 1))
        #expect(layer is Sequential && decoder.kinds.contains("Own"))
        #expect(
            try decoder.layer(Configuration(kind: "Own"), generator: RandomGenerator(seed: 1)).summary == "Tanh()")
    }
}
