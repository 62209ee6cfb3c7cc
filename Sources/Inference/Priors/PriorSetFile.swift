import Layers
import Support
import Tensors

/// Sets of priors in files: the layers and scales of each group, and what its prior is made again from.
extension PriorSet {
    /// Writes the set to the file at `path`, which is replaced whole or not at all; throws where a parameter is not
    /// finite.
    public func save(to path: String) throws {
        try checkParameters()
        let stored = try groups.map { group in try group.prior.stored() }
        let configurations = zip(groups, stored).map { $0.configuration(of: $1.configuration).json }
        let configuration = Configuration(kind: "PriorSet", JSON.Member("groups", configurations.json))
        let tensors = zip(groups, stored).flatMap { group, prior in
            prior.tensors.map { (name: "\(group.name).\($0.name)", tensor: $0.tensor) }
        }
        try LunetteFile(kind: .priors, configuration: configuration).write(tensors, to: path)
    }

    /// Throws where a parameter is not finite, and tells of groups whose priors share one: a file keeps a prior for
    /// each.
    private func checkParameters() throws {
        var owners: [ObjectIdentifier: String] = [:]
        var isTold = false
        for group in groups {
            let parameters = try inside("group '\(group.name)'") { () throws(TensorError) in try group.prior.parameters
            }
            for (name, tensor) in parameters {
                try tensor.requireFinite("save", "\(group.name).\(name)")
                let first = owners.updateValue(group.name, forKey: ObjectIdentifier(tensor))
                guard let first, first != group.name, !isTold else { continue }
                isTold = true
                StandardStream.warn(
                    "the groups '\(first)' and '\(group.name)' share the parameter '\(name)': the file keeps it for each, "
                        + "so that they are apart once it is loaded")
            }
        }
    }

    /// Reads the set that the file at `path` holds; `decoder` must know all kinds of its priors.
    public static func load(from path: String, decoder: PriorDecoder = PriorDecoder()) throws -> PriorSet {
        let (file, tensors) = try LunetteFile.read(.priors, path)
        return try inFile(path) { () throws(TensorError) in
            let groups: [JSON] = try file.configuration.value("groups")
            return try PriorSet(
                groups.map { group throws(TensorError) in
                    try PriorGroup(Configuration(group), tensors: tensors, decoder: decoder)
                })
        }
    }
}

extension PriorGroup {
    fileprivate func configuration(of prior: Configuration) -> Configuration {
        Configuration(
            kind: "PriorGroup", JSON.Member("name", name.json), JSON.Member("layers", layers.map(\.path).json),
            JSON.Member("scales", layers.map(\.scale).json), JSON.Member("prior", prior.json))
    }

    fileprivate init(
        _ configuration: Configuration, tensors: [String: Tensor], decoder: PriorDecoder
    ) throws(TensorError) {
        let name: String = try configuration.value("name")
        let paths: [String] = try configuration.value("layers")
        let scales: [Double] = try configuration.value("scales")
        try require(
            paths.count == scales.count, "load", "scales", "a list of \(scales.count)",
            expected: "as many as layers, \(paths.count)")
        let prior = try decoder.prior(
            Configuration(configuration.value("prior")), tensors: tensors.below(name + "."))
        try self.init(name: name, layers: zip(paths, scales).map { ($0, Float($1)) }, prior: prior)
    }
}
