import CLua

/// Any Lua value.
public enum LuaValue: LuaDecodable, LuaEncodable, Sendable {
    /// nil
    case none
    /// true or false
    case boolean(Bool)
    /// An integer.
    case integer(Int)
    /// A float.
    case number(Double)
    /// A string.
    case string(String)
    /// A table, by reference.
    case table(LuaTable)
    /// A function, by reference.
    case function(LuaCallback)
    /// A userdata or a coroutine, by reference.
    case other(LuaReference)

    /// "value".
    public static var luaTypeName: String { "value" }

    /// True.
    @inlinable
    public static var acceptsNil: Bool { true }

    /// The value, whatever it is.
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> LuaValue {
        switch stack.type(at: index) {
        case LUA_TNIL, LUA_TNONE: return .none
        case LUA_TBOOLEAN: return .boolean(try Bool.decode(stack, at: index))
        case LUA_TNUMBER:
            return lua_isinteger(stack.pointer, index) != 0
                ? .integer(try Int.decode(stack, at: index)) : .number(try Double.decode(stack, at: index))
        case LUA_TSTRING: return .string(String.bytes(stack, at: index))
        case LUA_TTABLE: return .table(try LuaTable.decode(stack, at: index))
        case LUA_TFUNCTION: return .function(try LuaCallback.decode(stack, at: index))
        default: return .other(try LuaReference(stack, at: index))
        }
    }

    /// Pushes the value; the same table, function or userdata as before.
    public func push(on stack: LuaStack) throws(LuaError) {
        switch self {
        case .none: lua_pushnil(stack.pointer)
        case .boolean(let value): value.push(on: stack)
        case .integer(let value): value.push(on: stack)
        case .number(let value): value.push(on: stack)
        case .string(let value): try value.push(on: stack)
        case .table(let value): try value.push(on: stack)
        case .function(let value): try value.push(on: stack)
        case .other(let value): value.push(on: stack)
        }
    }
}

extension LuaValue {
    /// The table, function or object as a Swift type; nil where it is no such value.
    public func object<Value: LuaDecodable>(as type: Value.Type = Value.self) -> Value? {
        switch self {
        case .table(let table): try? table.reference.value(as: type)
        case .function(let function): try? function.reference.value(as: type)
        case .other(let reference): try? reference.value(as: type)
        default: nil
        }
    }

    /// The name of the value's type, in the words of Lua's messages; a number is named by its value.
    public var typeName: String {
        switch self {
        case .none: "nil"
        case .boolean: "boolean"
        case .integer(let value): "the number \(value)"
        case .number(let value): "the number \(value)"
        case .string: "string"
        case .table: "table"
        case .function: "function"
        case .other: object(as: TypeName.self)?.text ?? "userdata"
        }
    }
}

/// The name of the type of any value.
private struct TypeName: LuaDecodable {
    let text: String

    static var luaTypeName: String { "value" }

    static func decode(_ stack: LuaStack, at index: Int32) -> TypeName { TypeName(text: stack.typeName(at: index)) }
}
