import LuaBridge
import Support

/// A table with known fields, such as one row of a figure.
struct LuaFields {
    private let table: LuaTable

    /// The table at `index`; an error where it has a field that is not among `names`.
    init(_ stack: LuaStack, at index: Int32, _ names: [String]) throws(LuaMismatch) {
        table = try LuaTable.decode(stack, at: index)
        for key in try Self.keys(of: table) where !names.contains(key) {
            let hint = nearestName(to: key, among: names).map { ", did you mean '\($0)'?" } ?? ""
            throw LuaMismatch("unknown field '\(key)'\(hint)")
        }
    }

    /// The field `name`.
    func get<Value: LuaDecodable>(_ name: String, as type: Value.Type = Value.self) throws(LuaMismatch) -> Value {
        do {
            return try table.get(name, as: type)
        } catch {
            throw LuaMismatch("\(error) in field '\(name)'")
        }
    }

    private static func keys(of table: LuaTable) throws(LuaMismatch) -> [String] {
        do {
            return try table.pairs().map { pair in
                switch pair.key {
                case .string(let name): name
                case .integer(let position): "\(position)"
                default: "?"
                }
            }
        } catch {
            throw LuaMismatch("\(error)")
        }
    }
}
