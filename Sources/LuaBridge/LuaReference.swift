import CLua
import Support

/// A hold on a Lua value that keeps it from being collected.
///
/// Errors carry it, so it is Sendable; it may be used on the thread of its state only.
public final class LuaReference: @unchecked Sendable {
    private weak var state: LuaState?
    private let key: Int32

    /// Holds the value at `index`.
    init(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) {
        guard lua_checkstack(stack.pointer, 2) != 0 else { throw LuaMismatch("stack overflow") }
        state = LuaState.of(stack)
        stack.copy(index)
        let status = lunette_reference(stack.pointer)
        guard status == LUA_OK else { throw LuaMismatch(stack.takeError(status).message) }
        key = Int32(truncatingIfNeeded: lua_tointegerx(stack.pointer, -1, nil))
        stack.pop()
    }

    deinit { state?.forget(key) }

    /// Pushes the value; nil where its state is gone, or is not that of the stack.
    func push(on stack: LuaStack) {
        if state === LuaState.of(stack) {
            lua_rawgeti(stack.pointer, LUNETTE_REGISTRY, lua_Integer(key))
        } else {
            lua_pushnil(stack.pointer)
        }
    }

    /// The value as a Swift type.
    public func value<Value: LuaDecodable>(as type: Value.Type = Value.self) throws -> Value {
        try onStack { try Value.decode($0, at: -1) }
    }

    /// Runs `body` with the value on the top of the stack, and leaves the stack as it was.
    func onStack<Result>(_ body: (LuaStack) throws -> Result) throws -> Result {
        guard let stack = state?.stack else { throw LuaError(message: "the Lua state is closed") }
        try stack.reserve(16)
        let bottom = stack.count
        defer { lua_settop(stack.pointer, bottom) }
        push(on: stack)
        return try body(stack)
    }
}

/// A Lua table, by reference.
public struct LuaTable: LuaDecodable, LuaEncodable, Sendable {
    let reference: LuaReference

    /// "table".
    public static var luaTypeName: String { "table" }

    /// A table.
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> LuaTable {
        try require(LUA_TTABLE, stack, at: index)
        return LuaTable(reference: try LuaReference(stack, at: index))
    }

    /// The fields that the script sets on the object at `index`, whose type lets it.
    public static func fields(_ stack: LuaStack, ofObjectAt index: Int32) throws(LuaMismatch) -> LuaTable {
        guard lunette_object_at(stack.pointer, index) != nil, lua_checkstack(stack.pointer, 4) != 0 else {
            throw LuaMismatch(expected: "object", stack, at: index)
        }
        let object = lua_absindex(stack.pointer, index)
        let bottom = stack.count
        defer { lua_settop(stack.pointer, bottom) }
        if lua_getiuservalue(stack.pointer, object, 1) != LUA_TTABLE {
            let status = lunette_new_table(stack.pointer, 0, 0)
            guard status == LUA_OK else { throw LuaMismatch(stack.takeError(status).message) }
            stack.copy(-1)
            lua_setiuservalue(stack.pointer, object, 1)
        }
        return try decode(stack, at: -1)
    }

    /// A new table.
    public init(in state: LuaState) throws(LuaError) {
        self = try state.lookup { stack throws(LuaError) in
            try stack.pushTable()
            return try stack.value(LuaTable.self, at: -1)
        }
    }

    init(reference: LuaReference) { self.reference = reference }

    /// Pushes the table.
    public func push(on stack: LuaStack) throws(LuaError) { reference.push(on: stack) }

    /// The length, as `#` gives it.
    public func count() throws -> Int {
        try reference.onStack { stack in
            try stack.check(lunette_length(stack.pointer))
            return try Int.decode(stack, at: -1)
        }
    }

    /// The field `key`, with metamethods.
    public func get<Value: LuaDecodable>(_ key: some LuaEncodable, as type: Value.Type = Value.self) throws -> Value {
        try reference.onStack { stack in
            try key.push(on: stack)
            try stack.check(lunette_gettable(stack.pointer))
            return try Value.decode(stack, at: -1)
        }
    }

    /// Sets the field `key`, with metamethods.
    public func set(_ key: some LuaEncodable, _ value: some LuaEncodable) throws {
        try reference.onStack { stack in
            try key.push(on: stack)
            try value.push(on: stack)
            try stack.check(lunette_settable(stack.pointer))
        }
    }

    /// Whether the table has a metatable, and so may have a text form of its own.
    public func hasMetatable() throws -> Bool { try reference.onStack { lua_getmetatable($0.pointer, -1) != 0 } }

    /// The function in the field `name` of the metatable; nil where there is none.
    public func metamethod(_ name: String) throws -> LuaCallback? {
        try reference.onStack { stack in
            guard lua_getmetatable(stack.pointer, -1) != 0 else { return nil }
            try name.push(on: stack)
            lua_rawget(stack.pointer, -2)
            return try LuaCallback?.decode(stack, at: -1)
        }
    }

    /// The first keys and values, at most `limit`, in Lua's order.
    public func pairs(limit: Int = .max) throws -> [(key: LuaValue, value: LuaValue)] {
        try reference.onStack { stack in
            let table = stack.count
            var result: [(key: LuaValue, value: LuaValue)] = []
            lua_pushnil(stack.pointer)
            while true {
                guard !Interrupt.isRequested else { throw LuaError(message: "interrupted") }
                stack.copy(table)
                lua_rotate(stack.pointer, -2, 1)
                try stack.check(lunette_next(stack.pointer))
                guard stack.type(at: -2) != LUA_TNIL, result.count < limit else { return result }
                result.append((try LuaValue.decode(stack, at: -2), try LuaValue.decode(stack, at: -1)))
                stack.pop()
            }
        }
    }
}

/// A Lua function that Swift calls.
public struct LuaCallback: LuaDecodable, LuaEncodable, Sendable {
    let reference: LuaReference

    /// "function".
    public static var luaTypeName: String { "function" }

    /// A function; a value that can be called as one is not enough.
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> LuaCallback {
        try require(LUA_TFUNCTION, stack, at: index)
        return LuaCallback(reference: try LuaReference(stack, at: index))
    }

    /// Pushes the function.
    public func push(on stack: LuaStack) throws(LuaError) { reference.push(on: stack) }

    /// Calls the function, and discards its results.
    ///
    /// An error that it raises is thrown as a `LuaError`, which raises the same value again when it gets back to Lua.
    public func callAsFunction<each Argument: LuaEncodable>(_ arguments: repeat each Argument) throws {
        try call(Self.list(repeat each arguments), results: 0) { _, _ in }
    }

    /// Calls the function, and returns its first result.
    public func callAsFunction<each Argument: LuaEncodable, Value: LuaDecodable>(
        _ arguments: repeat each Argument, returning type: Value.Type
    ) throws -> Value {
        try call(Self.list(repeat each arguments), results: 1) { stack, first in
            do throws(LuaMismatch) {
                return try Value.decode(stack, at: first)
            } catch {
                throw LuaError(message: "bad result of the function called back (\(error.description))")
            }
        }
    }

    /// Calls the function, and returns all its results.
    public func results<each Argument: LuaEncodable>(_ arguments: repeat each Argument) throws -> [LuaValue] {
        try results(passing: Self.list(repeat each arguments))
    }

    /// Calls the function with as many arguments as there are, and returns all its results.
    public func results(passing arguments: [any LuaEncodable]) throws -> [LuaValue] {
        try call(arguments, results: LUA_MULTRET) { stack, first in
            try (first..<stack.count + 1).map { try LuaValue.decode(stack, at: $0) }
        }
    }

    private static func list<each Argument: LuaEncodable>(_ arguments: repeat each Argument) -> [any LuaEncodable] {
        var list: [any LuaEncodable] = []
        for argument in repeat each arguments { list.append(argument) }
        return list
    }

    private func call<Result>(
        _ arguments: [any LuaEncodable], results: Int32, read: (LuaStack, Int32) throws -> Result
    ) throws -> Result {
        try reference.onStack { stack in
            let function = stack.count
            try stack.reserve(Int32(clamping: arguments.count &+ 8))
            for argument in arguments { try argument.push(on: stack) }
            OperationProfile.enter(OperationProfile.base)
            defer { OperationProfile.leave() }
            try stack.check(lua_pcallk(stack.pointer, stack.count - function, results, 0, 0, nil))
            return try read(stack, function)
        }
    }
}
