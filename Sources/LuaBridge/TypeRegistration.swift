import CLua
import Support

/// A C function as a value.
private struct CFunction: LuaEncodable {
    let function: lua_CFunction

    func push(on stack: LuaStack) { lua_pushcclosure(stack.pointer, function, 0) }
}

extension LuaState {
    /// Makes the metatable of the userdata of functions, which only give up what they hold.
    func registerFunctionType(_ stack: LuaStack) throws(LuaError) {
        try stack.pushTable(hash: 2)
        try stack.setField("__metatable", "function")
        try stack.setField("__gc", CFunction(function: lunette_release))
        try stack.keepInRegistry(under: UnsafeMutableRawPointer(host))
    }

    /// Makes the metatable of the objects of `type`, unless it exists.
    func register(_ type: LuaType, on stack: LuaStack) throws(LuaError) {
        guard isNew(type) else { return }
        try stack.reserve(12)
        let methods = type.allMethods
        let properties = type.allProperties
        try stack.pushTable(hash: 12)
        try stack.setField("__name", type.name)
        try stack.setField("__metatable", type.name)
        try stack.setField("__eq", CFunction(function: lunette_same))
        try stack.setField("__tostring", Self.defaultText(of: type))
        for metamethod in type.allMetamethods where metamethod.name != "__index" && metamethod.name != "__newindex" {
            let name = "\(type.name):\(metamethod.name)"
            try stack.setField(metamethod.name, Qualified(function: Self.asCalled(metamethod), name: name))
        }
        try stack.setField("__gc", CFunction(function: lunette_release))
        if type.isReleasable, !type.allMetamethods.contains(where: { $0.name == "__close" }) {
            try stack.setField("__close", CFunction(function: lunette_release))
        }
        try setAccess(
            "__index", of: type, methods: methods, properties: properties.map { ($0.name, $0.getter) }, on: stack)
        try setAccess(
            "__newindex", of: type, methods: [],
            properties: properties.compactMap { property in property.setter.map { (property.name, $0) } }, on: stack)
        try stack.keepInRegistry(under: Unmanaged.passUnretained(type).toOpaque())
        noteMade(type)
    }

    /// Sets __index or __newindex of the metatable on the top of the stack.
    private func setAccess(
        _ name: String, of type: LuaType, methods: [LuaFunction], properties: [(name: String, function: LuaFunction)],
        on stack: LuaStack
    ) throws(LuaError) {
        let own = type.allMetamethods.last { $0.name == name }
        let sets = name == "__newindex"
        stack.copy(-1)
        try name.push(on: stack)
        try stack.pushTable(hash: methods.count)
        for method in methods {
            try stack.setField(method.name, Qualified(function: method, name: "\(type.name):\(method.name)"))
        }
        if type.isReleasable, !sets { try stack.setField("free", CFunction(function: lunette_release)) }
        try stack.pushTable(hash: properties.count)
        for property in properties {
            try stack.setField(
                property.name, Qualified(function: property.function, name: "\(type.name).\(property.name)"))
        }
        try (sets ? Self.otherAssignment(of: type, own) : Self.otherKey(of: type, own)).push(on: stack)
        try stack.check(lunette_push_access(stack.pointer, sets))
        try stack.check(lunette_rawset(stack.pointer))
    }

    /// What `object[key]` does where the key names no member: the type's own __index, or an error.
    private static func otherKey(of type: LuaType, _ own: LuaFunction?) -> LuaFunction {
        LuaFunction("__index", "", layout: ArgumentLayout([]), returns: "", example: "") { stack in
            guard stack.type(at: 2) == LUA_TSTRING else {
                if let own { return try own.body(stack) }
                throw LuaError(message: "a \(type.name) cannot be indexed with a \(stack.typeName(at: 2))")
            }
            let key = String.bytes(stack, at: 2)
            if let own {
                do {
                    let results = try own.body(stack)
                    if type.absentIsNil || results > 0 && !stack.isAbsent(at: -results) { return results }
                } catch is LuaArgumentError {}
            }
            let names = stack.memberNames(of: 1)
            throw LuaError(message: "\(type.name) has no member '\(key)'" + nameHint(for: key, among: Array(names)))
        }
    }

    /// What `object[key] = value` does where the key names no property that can be set: the type's own __newindex, a
    /// field of the script's, or an error.
    private static func otherAssignment(of type: LuaType, _ own: LuaFunction?) -> LuaFunction {
        LuaFunction("__newindex", "", layout: ArgumentLayout([]), returns: "", example: "") { stack in
            let key = stack.type(at: 2) == LUA_TSTRING ? String.bytes(stack, at: 2) : nil
            if let key, type.allProperties.contains(where: { $0.name == key }) {
                throw LuaError(message: "property '\(key)' of \(type.name) cannot be set")
            }
            if let own {
                do { return try own.body(stack) } catch let error as LuaArgumentError where key == nil {
                    throw error
                } catch is LuaArgumentError {}
            }
            guard let key else {
                throw LuaError(message: "a \(type.name) cannot be indexed with a \(stack.typeName(at: 2))")
            }
            if type.allMethods.contains(where: { $0.name == key }) {
                throw LuaError(message: "method '\(key)' of \(type.name) cannot be replaced")
            }
            guard type.allowsFields else {
                throw LuaError(message: "\(type.name) has no property '\(key)'" + type.hint(for: key))
            }
            lua_settop(stack.pointer, 3)
            try stack.check(lunette_set_field(stack.pointer))
            return 0
        }
    }

    /// __tostring of types that have none of their own: the object's description, or its type and address.
    private static func defaultText(of type: LuaType) -> LuaFunction {
        LuaFunction("__tostring", "", layout: ArgumentLayout([]), returns: "", example: "") { stack in
            guard let userdata = lunette_object_at(stack.pointer, 1) else {
                throw LuaError(message: "\(type.name) expected, got \(stack.typeName(at: 1))")
            }
            guard let object = userdata.pointee.object else { return try stack.push("released \(type.name)") }
            let value = Unmanaged<AnyObject>.fromOpaque(object).takeUnretainedValue()
            let text = (value as? any CustomStringConvertible)?.description
            return try stack.push(text ?? "\(type.name): 0x" + String(UInt(bitPattern: object), radix: 16))
        }
    }

    /// A metamethod as Lua calls it.
    private static func asCalled(_ metamethod: LuaFunction) -> LuaFunction {
        switch metamethod.name {
        case "__eq": forgiving(metamethod)
        case "__len", "__unm", "__bnot": unary(metamethod)
        default: metamethod
        }
    }

    /// A metamethod of one operand, which Lua passes twice.
    private static func unary(_ function: LuaFunction) -> LuaFunction {
        LuaFunction(function.name, function.summary, layout: function.layout, returns: function.returns, example: "") {
            stack in
            lua_settop(stack.pointer, 1)
            return try function.body(stack)
        }
    }

    /// An __eq that is false where one side is of another type.
    private static func forgiving(_ function: LuaFunction) -> LuaFunction {
        LuaFunction("__eq", function.summary, layout: function.layout, returns: function.returns, example: "") {
            stack in
            do { return try function.body(stack) } catch is LuaArgumentError { return try stack.push(false) }
        }
    }
}

/// A function with its qualified name, such as `nn.Conv3d`.
struct Qualified: LuaEncodable {
    let function: LuaFunction
    let name: String

    func push(on stack: LuaStack) throws(LuaError) { try function.push(on: stack, qualifiedName: name) }
}

extension LuaType {
    /// ", did you mean 'NAME'?" where a member has a similar name.
    func hint(for key: String) -> String {
        nameHint(for: key, among: allMethods.map(\.name) + allProperties.map(\.name))
    }
}

extension LuaStack {
    /// Pops a value, and keeps it in the registry under an address.
    func keepInRegistry(under key: UnsafeMutableRawPointer) throws(LuaError) {
        try reserve(4)
        copy(LUNETTE_REGISTRY)
        lua_pushlightuserdata(pointer, key)
        lua_rotate(pointer, -3, -1)
        try check(lunette_rawset(pointer))
    }
}
