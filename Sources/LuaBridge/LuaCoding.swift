import CLua

/// A type whose values Swift functions take from Lua.
public protocol LuaDecodable: SendableMetatype {
    /// The type's name in messages and documentation.
    static var luaTypeName: String { get }

    /// What several such values are called; the type's name and "s", unless a type says otherwise.
    static var luaTypePlural: String { get }

    /// Whether nil, or no value, is one of its values.
    static var acceptsNil: Bool { get }

    /// The value at `index` of the stack, which stays there.
    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Self
}

extension LuaDecodable {
    /// The type's name and "s".
    public static var luaTypePlural: String { luaTypeName + "s" }

    /// False: an argument is needed.
    @inlinable
    public static var acceptsNil: Bool { false }

    /// Refuses a value at `index` that Lua has under another type.
    @inlinable
    static func require(_ type: Int32, _ stack: LuaStack, at index: Int32) throws(LuaMismatch) {
        guard lua_type(stack.pointer, index) == type else {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
    }
}

/// A type whose values Swift functions give to Lua.
public protocol LuaEncodable {
    /// Pushes the value on the stack, as one value.
    func push(on stack: LuaStack) throws(LuaError)
}

extension Bool: LuaDecodable, LuaEncodable {
    /// "boolean".
    public static var luaTypeName: String { "boolean" }

    /// True or false; nothing else counts as either.
    @inlinable
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Bool {
        try require(LUA_TBOOLEAN, stack, at: index)
        return lua_toboolean(stack.pointer, index) != 0
    }

    /// Pushes a boolean.
    @inlinable
    public func push(on stack: LuaStack) { lua_pushboolean(stack.pointer, self ? 1 : 0) }
}

extension Int: LuaDecodable, LuaEncodable {
    /// "integer".
    public static var luaTypeName: String { "integer" }

    /// An integer, or a float with an integer value.
    @inlinable
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Int {
        try require(LUA_TNUMBER, stack, at: index)
        var isInteger: Int32 = 0
        let value = lua_tointegerx(stack.pointer, index, &isInteger)
        guard isInteger != 0 else { throw LuaMismatch("number has no integer representation") }
        return Int(value)
    }

    /// Pushes an integer.
    @inlinable
    public func push(on stack: LuaStack) { lua_pushinteger(stack.pointer, lua_Integer(self)) }
}

extension Double: LuaDecodable, LuaEncodable {
    /// "number".
    public static var luaTypeName: String { "number" }

    /// A number.
    @inlinable
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Double {
        try require(LUA_TNUMBER, stack, at: index)
        return lua_tonumberx(stack.pointer, index, nil)
    }

    /// Pushes a float.
    @inlinable
    public func push(on stack: LuaStack) { lua_pushnumber(stack.pointer, self) }
}

extension Float: LuaDecodable, LuaEncodable {
    /// "number".
    public static var luaTypeName: String { "number" }

    /// A number, rounded to single precision.
    @inlinable
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Float {
        Float(try Double.decode(stack, at: index))
    }

    /// Pushes a float.
    @inlinable
    public func push(on stack: LuaStack) { Double(self).push(on: stack) }
}

extension Optional: LuaDecodable where Wrapped: LuaDecodable {
    /// The name of the wrapped type.
    public static var luaTypeName: String { Wrapped.luaTypeName }

    /// True.
    @inlinable
    public static var acceptsNil: Bool { true }

    /// Nil for nil or no value, otherwise what the wrapped type makes of it.
    @inlinable
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Self {
        stack.isAbsent(at: index) ? nil : try Wrapped.decode(stack, at: index)
    }
}

extension Optional: LuaEncodable where Wrapped: LuaEncodable {
    /// Pushes the wrapped value, or nil.
    @inlinable
    public func push(on stack: LuaStack) throws(LuaError) {
        if let value = self { try value.push(on: stack) } else { lua_pushnil(stack.pointer) }
    }
}
