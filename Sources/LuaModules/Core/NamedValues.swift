import LuaBridge
import Support

/// One of the cases of an enumeration, which scripts name by a string.
struct LuaChoice<Value: RawRepresentable & CaseIterable & SendableMetatype>: LuaDecodable, CustomStringConvertible
where Value.RawValue == String {
    /// The case.
    let value: Value

    init(_ value: Value) { self.value = value }

    /// The names: "'mean', 'sum' or 'none'".
    static var luaTypeName: String { Value.allCases.map(\.rawValue).choiceText }

    /// The case of that name; otherwise an error that lists the names.
    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> LuaChoice {
        guard let name = try? String.decode(stack, at: index) else {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        guard let value = Value(rawValue: name) else { throw LuaMismatch("\(luaTypeName) expected, got '\(name)'") }
        return LuaChoice(value)
    }

    /// The name in quotes, as a script writes it.
    var description: String { "\"\(value.rawValue)\"" }
}

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

/// A table with named fields whose values are of several types.
struct LuaRecord: LuaEncodable {
    private let fields: KeyValuePairs<String, any LuaEncodable>

    init(_ fields: KeyValuePairs<String, any LuaEncodable>) { self.fields = fields }

    /// Pushes a table with these fields; one whose value is nil is left out.
    func push(on stack: LuaStack) throws(LuaError) {
        try stack.pushTable(hash: fields.count)
        for (name, value) in fields { try stack.setField(name, value) }
    }
}
