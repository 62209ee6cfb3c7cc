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
