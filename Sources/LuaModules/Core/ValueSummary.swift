import LuaBridge
import Sessions
import Support
import Tensors

/// What a list of variables says of one of them.
public struct ValueSummary {
    /// The type's name.
    public let type: String
    /// The shape of a tensor or volume, the number of parameters of a layer, of fields of a table, of bytes of a
    /// string; empty where there is no such thing.
    public let size: String
    /// The bytes of its tensors, those deeper than the fields of a table left out; nil where it has none.
    public let bytes: Int?

    /// Sums up a value.
    public init(_ value: LuaValue, in lua: LuaState) throws(LuaError) {
        type = try lua.typeName(of: value)
        switch value {
        case .other:
            let shown = value.displayedObject?.displaySize
            (size, bytes) = (shown?.text ?? "", shown?.bytes)
        case .table(let table):
            let fields = (try? table.pairs()) ?? []
            var total: Int?
            for case .other(let reference) in fields.map(\.value) {
                guard let tensor = try? reference.value(as: Tensor.self) else { continue }
                total = (total ?? 0) + tensor.count * 4
            }
            (size, bytes) = ("\(fields.count) fields", total)
        case .string(let text): (size, bytes) = ("\(text.rawBytes.count) bytes", nil)
        default: (size, bytes) = ("", nil)
        }
    }
}
