import Layers
import Support
import Tensors

/// Sets of priors in files: the layers and scales of each group, and what its prior is made again from.
extension PriorSet {
    /// Writes the set to the file at `path`, which is replaced whole or not at all.
    public func save(to path: String) throws {
        let configuration = Configuration(
            kind: "PriorSet", ["groups": groups.map { $0.configuration.json }])
        let tensors = groups.flatMap { group in
            group.prior.tensors.map { (name: "\(group.name).\($0.name)", tensor: $0.tensor) }
        }
        try LunetteFile(kind: .priors, configuration: configuration).write(tensors, to: path)
    }

    /// Reads the set that the file at `path` holds.
    public static func load(from path: String) throws -> PriorSet {
        let (file, tensors) = try LunetteFile.read(.priors, path)
        do {
            return try set(file.configuration, tensors)
        } catch let error where error != .interrupted {
            throw FileError(path: path, reason: error.description)
        }
    }

    private static func set(
        _ configuration: Configuration, _ tensors: [String: Tensor]
    ) throws(TensorError) -> PriorSet {
        var groups: [PriorGroup] = []
        for json in try configuration.value("groups", as: [JSON].self) {
            groups.append(try PriorGroup(Configuration(json), tensors: tensors))
        }
        return try PriorSet(groups)
    }
}

extension PriorGroup {
    fileprivate var configuration: Configuration {
        Configuration(
            kind: "PriorGroup",
            [
                "name": name, "layers": layers.map(\.path),
                "scales": layers.map { Double($0.scale) }, "prior": prior.configuration.json,
            ])
    }

    fileprivate init(_ configuration: Configuration, tensors: [String: Tensor]) throws(TensorError) {
        let name: String = try configuration.value("name")
        let paths: [String] = try configuration.value("layers")
        let scales: [Double] = try configuration.value("scales")
        guard paths.count == scales.count else {
            throw .argument(
                operation: "load", parameter: "scales", value: "a list of \(scales.count)",
                expected: "as many as layers, \(paths.count)")
        }
        let prior = try PriorKinds.prior(
            Configuration(configuration.value("prior")), tensors: tensors.below(name + "."))
        try self.init(name: name, layers: zip(paths, scales).map { ($0, Float($1)) }, prior: prior)
    }
}
