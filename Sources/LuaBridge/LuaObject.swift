import CLua

/// A Swift class whose objects scripts hold.
public protocol LuaObject: AnyObject, LuaDecodable, LuaEncodable {
    /// How Lua sees the class: its name, methods, properties and operators.
    static var luaType: LuaType { get }
}

extension LuaObject {
    /// The name of the type.
    public static var luaTypeName: String { luaType.name }

    /// An object of this class, or of one derived from it.
    @inlinable
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Self {
        if let userdata = lunette_object_at(stack.pointer, index), let object = userdata.pointee.object,
            let instance = Unmanaged<AnyObject>.fromOpaque(object).takeUnretainedValue() as? Self
        {
            return instance
        }
        throw LuaMismatch(expected: luaTypeName, stack, at: index)
    }

    /// Pushes a userdata that holds a strong reference to the object.
    public func push(on stack: LuaStack) throws(LuaError) {
        try stack.push(self, as: type(of: self).luaType)
    }
}

/// An object seen as a protocol or class that is not itself a `LuaObject`, such as `LuaInstance<any Layer>`.
public struct LuaInstance<Wrapped>: LuaDecodable, LuaEncodable {
    /// The object.
    public let value: Wrapped

    /// Wraps an object.
    public init(_ value: Wrapped) { self.value = value }

    /// The name of the protocol or class.
    public static var luaTypeName: String {
        let name = String(describing: Wrapped.self)
        return name.hasPrefix("any ") ? String(name.dropFirst(4)) : name
    }

    /// An object that is a `Wrapped`, or whose representative is.
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Self {
        if let userdata = lunette_object_at(stack.pointer, index), let object = userdata.pointee.object,
            case let instance = Unmanaged<AnyObject>.fromOpaque(object).takeUnretainedValue(),
            let value = instance as? Wrapped ?? LuaType.of(userdata)?.representative(instance) as? Wrapped
        {
            return LuaInstance(value)
        }
        throw LuaMismatch(expected: luaTypeName, stack, at: index)
    }

    /// Pushes the object; an error if its class has no form in Lua.
    public func push(on stack: LuaStack) throws(LuaError) {
        guard let object = value as? any LuaObject else {
            throw LuaError(message: "an object of \(type(of: value)) has no form in Lua")
        }
        try object.push(on: stack)
    }
}

extension LuaStack {
    /// Pushes a userdata that holds `object`, as an object of `type`; where the type lets scripts set fields, the same
    /// userdata as before.
    public func push(_ object: AnyObject, as type: LuaType) throws(LuaError) {
        try reserve(6)
        guard let state = LuaState.of(self), state.isOpen else { throw LuaError(message: "the Lua state is closed") }
        let reference = Unmanaged.passUnretained(object)
        if type.allowsFields, lunette_push_known_object(pointer, reference.toOpaque()) { return }
        try state.register(type, on: self)
        _ = reference.retain()
        let status = lunette_push_object(
            pointer, Unmanaged.passUnretained(type).toOpaque(), reference.toOpaque(), type.allowsFields)
        if status != LUA_OK { reference.release() }
        try check(status)
        state.collector.noteObject(state.host)
    }
}
