import Support
import Tensors

/// Networks in files: parameters and buffers as safetensors, and beside them the configuration from which the network
/// is made again.
public enum Network {
    /// Writes `layer` to the file at `path`, which is replaced whole or not at all.
    ///
    /// `notes` are kept beside it; the names "kind" and "configuration" are taken.
    public static func save(_ layer: any Layer, to path: String, notes: [String: String] = [:]) throws {
        for name in ["kind", "configuration"] where notes[name] != nil {
            throw TensorError.argument(
                operation: "save", parameter: "notes", value: "'\(name)'", expected: "another name, as it is taken")
        }
        try LunetteFile(kind: .network, configuration: layer.configuration, notes: notes)
            .write(layer.namedState, to: path)
    }

    /// Makes the network again that the file at `path` holds; `decoder` must know all kinds of its layers, and
    /// `generator` is what those draw from that compute with random numbers.
    public static func load(
        _ path: String, decoder: LayerDecoder = .standard, generator: RandomGenerator = RandomGenerator(seed: 0)
    ) throws -> any Layer {
        let (file, tensors) = try LunetteFile.read(.network, path)
        return try inFile(path) { () throws(TensorError) in
            let layer = try decoder.layer(file.configuration, generator: RandomGenerator(seed: 0))
            try layer.load(tensors)
            layer.draw(from: generator)
            return layer
        }
    }

    /// What was written beside the network in the file at `path`.
    public static func notes(_ path: String) throws -> [String: String] {
        try LunetteFile.read(.network, path).file.notes
    }
}

extension Layer {
    /// Replaces the values of the parameters and buffers by those in the safetensors file at `path`, a PyTorch state
    /// dictionary for example, as `load(_:strict:)` does.
    @discardableResult
    public func load(
        from path: String, strict: Bool = true
    ) throws -> (missing: [String], unexpected: [String]) {
        let tensors = try SafeTensors.read(path).tensors
        return try inFile(path) { () throws(TensorError) in try load(tensors, strict: strict) }
    }
}

/// The result of `body`, which works on the contents of the file at `path`; its errors, except an interrupt, become
/// `FileError`s that name the file.
package func inFile<Result>(_ path: String, _ body: () throws(TensorError) -> Result) throws -> Result {
    do {
        return try body()
    } catch let error where error != .interrupted {
        throw FileError(path: path, reason: error.description)
    }
}

/// A safetensors file of ours: its metadata holds the kind and the configuration of its contents.
package struct LunetteFile {
    /// What a file holds.
    package enum Kind: String {
        case network, optimiser, priors, kernels, posterior

        /// What scripts read such files with.
        fileprivate var reader: String {
            switch self {
            case .network: "nn.load (of Bayesian ones bayes.load)"
            case .optimiser: "an optimizer's load_state_dict"
            case .priors: "bayes.load_priors"
            case .kernels: "bayes.load_bank"
            case .posterior: "bayes.load_posterior"
            }
        }
    }

    /// What the file holds.
    package let kind: Kind
    /// What its contents are made again from.
    package let configuration: Configuration
    /// What else was written beside it.
    package let notes: [String: String]

    /// Describes a file.
    package init(kind: Kind, configuration: Configuration, notes: [String: String] = [:]) {
        self.kind = kind
        self.configuration = configuration
        self.notes = notes
    }

    /// Writes `tensors` and the description to the file at `path`, which is replaced whole or not at all.
    ///
    /// - Parameter integers: The names of tensors that are written as 32-bit integers.
    package func write(
        _ tensors: [(name: String, tensor: Tensor)], integers: Set<String> = [], to path: String
    ) throws {
        var metadata = notes
        metadata["kind"] = kind.rawValue
        metadata["configuration"] = configuration.json.description
        try SafeTensors.write(tensors, integers: integers, metadata: metadata, to: path)
    }

    /// The file at `path`, which must hold a `kind`, and its tensors.
    package static func read(_ kind: Kind, _ path: String) throws -> (file: LunetteFile, tensors: [String: Tensor]) {
        let (tensors, metadata) = try SafeTensors.read(path)
        var notes = metadata
        guard let text = notes.removeValue(forKey: "configuration"), let found = notes.removeValue(forKey: "kind")
        else {
            throw FileError(
                path: path, reason: "holds tensors only; make the \(kind.rawValue) first and load them into it")
        }
        guard found == kind.rawValue else {
            let reader = Kind(rawValue: found).map { "; \($0.reader) reads it" } ?? ""
            throw FileError(path: path, reason: "holds the kind '\(found)' (expected '\(kind.rawValue)'\(reader))")
        }
        do {
            let configuration = try Configuration(try JSON(parsing: text))
            return (LunetteFile(kind: kind, configuration: configuration, notes: notes), tensors)
        } catch {
            throw FileError(path: path, reason: "its configuration is malformed: \(error)")
        }
    }
}
