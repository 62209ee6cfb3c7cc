import CLua
import Support

// Reads members of a script's values without running any of its code: fields are read raw; an `__index` is followed
// where it is a table, but not called where it is a function. Members of declared objects are Swift's own, and are
// read.

/// How many tables are followed through `__index`: a chain of them may be a circle.
private let maximumSteps = 20

extension LuaState {
    /// Runs `body` on the current stack, and leaves the stack as it was.
    package func lookup<Result>(_ body: (LuaStack) throws(LuaError) -> Result) throws(LuaError) -> Result {
        guard let stack else { throw LuaError(message: "the Lua state is closed") }
        try stack.reserve(16)
        let bottom = stack.count
        defer { lua_settop(stack.pointer, bottom) }
        return try body(stack)
    }
}

extension LuaStack {
    /// Pushes the member `name` of the value at `index`; nil where there is none, or where only the script's code could
    /// tell.
    package func pushMember(_ name: String, of index: Int32) throws(LuaError) {
        try reserve(8)
        copy(index)
        for _ in 0..<maximumSteps {
            if lunette_object_at(pointer, -1) != nil {
                try name.push(on: self)
                if lunette_gettable(pointer) == LUA_OK { return }
                break
            }
            if type(at: -1) == LUA_TTABLE {
                try name.push(on: self)
                lua_rawget(pointer, -2)
                if type(at: -1) != LUA_TNIL {
                    lua_rotate(pointer, -2, 1)
                    pop()
                    return
                }
                pop()
            }
            guard try stepToIndex() else { break }
        }
        pop()
        lua_pushnil(pointer)
    }

    /// The names of the members of the value at `index` that begin with `prefix`, or of its functions alone.
    package func memberNames(of index: Int32, prefix: String = "", functionsOnly: Bool = false) -> Set<String> {
        let prefix = Array(prefix.utf8)
        var names: Set<String> = []
        guard lua_checkstack(pointer, 8) != 0 else { return names }
        copy(index)
        for _ in 0..<maximumSteps {
            if let object = lunette_object_at(pointer, -1) {
                let own = objectNames(object, functionsOnly: functionsOnly)
                names.formUnion(own.filter { $0.utf8.starts(with: prefix) })
                if lua_getiuservalue(pointer, -1, 1) == LUA_TTABLE {
                    addFields(prefix, functionsOnly, to: &names)
                }
                pop()
                break
            }
            if type(at: -1) == LUA_TTABLE { addFields(prefix, functionsOnly, to: &names) }
            guard (try? stepToIndex()) == true else { break }
        }
        pop()
        return names
    }

    /// The names of a declared object's own members.
    private func objectNames(_ object: UnsafeMutablePointer<lunette_object>, functionsOnly: Bool) -> [String] {
        guard let type = LuaType.of(object) else { return [] }
        let methods = type.allMethods.map(\.name) + (type.isReleasable ? ["free"] : [])
        guard !functionsOnly else { return methods }
        let members = object.pointee.object.map { Unmanaged<AnyObject>.fromOpaque($0).takeUnretainedValue() }
        return methods + type.allProperties.map(\.name) + (members.map(type.memberNames) ?? [])
    }

    /// Adds the names among the keys of the table on the top of the stack.
    private func addFields(_ prefix: [UInt8], _ functionsOnly: Bool, to names: inout Set<String>) {
        // Nothing is allocated in Lua between these steps, so no finaliser can change the table and lua_next cannot
        // raise.
        lua_pushnil(pointer)
        while lua_next(pointer, -2) != 0 {
            defer { pop() }
            var count = 0
            guard type(at: -2) == LUA_TSTRING, !functionsOnly || type(at: -1) == LUA_TFUNCTION,
                let start = lua_tolstring(pointer, -2, &count)
            else { continue }
            let bytes = UnsafeRawBufferPointer(start: start, count: count)
            if bytes.starts(with: prefix) { names.insert(String(rawBytes: bytes)) }
        }
    }

    /// The declaration of the function on the top of the stack, or of the one that a call of the value there runs.
    package func declaredFunction() -> LuaFunction? {
        if type(at: -1) == LUA_TFUNCTION { return FunctionBox.at(lunette_function_at(pointer, -1))?.function }
        guard lua_getmetatable(pointer, -1) != 0, (try? "__call".push(on: self)) != nil else { return nil }
        lua_rawget(pointer, -2)
        return FunctionBox.at(lunette_function_at(pointer, -1))?.function
    }

    /// Replaces the value on the top of the stack by its __index; false where it has none, or one that is a function.
    private func stepToIndex() throws(LuaError) -> Bool {
        guard lua_getmetatable(pointer, -1) != 0 else { return false }
        try "__index".push(on: self)
        lua_rawget(pointer, -2)
        lua_rotate(pointer, -3, 1)
        pop(2)
        return type(at: -1) != LUA_TNIL && type(at: -1) != LUA_TFUNCTION
    }
}
