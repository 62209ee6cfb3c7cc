import Layers
import Support
import Tensors

/// A posterior that files keep: its networks with their weights, and what it has learnt of them.
public protocol SavedPosterior: NetworkPosterior, SendableMetatype {
    /// The kind and the settings.
    var configuration: Configuration { get }

    /// What it has learnt, with names.
    var tensors: [(name: String, tensor: Tensor)] { get }

    /// Makes the posterior again of networks with their weights; an error where something does not fit.
    init(_ configuration: Configuration, networks: [any Layer], tensors: [String: Tensor]) throws(TensorError)
}

extension SavedPosterior {
    /// Writes networks and posterior to the file at `path`, which is replaced whole or not at all.
    public func save(to path: String) throws {
        let configuration = Configuration(
            kind: "Posterior", JSON.Member("posterior", configuration.json),
            JSON.Member("networks", networks.map(\.configuration.json).json))
        let weights = networks.enumerated().flatMap { index, network in
            network.namedState.map { ("network \(index + 1)/\($0.name)", $0.tensor) }
        }
        try LunetteFile(kind: .posterior, configuration: configuration)
            .write(weights + tensors.map { ("posterior/\($0.name)", $0.tensor) }, to: path)
    }
}

/// The posteriors of networks that files hold, by their kinds.
public enum PosteriorKinds {
    private static let types: [any SavedPosterior.Type] = [
        Ensemble.self, MCDropout.self, SWAG.self, LastLayerLaplace.self, IVONPosterior.self,
    ]

    /// Makes the posterior again, with its networks, that the file at `path` holds.
    ///
    /// - Parameters:
    ///   - decoder: It must know all kinds of the networks' layers.
    ///   - generator: What layers draw from that compute with random numbers.
    public static func load(
        from path: String, decoder: LayerDecoder = .standard, generator: RandomGenerator
    ) throws -> any SavedPosterior {
        let (file, tensors) = try LunetteFile.read(.posterior, path)
        return try inFile(path) { () throws(TensorError) in
            let configuration = try Configuration(file.configuration.value("posterior"))
            guard let type = types.first(where: { $0.kind == configuration.kind }) else {
                throw .argument(
                    operation: "load", parameter: "posterior", value: "'\(configuration.kind)'",
                    expected: "one of \(types.map { $0.kind }.joined(separator: ", "))")
            }
            let descriptions: [JSON] = try file.configuration.value("networks")
            let networks = try descriptions.enumerated().map { index, description throws(TensorError) in
                let network = try decoder.layer(Configuration(description), generator: RandomGenerator(seed: 0))
                try network.load(tensors.below("network \(index + 1)/"))
                network.draw(from: generator)
                return network
            }
            return try type.init(configuration, networks: networks, tensors: tensors.below("posterior/"))
        }
    }
}

extension [any Layer] {
    /// The only one of the networks in a file; an error in the name of `operation` where there is another number.
    func only(_ operation: String) throws(TensorError) -> any Layer {
        try require(count == 1, operation, "networks", "a list of \(count)", expected: "one network")
        return self[0]
    }
}

extension [String: Tensor] {
    /// The tensor of a name; an error where it is missing, of another shape, or not finite.
    func tensor(_ name: String, shape: [Int]) throws(TensorError) -> Tensor {
        let tensor = try required(name)
        guard tensor.shape == shape else {
            throw .shape(operation: "load", parameter: name, shape: tensor.shape, expected: shape.shapeText)
        }
        try tensor.requireFinite("load", name)
        return tensor
    }
}
