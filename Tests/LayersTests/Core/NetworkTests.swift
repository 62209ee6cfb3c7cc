import Foundation
import Layers
import Support
import Tensors
import TestSupport
import Testing

struct NetworkTests {
    @Test func `Every kind of layer is made again from its file`() throws {
        let folder = try TemporaryFolder()
        var kinds: Set<String> = []
        for example in try everyLayer(RandomGenerator(seed: 1)) {
            let (layer, shape) = (example.layer, example.input)
            let path = folder.path("layer.safetensors")
            // What starts at a constant would be the same in a layer that forgets it.
            try GradientMode.disabled { () throws(TensorError) in
                for (_, tensor) in layer.namedState { try tensor.assign(tensor.offset(by: 0.25)) }
            }
            try Network.save(layer, to: path)
            let copy = try Network.load(path)
            kinds.formUnion(copy.namedLayers.map(\.layer.configuration.kind))
            #expect(copy.summary == layer.summary)
            #expect(copy.configuration == layer.configuration)
            #expect(copy.namedState.map(\.tensor.values) == layer.namedState.map(\.tensor.values))
            let input = try example.makeInput(RandomGenerator(seed: 2), shape)
            for network in [layer, copy] { network.setTraining(false) }
            #expect(try copy(input).values == layer(input).values, "\(layer.summary)")
            #expect(copy.namedParameters.allSatisfy { $0.tensor.requiresGradient })
        }
        // A list of layers cannot be called; it has a test of its own.
        #expect(kinds.union(["ModuleList"]) == Set(LayerDecoder.standard.kinds))
    }

    @Test(arguments: [
        (
            #"{"kind": "DownBlock", "in_channels": 2, "out_channels": 4, "downsamples": true, "convolution": "Conv3d"}"#,
            "DownBlock(2, 4, stride = 2)"
        ),
        (
            #"{"kind": "DownBlock", "in_channels": 2, "out_channels": 2, "downsamples": false, "convolution": "Conv3d"}"#,
            "DownBlock(2, 2)"
        ),
        (#"{"kind": "Upsample", "scale": 3, "align_corners": true}"#, "Upsample(3, align_corners = true)"),
    ])
    func `Files of earlier versions are read`(_ configuration: String, _ summary: String) throws {
        let settings = try Configuration(JSON(parsing: configuration))
        let layer = try LayerDecoder.standard.layer(settings, generator: RandomGenerator(seed: 1))
        #expect(layer.summary == summary)
    }

    @Test func `A setting that is not declared is refused`() throws {
        let settings = try Configuration(JSON(parsing: #"{"kind": "Flatten", "start_dim": 2}"#))
        let text = try message {
            _ = try LayerDecoder.standard.layer(settings, generator: RandomGenerator(seed: 1))
        }
        #expect(text == "Flatten: start_dim is 2 (expected no settings)")
    }

    /// A tensor that a layer holds and trains, and does not name, would neither be trained nor saved.
    @Test func `Every tensor that is trained is a parameter`() throws {
        for (_, layer) in try everyLayer(RandomGenerator(seed: 1)).flatMap(\.layer.namedLayers) {
            let held = Mirror(reflecting: layer).children.compactMap { $0.value as? Tensor }.filter(\.requiresGradient)
            let named = layer.parameters.map(\.tensor)
            #expect(held.allSatisfy { tensor in named.contains { $0 === tensor } }, "\(layer.summary)")
        }
    }

    @Test func `Notes are kept beside a network`() throws {
        let path = try TemporaryFolder().path("layer.safetensors")
        #expect(throws: FileError.self) { try Network.save(Flatten(), to: path) }
        #expect(
            try message { try Network.save(Flatten(), to: path, notes: ["kind": "best"]) }
                == "save: notes is 'kind' (expected another name, as it is taken)")
        let folder = try TemporaryFolder()
        try Network.save(Flatten(), to: folder.path("a"), notes: ["trained on": "phantoms"])
        #expect(try Network.notes(folder.path("a")) == ["trained on": "phantoms"])
    }

    /// A layer of another module.
    private final class Doubling: DeclaredLayer {
        static let declarations = [LayerDeclaration("Doubling", "Twice the input.")]
        let configuration = Configuration(kind: "Doubling")
        init() {}
        convenience init(
            _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
        ) throws(TensorError) {
            self.init()
        }
        func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor { try input.scaled(by: 2) }
    }

    @Test func `Layers of other modules are decoded where the decoder knows them`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("doubling.safetensors")
        try Network.save(try Sequential([Doubling()]), to: path)
        let text = try message { _ = try Network.load(path) }
        #expect(text.hasPrefix("\(path): load: kind is 'Doubling' (expected one of AdaptiveAvgPool2d,"))
        let copy = try Network.load(path, decoder: LayerDecoder.standard.adding(Doubling.self))
        #expect(try copy(try Tensor(3)).item() == 6)
    }

    @Test(arguments: [
        ("{", "its configuration is malformed: invalid JSON"),
        ("[1]", "its configuration is malformed: load: configuration is [1] (expected an object with a kind)"),
        (#"{"kind": "Linear"}"#, "Linear: in_features is missing (expected a whole number)"),
        (
            #"{"kind": "Linear", "out_features": 1.5, "in_features": 2}"#,
            "Linear: out_features is 1.5 (expected a whole number)"
        ),
        (
            #"{"kind": "Linear", "out_features": -1, "in_features": 2, "bias": true}"#,
            "Linear: out_features is -1 (expected 1 or more)"
        ),
        (
            #"{"kind": "UNet", "variant": "deep", "channels": [1], "classes": 2}"#,
            "UNet: variant is 'deep' (expected 'full' or 'short')"
        ),
        (#"{"kind": "Sequential", "names": ["0"], "layers": []}"#, "Sequential: layers is a list of 0"),
    ])
    func `A file with a wrong configuration is refused`(_ configuration: String, _ reason: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("wrong.safetensors")
        try SafeTensors.write([], metadata: ["kind": "network", "configuration": configuration], to: path)
        let text = try message { _ = try Network.load(path) }
        #expect(text.hasPrefix("\(path): \(reason)"), "\(text)")
    }

    @Test func `A file of tensors only says what to do`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("authors.safetensors")
        let layer = try Linear(2, 1, generator: RandomGenerator(seed: 1))
        try SafeTensors.write(
            [("weight", try Tensor([1, 2], shape: [1, 2])), ("bias", try Tensor([3], shape: [1]))], metadata: [:],
            to: path)
        #expect(
            try message { _ = try Network.load(path) }
                == "\(path): holds tensors only; make the network first and load them into it")
        try layer.load(from: path)
        #expect(try layer(try Tensor([1, 1], shape: [1, 2])).values == [6])
    }

    @Test func `Damaged files are refused or read, and never crash`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("network.safetensors")
        try Network.save(try UNet(.short, channels: [1, 2, 2, 3, 4], generator: RandomGenerator(seed: 1)), to: path)
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        let generator = RandomGenerator(seed: 2)
        var refused = 0
        for round in 0..<300 {
            var damaged = bytes
            if round % 3 == 0 { damaged.removeLast(generator.below(bytes.count)) }
            // The first 400 bytes hold the configuration.
            for _ in 0...generator.below(3) {
                damaged[generator.below(min(400, damaged.count))] ^= 1 << UInt8(generator.below(8))
            }
            try Data(damaged).write(to: URL(filePath: path))
            do { _ = try Network.load(path) } catch { refused += 1 }
        }
        #expect(refused > 250)
    }
}
