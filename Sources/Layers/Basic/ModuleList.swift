import Support
import Tensors

/// Layers in a list that can grow; what holds the list calls them.
public final class ModuleList: DeclaredLayer, GrowingLayer {
    private static let layers = Setting<[JSON]>.part("layers", "the layers")

    /// `ModuleList`; scripts make it from layers.
    public static let declarations = [LayerDeclaration("ModuleList", "Makes a list of layers.", layers)]

    /// The layers, in order.
    public private(set) var layers: [any Layer] = []
    /// The growing layers that hold the list.
    public let holders = Holders()

    /// Makes a list.
    public init(_ layers: [any Layer]) throws(TensorError) {
        try hold(layers, "ModuleList")
        self.layers = layers
    }

    /// Adds a layer at the end; an error where the network would become too deep or too large.
    public func append(_ layer: any Layer) throws(TensorError) {
        try hold([layer], "ModuleList")
        layers.append(layer)
    }

    /// Replaces the layer at a place from 1, or adds one at the place behind the last.
    public func replace(_ place: Int, by layer: any Layer) throws(TensorError) {
        guard place != layers.count + 1 else { return try append(layer) }
        guard place >= 1, place <= layers.count else {
            throw .index(operation: "ModuleList", parameter: "index", value: place, size: layers.count)
        }
        try hold([layer], "ModuleList")
        layers[place - 1] = layer
    }

    /// An error: a list has no result of its own.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        throw .argument(
            operation: "ModuleList", parameter: "input", value: "given to the list",
            expected: "a call of one of its modules, such as list[1](input)")
    }

    /// The layers, named "0", "1" and so on, as in PyTorch.
    public var children: [(name: String, layer: any Layer)] { layers.enumerated().map { ("\($0.offset)", $0.element) } }

    /// "ModuleList(3 modules)".
    public var summary: String { "ModuleList(\(layers.count) \(layers.count == 1 ? "module" : "modules"))" }

    /// The configurations of the layers.
    public var configuration: Configuration {
        Configuration(kind: "ModuleList", Self.layers(layers.map { $0.configuration.json }))
    }

    /// Makes the list that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        let parts = try configuration[Self.layers]
        try self.init(
            parts.map { part throws(TensorError) in
                try decoder.layer(Configuration(part), generator: generator)
            })
    }
}
