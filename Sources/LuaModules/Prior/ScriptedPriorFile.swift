import Inference
import Layers
import LuaBridge
import Support
import Tensors

/// What files keep of a prior that a script wrote: its fields, the texts of its functions with the variables that they
/// use, and its tensors.
extension ScriptedPrior {
    /// "Script".
    static let kind = "Script"

    /// Name, size, draws, the table with its functions, and the variables of these.
    var configuration: Configuration { get throws(TensorError) { try stored().configuration } }

    /// All tensors that the table and its functions hold, by their places in the configuration.
    var tensors: [(name: String, tensor: Tensor)] { get throws(TensorError) { try stored().tensors } }

    /// Both, in one walk through what the script holds.
    func stored() throws(TensorError) -> StoredPrior {
        try TensorError.passing {
            guard let lua = try handle.withStack({ LuaState.of($0) }) else {
                throw LuaError(message: "the Lua state is closed")
            }
            var writer = try ScriptWriter(title: title(), lua: lua)
            let tree = try writer.json(handle.value(as: LuaValue.self), at: "prior")
            let variables = try writer.variables()
            let configuration = Configuration(
                kind: Self.kind,
                settings: [
                    JSON.Member("name", name.map(JSON.string) ?? .null),
                    JSON.Member("kernel_size", kernelSize?.json ?? .null), JSON.Member("samples", samples.json),
                    JSON.Member("prior", tree), JSON.Member("variables", variables),
                ].filter { $0.value != .null })
            return (configuration, writer.tensors)
        }
    }

    /// Makes priors that scripts wrote again, in the session `lua`; others are left to the decoder.
    static func decoder(in lua: LuaState) -> PriorDecoder {
        PriorDecoder { configuration, tensors throws(TensorError) in
            guard configuration.kind == kind else { return nil }
            return try TensorError.passing {
                let name = configuration.setting("name")?.text
                var reader = try ScriptReader(
                    title: name.map { "prior '\($0)'" } ?? "prior", tensors: tensors, lua: lua)
                let value = try reader.value(configuration.value("prior", as: JSON.self))
                try reader.setVariables(configuration.value("variables", as: JSON.self))
                guard let handle = value.object(as: LuaHandle.self) else {
                    throw TensorError.argument(
                        operation: "load", parameter: "prior", value: value.typeName, expected: "a table")
                }
                reader.tellFunctions()
                return try ScriptedPrior(
                    handle, name: name, samples: configuration.value("samples"),
                    kernelSize: configuration.setting("kernel_size").flatMap { [Int](json: $0) })
            }
        }
    }
}
