import Support
import Tensors

/// Layers one after another.
public final class Sequential: DeclaredLayer {
    private static let names = Setting<[String]>.part("names", "the names of the layers")
    static let layers = Setting<[JSON]>.part("layers", "the layers, as many as names")

    /// `Sequential`; scripts make it from layers.
    public static let declarations = [
        LayerDeclaration("Sequential", "Makes a network of layers that follow each other.", names, layers)
    ]

    /// The layers with their names, in order.
    public let children: [(name: String, layer: any Layer)]
    /// How deep sequences are nested in this one, itself included, and how many layers it has in all; one that occurs
    /// twice counts twice.
    private let extent: (depth: Int, layers: Int)

    /// Makes a sequence whose layers are named "0", "1" and so on, as in PyTorch.
    public convenience init(_ layers: [any Layer]) throws(TensorError) {
        try self.init(named: layers.enumerated().map { ("\($0.offset)", $0.element) })
    }

    /// Makes a sequence of layers with names, which must differ; nested at most 32 deep, and of at most 100,000 layers.
    public init(named layers: [(name: String, layer: any Layer)]) throws(TensorError) {
        var names: Set<String> = []
        for (name, _) in layers where name.isEmpty || !names.insert(name).inserted {
            throw .argument(
                operation: "Sequential", parameter: "name", value: "'\(name)'",
                expected: "a name that no other layer of the sequence has")
        }
        extent = try Self.extent(of: layers.map(\.layer))
        children = layers
    }

    private static func extent(of layers: [any Layer]) throws(TensorError) -> (depth: Int, layers: Int) {
        let most = Extent.most
        var extent = (depth: 1, layers: 1)
        for layer in layers {
            let part = try measured(layer)
            extent = (max(extent.depth, part.depth + 1), extent.layers + part.layers)
            try require(
                extent.depth <= most.depth, "Sequential", "layers", "nested \(extent.depth) deep",
                expected: "at most \(most.depth) levels of layers within each other")
            try require(
                extent.layers <= most.layers, "Sequential", "layers", "more than \(most.layers)",
                expected: "at most as many, each counted as often as it comes")
        }
        return extent
    }

    private static func measured(_ layer: any Layer) throws(TensorError) -> (depth: Int, layers: Int) {
        if let sequence = layer as? Sequential { return sequence.extent }
        var extent = Extent()
        try extent.add(layer, level: 0)
        return (extent.depth, extent.layers)
    }

    /// The result of the last layer; `input` where there is none.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        var result = input
        for (name, layer) in children {
            let previous = result
            result = try inside(name) { () throws(TensorError) in try layer(previous) }
        }
        return result
    }

    /// "Sequential(3 layers)".
    public var summary: String { "Sequential(\(children.count) \(children.count == 1 ? "layer" : "layers"))" }

    /// The names and configurations of the layers.
    public var configuration: Configuration {
        Configuration(
            kind: "Sequential", Self.names(children.map(\.name)),
            Self.layers(children.map { $0.layer.configuration.json }))
    }

    /// Makes the sequence that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        let names = try configuration[Self.names]
        let parts = try configuration[Self.layers]
        try require(
            parts.count == names.count, "Sequential", "layers", "a list of \(parts.count)",
            expected: "as many as names, \(names.count)")
        try self.init(
            named: zip(names, parts).map { name, part throws(TensorError) in
                (name, try decoder.layer(Configuration(part), generator: generator))
            })
    }
}
