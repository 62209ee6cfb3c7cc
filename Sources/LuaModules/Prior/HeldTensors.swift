import Layers
import LuaBridge
import Tensors

/// The tensors that a script's table or object holds, by dotted path, in the order of the keys.
enum HeldTensors {
    /// How deep tables are looked into.
    private static let depth = 8

    /// All tensors: the fields of a table and of tables in it, and the parameters of modules and distributions.
    static func all(of handle: LuaHandle) throws -> [(name: String, tensor: Tensor)] {
        guard let table = try? handle.value(as: LuaTable.self) else { return try parameters(ofObject: handle) }
        var found: [(name: String, tensor: Tensor)] = []
        try collect(table, path: "", depth: depth, into: &found)
        // A distribution may hold a tensor that the table holds, too.
        var seen: Set<ObjectIdentifier> = []
        return found.filter { seen.insert(ObjectIdentifier($0.tensor)).inserted }
    }

    /// The parameters of a module or a distribution, whose method `parameters` lists them.
    private static func parameters(ofObject handle: LuaHandle) throws -> [(name: String, tensor: Tensor)] {
        if let layer = try? handle.value(as: LayerType.AnyLayer.self) { return layer.value.namedParameters }
        let list = try handle.method("parameters")?().first?.object(as: [Tensor].self) ?? []
        return list.enumerated().map { ("\($0.offset + 1)", $0.element) }
    }

    /// What is trained of a prior: what its `parameters` gives, a list or a function of one, or else all tensors that
    /// it holds and that want a gradient.
    static func parameters(of handle: LuaHandle) throws -> [(name: String, tensor: Tensor)] {
        let all = try all(of: handle)
        guard (try? handle.value(as: LuaTable.self)) != nil else { return all.filter(\.tensor.requiresGradient) }
        let member = try handle.member("parameters")
        if case .none = member { return all.filter(\.tensor.requiresGradient) }
        let list = try handle.method("parameters")?().first ?? member
        guard let named = list.object(as: [Tensor].self) else {
            var owner = "a prior"
            if case .string(let name) = try handle.member("name") { owner = "prior '\(name)'" }
            let what = list.typeName == "table" ? "a table with something else in it" : list.typeName
            throw LuaError(
                message: "parameters of \(owner): list of tensors, or a function of one, expected, got \(what)")
        }
        return named.enumerated().map { place, tensor in
            (all.first { $0.tensor === tensor }?.name ?? "parameter \(place + 1)", tensor)
        }
    }

    private static func collect(
        _ table: LuaTable, path: String, depth: Int, into found: inout [(name: String, tensor: Tensor)]
    ) throws {
        guard depth > 0 else { return }
        for (name, _, value) in try table.namedPairs() {
            switch value {
            case .table(let inner): try collect(inner, path: path + name + ".", depth: depth - 1, into: &found)
            case .other:
                if let tensor = value.object(as: Tensor.self) {
                    found.append((path + name, tensor))
                } else if let object = value.object(as: LuaHandle.self) {
                    found += try parameters(ofObject: object).map { (path + name + "." + $0.name, $0.tensor) }
                }
            default: break
            }
        }
    }
}

extension LuaTable {
    /// The fields whose keys are texts or whole numbers, these as text, in the order of the keys.
    func namedPairs() throws -> [(name: String, key: LuaValue, value: LuaValue)] {
        try pairs().compactMap { key, value -> (name: String, key: LuaValue, value: LuaValue)? in
            switch key {
            case .string(let name): (name, key, value)
            case .integer(let place): ("\(place)", key, value)
            default: nil
            }
        }.sorted { ($0.name.count, $0.name) < ($1.name.count, $1.name) }
    }
}
