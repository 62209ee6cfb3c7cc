import CLua
import Support

/// The stack of the coroutine that runs, through which values go between Lua and Swift.
///
/// Of its operations, those that may allocate or call metamethods throw; none raises a Lua error through Swift.
@frozen
public struct LuaStack {
    /// The coroutine, a `lua_State *`.
    public let pointer: OpaquePointer

    /// The stack of a coroutine.
    @inlinable
    public init(_ pointer: OpaquePointer) { self.pointer = pointer }

    /// The number of values on the stack.
    @inlinable
    public var count: Int32 { lua_gettop(pointer) }

    /// The type of the value at `index`: LUA_TNIL and so on, LUA_TNONE where there is none.
    @inlinable
    public func type(at index: Int32) -> Int32 { lua_type(pointer, index) }

    /// Whether the value at `index` is nil, or there is none.
    @inlinable
    public func isAbsent(at index: Int32) -> Bool { lua_type(pointer, index) <= LUA_TNIL }

    /// The name of the type of the value at `index`, in the words of Lua's messages.
    public func typeName(at index: Int32) -> String {
        if let object = lunette_object_at(pointer, index), let type = LuaType.of(object) {
            return object.pointee.object == nil ? "released \(type.name)" : type.name
        }
        return lua_type(pointer, index) == LUA_TLIGHTUSERDATA
            ? "light userdata" : String(cString: lua_typename(pointer, lua_type(pointer, index)))
    }

    /// Pops `count` values.
    @inlinable
    public func pop(_ count: Int32 = 1) { lua_settop(pointer, -count - 1) }

    /// Pushes a copy of the value at `index`.
    @inlinable
    public func copy(_ index: Int32) { lua_pushvalue(pointer, index) }

    /// Makes sure that `count` more values have room.
    public func reserve(_ count: Int32) throws(LuaError) {
        guard lua_checkstack(pointer, count) != 0 else {
            throw LuaError(message: "stack overflow, or no memory for the stack")
        }
    }

    /// Pushes a new table, with room for `array` list elements and `hash` other fields.
    public func pushTable(array: Int = 0, hash: Int = 0) throws(LuaError) {
        try check(lunette_new_table(pointer, Int32(clamping: array), Int32(clamping: hash)))
    }

    /// Sets a field of the table on the top of the stack, without metamethods.
    public func setField(_ name: String, _ value: some LuaEncodable) throws(LuaError) {
        try reserve(4)
        copy(-1)
        try name.push(on: self)
        try value.push(on: self)
        try check(lunette_rawset(pointer))
    }

    /// Sets element `position` (from 1) of the table on the top of the stack, without metamethods.
    public func setElement(_ position: Int, _ value: some LuaEncodable) throws(LuaError) {
        try reserve(4)
        copy(-1)
        position.push(on: self)
        try value.push(on: self)
        try check(lunette_rawset(pointer))
    }

    /// The text that `tostring` makes of the value at `index`.
    public func text(at index: Int32) throws(LuaError) -> String {
        try reserve(2)
        copy(index)
        try check(lunette_tostring(pointer))
        defer { pop() }
        return String.bytes(self, at: -1)
    }

    /// The value at `index`; one of another type is an error of the script.
    package func value<Value: LuaDecodable>(_ type: Value.Type, at index: Int32) throws(LuaError) -> Value {
        try LuaError.wrapping { try Value.decode(self, at: index) }
    }

    /// Throws the error on the top of the stack (and pops it) where the status of a protected operation says so.
    @inlinable
    func check(_ status: Int32) throws(LuaError) {
        guard status != LUA_OK else { return }
        throw takeError(status)
    }

    /// Pops the error value of an operation with this status, and makes a Swift error of it.
    @usableFromInline
    func takeError(_ status: Int32) -> LuaError {
        if status == LUA_ERRMEM { explainShortage() }
        defer { pop() }
        copy(-1)
        // If making the text fails, that error is on the stack instead.
        _ = lunette_error_text(pointer)
        let message = type(at: -1) == LUA_TSTRING ? String.bytes(self, at: -1) : "an error without a text"
        pop()
        return LuaError(raised: (try? LuaValue.decode(self, at: -1)) ?? .string(message), message: message)
    }

    /// Collects garbage, finalisers and all, which Lua's own attempt to get memory leaves out; and puts into the
    /// message "not enough memory" on the top of the stack what was asked for and who held what, if there is memory
    /// for that.
    func explainShortage() {
        guard lua_checkstack(pointer, 4) != 0 else { return }
        let asked = "not enough memory: \(Int(lunette_host_of(pointer).pointee.refused).bytesText) asked for"
        let holders = MemoryError.holders.map { "; \($0)" } ?? ""
        let before = MemoryLedger.liveBytes &+ MemoryLedger.scriptBytes
        LuaState.collect(self)
        let freed = before &- MemoryLedger.liveBytes &- MemoryLedger.scriptBytes
        let garbage = holders.isEmpty || freed <= 0 ? "" : "; \(freed.bytesText) of that were garbage, and are free now"
        guard (asked + holders + garbage).pushBytes(on: self) == LUA_OK else { return pop() }
        lua_copy(pointer, -1, -2)
        pop()
    }
}
