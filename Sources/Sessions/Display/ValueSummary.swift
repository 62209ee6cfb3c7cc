import LuaBridge
import Support

/// What a list of variables says of one of them.
public struct ValueSummary {
    /// The type's name.
    public let type: String
    /// The shape of a tensor or volume, the number of parameters of a layer, of fields of a table, of bytes of a
    /// string; empty where there is no such thing.
    public let size: String
    /// The bytes of its numbers, those deeper than the fields of a table left out; nil where it has none.
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
            let known = fields.compactMap { $0.value.displayedObject?.displaySize?.bytes }
            (size, bytes) = ("\(fields.count) fields", known.isEmpty ? nil : known.reduce(0, +))
        case .string(let text): (size, bytes) = ("\(text.rawBytes.count) bytes", nil)
        default: (size, bytes) = ("", nil)
        }
    }
}
