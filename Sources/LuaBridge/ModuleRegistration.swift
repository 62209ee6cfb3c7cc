import CLua
import Support

extension LuaState {
    /// Makes a module known: as the global `name`, and to `require` as "lunette.name".
    public func register(_ module: LuaModule) throws(LuaError) {
        try lookup { stack throws(LuaError) in
            try pushModule(module, prefix: "", on: stack)
            try stack.setGlobal(module.name, copyOf: -1)
            try preload(module, path: "lunette." + module.name, on: stack)
        }
        documentation.add(module)
    }

    /// Pushes the table of a module.
    private func pushModule(_ module: LuaModule, prefix: String, on stack: LuaStack) throws(LuaError) {
        try stack.reserve(8)
        let path = prefix + module.name
        try stack.pushTable(hash: module.functions.count + module.constants.count + module.submodules.count)
        for function in module.functions {
            try stack.setField(function.name, Qualified(function: function, name: "\(path).\(function.name)"))
        }
        for constant in module.constants { try stack.setField(constant.name, constant.value) }
        for type in module.types { try register(type, on: stack) }
        for submodule in module.submodules {
            try pushModule(submodule, prefix: path + ".", on: stack)
            try stack.setFieldFromTop(submodule.name)
        }
        try stack.pushTable(hash: 4)
        try stack.setField("__name", "module")
        try stack.setField("__tostring", Self.text(of: path))
        try stack.setField("__index", Self.unknownMember(of: module, path: path))
        if let call = module.call {
            try stack.setField("__call", Qualified(function: Self.withoutModule(call), name: path))
        }
        lua_setmetatable(stack.pointer, -2)
        moduleTables.append((try stack.value(LuaTable.self, at: -1), path))
    }

    /// Lets `require` find the module on the top of the stack, and its submodules.
    private func preload(_ module: LuaModule, path: String, on stack: LuaStack) throws(LuaError) {
        try stack.reserve(8)
        stack.copy(LUNETTE_REGISTRY)
        try LUA_LOADED_TABLE.push(on: stack)
        try stack.check(lunette_gettable(stack.pointer))
        stack.copy(-2)
        try stack.setFieldFromTop(path)
        stack.pop()
        for submodule in module.submodules {
            try submodule.name.push(on: stack)
            lua_rawget(stack.pointer, -2)
            try preload(submodule, path: path + "." + submodule.name, on: stack)
            stack.pop()
        }
    }

    /// A function that drops its first argument, the module that is called.
    private static func withoutModule(_ function: LuaFunction) -> LuaFunction {
        LuaFunction(
            function.name, function.summary, layout: function.layout, returns: function.returns,
            example: function.example
        ) { stack in
            lua_rotate(stack.pointer, 1, -1)
            stack.pop()
            return try function.body(stack)
        }
    }

    /// The __tostring of a module.
    private static func text(of path: String) -> LuaFunction {
        LuaFunction("__tostring", "", layout: ArgumentLayout([]), returns: "", example: "") { stack in
            try stack.push("module '\(path)': help(\(path)) lists its members")
        }
    }

    /// The __index of a module: the error that names the nearest member.
    private static func unknownMember(of module: LuaModule, path: String) -> LuaFunction {
        LuaFunction("__index", "", layout: ArgumentLayout([]), returns: "", example: "") { stack in
            let key = try stack.text(at: 2)
            throw LuaError(message: "module '\(path)' has no member '\(key)'" + module.hint(for: key))
        }
    }
}

extension LuaModule {
    /// The names of all members.
    var memberNames: [String] { functions.map(\.name) + constants.map(\.name) + submodules.map(\.name) }

    func hint(for key: String) -> String { nameHint(for: key, among: memberNames) }
}

extension LuaStack {
    /// Pops a value, and makes it the field `name` of the table then on the top.
    func setFieldFromTop(_ name: String) throws(LuaError) {
        try reserve(4)
        copy(-2)
        lua_rotate(pointer, -2, 1)
        try name.push(on: self)
        lua_rotate(pointer, -2, 1)
        try check(lunette_rawset(pointer))
    }

    /// Makes a copy of the value at `index` a global variable.
    func setGlobal(_ name: String, copyOf index: Int32) throws(LuaError) {
        try reserve(4)
        let value = lua_absindex(pointer, index)
        lua_rawgeti(pointer, LUNETTE_REGISTRY, lua_Integer(LUA_RIDX_GLOBALS))
        copy(value)
        try setFieldFromTop(name)
        pop()
    }
}
