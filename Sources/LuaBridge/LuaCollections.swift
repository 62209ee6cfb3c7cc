import CLua
import Support

extension Array: LuaDecodable where Element: LuaDecodable {
    /// "list of " and what elements are called.
    public static var luaTypeName: String { "list of \(Element.luaTypePlural)" }

    /// "lists of " and what elements are called.
    public static var luaTypePlural: String { "lists of \(Element.luaTypePlural)" }

    /// The elements 1, 2, ... of a table, which must have no other keys.
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> [Element] {
        try require(LUA_TTABLE, stack, at: index)
        guard lua_checkstack(stack.pointer, 4) != 0 else { throw LuaMismatch("nested too deeply") }
        let table = lua_absindex(stack.pointer, index)
        let count = Int(clamping: lua_rawlen(stack.pointer, table))
        // Lua's length may be any border, as large as the largest key, so the keys that exist are counted.
        let found = try stack.keys(of: table, atMost: count, expected: luaTypeName)
        guard count - found <= mostHoles else { throw LuaMismatch("\(luaTypeName) expected, got a table with holes") }
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for position in 0..<count {
            guard !Interrupt.isRequested else { throw LuaMismatch("interrupted") }
            lua_rawgeti(stack.pointer, table, lua_Integer(position + 1))
            defer { stack.pop() }
            do throws(LuaMismatch) {
                elements.append(try Element.decode(stack, at: -1))
            } catch {
                throw LuaMismatch("\(error.description) at index \(position + 1)")
            }
        }
        return elements
    }

    /// The most holes, where elements are nil, of a table that counts as a list.
    private static var mostHoles: Int { 1000 }
}

extension Array: LuaEncodable where Element: LuaEncodable {
    /// Pushes a table of the elements.
    public func push(on stack: LuaStack) throws(LuaError) {
        try stack.pushTable(array: count)
        for (position, element) in enumerated() {
            guard !Interrupt.isRequested else { throw LuaError(message: "interrupted") }
            try stack.setElement(position + 1, element)
        }
    }
}

extension Dictionary: LuaDecodable where Key == String, Value: LuaDecodable {
    /// "table of " and what values are called.
    public static var luaTypeName: String { "table of \(Value.luaTypePlural)" }

    /// "tables of " and what values are called.
    public static var luaTypePlural: String { "tables of \(Value.luaTypePlural)" }

    /// The fields of a table whose keys are all strings.
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> [String: Value] {
        try require(LUA_TTABLE, stack, at: index)
        guard lua_checkstack(stack.pointer, 6) != 0 else { throw LuaMismatch("nested too deeply") }
        let table = lua_absindex(stack.pointer, index)
        let bottom = stack.count
        defer { lua_settop(stack.pointer, bottom) }
        var fields: [String: Value] = [:]
        lua_pushnil(stack.pointer)
        while true {
            guard !Interrupt.isRequested else { throw LuaMismatch("interrupted") }
            stack.copy(table)
            lua_rotate(stack.pointer, -2, 1)
            let status = lunette_next(stack.pointer)
            guard status == LUA_OK else { throw LuaMismatch(stack.takeError(status).message) }
            guard stack.type(at: -2) != LUA_TNIL else { return fields }
            guard stack.type(at: -2) == LUA_TSTRING else {
                throw LuaMismatch("string keys expected, got \(stack.typeName(at: -2))")
            }
            let key = String.bytes(stack, at: -2)
            do throws(LuaMismatch) {
                fields[key] = try Value.decode(stack, at: -1)
            } catch {
                throw LuaMismatch("\(error.description) in field '\(key)'")
            }
            stack.pop()
        }
    }
}

extension Dictionary: LuaEncodable where Key == String, Value: LuaEncodable {
    /// Pushes a table with these fields.
    public func push(on stack: LuaStack) throws(LuaError) {
        try stack.pushTable(hash: count)
        for (key, value) in self { try stack.setField(key, value) }
    }
}

extension LuaStack {
    /// The number of keys of the table at `table`; throws where there are more than `count`, the length of the list.
    fileprivate func keys(of table: Int32, atMost count: Int, expected: String) throws(LuaMismatch) -> Int {
        // Nothing is allocated between these steps, so no finaliser can change the table and lua_next cannot raise.
        var found = 0
        lua_pushnil(pointer)
        while lua_next(pointer, table) != 0 {
            pop()
            found += 1
            if found > count || Interrupt.isRequested {
                pop()
                throw LuaMismatch("\(expected) expected, got a table with other keys")
            }
        }
        return found
    }
}

/// A value of one of two types, the first that fits.
public enum LuaEither<First: LuaDecodable, Second: LuaDecodable>: LuaDecodable, CustomStringConvertible {
    /// A value of the first type.
    case first(First)
    /// A value of the second type.
    case second(Second)

    /// The names of both types.
    public static var luaTypeName: String { "\(First.luaTypeName) or \(Second.luaTypeName)" }

    /// The value as a script writes it.
    public var description: String {
        switch self {
        case .first(let value): luaLiteral(value)
        case .second(let value): luaLiteral(value)
        }
    }

    /// What values of both types are called.
    public static var luaTypePlural: String { "\(First.luaTypePlural) or \(Second.luaTypePlural)" }

    /// Whether one of the two accepts nil.
    @inlinable
    public static var acceptsNil: Bool { First.acceptsNil || Second.acceptsNil }

    /// The value as the first type, or else as the second; where one of them takes such values, but not this one, the
    /// error is its.
    @inlinable
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Self {
        let (first, second): (LuaMismatch, LuaMismatch)
        do throws(LuaMismatch) { return .first(try First.decode(stack, at: index)) } catch { first = error }
        do throws(LuaMismatch) { return .second(try Second.decode(stack, at: index)) } catch { second = error }
        let isOfFirst = first != LuaMismatch(expected: First.luaTypeName, stack, at: index)
        let isOfSecond = second != LuaMismatch(expected: Second.luaTypeName, stack, at: index)
        if isOfFirst != isOfSecond, stack.typeName(at: index) != "table" { throw isOfFirst ? first : second }
        throw LuaMismatch(expected: luaTypeName, stack, at: index)
    }
}

extension LuaEither: LuaEncodable where First: LuaEncodable, Second: LuaEncodable {
    /// Pushes the value.
    public func push(on stack: LuaStack) throws(LuaError) {
        switch self {
        case .first(let value): try value.push(on: stack)
        case .second(let value): try value.push(on: stack)
        }
    }
}
