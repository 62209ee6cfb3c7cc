import CLua
import Support

/// A table or an object with members, by reference: what a script gives that Swift asks for methods.
public struct LuaHandle: LuaDecodable, LuaEncodable, Sendable {
    let reference: LuaReference

    /// "table or object".
    public static var luaTypeName: String { "table or object" }

    /// A table, or an object of a Swift class.
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> LuaHandle {
        guard stack.type(at: index) == LUA_TTABLE || lunette_object_at(stack.pointer, index) != nil else {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        return LuaHandle(reference: try LuaReference(stack, at: index))
    }

    /// Pushes the table or object.
    public func push(on stack: LuaStack) throws(LuaError) { reference.push(on: stack) }

    /// The member `name`, with metamethods; none where there is no such member.
    public func member(_ name: String) throws -> LuaValue {
        try reference.onStack { stack in
            let isTable = stack.type(at: -1) == LUA_TTABLE
            try name.push(on: stack)
            let status = lunette_gettable(stack.pointer)
            // An object says by an error that it has no such member.
            if status != LUA_OK, !isTable, !Interrupt.isRequested { return .none }
            try stack.check(status)
            return try LuaValue.decode(stack, at: -1)
        }
    }

    /// The method `name`; nil where there is no such member, or it is no function.
    public func method(_ name: String) throws -> LuaMethod? {
        guard case .function(let function) = try member(name) else { return nil }
        return LuaMethod(function: function, owner: self)
    }

    /// The value as a Swift type.
    public func value<Value: LuaDecodable>(as type: Value.Type = Value.self) throws -> Value {
        try reference.value(as: type)
    }

    /// Runs `body` with the stack of the state that the value belongs to.
    public func withStack<Result>(_ body: (LuaStack) throws -> Result) throws -> Result { try reference.onStack(body) }
}

/// A function found in a table or an object, which may expect that as its first argument or not.
public struct LuaMethod: Sendable {
    /// The function.
    public let function: LuaCallback
    private let owner: LuaHandle

    init(function: LuaCallback, owner: LuaHandle) {
        self.function = function
        self.owner = owner
    }

    /// Calls the function with its owner before the arguments, and returns all its results.
    ///
    /// A script's function with just as many parameters as there are arguments is called without the owner:
    /// `{log_prob = function(w) ... end}` is meant as well as `function prior:log_prob(w)`.
    public func callAsFunction<each Argument: LuaEncodable>(_ arguments: repeat each Argument) throws -> [LuaValue] {
        var count = 0
        for _ in repeat each arguments { count += 1 }
        if count > 0, let definition = try function.definition, !definition.isVariadic, definition.parameters == count {
            return try function.results(repeat each arguments)
        }
        return try function.results(owner, repeat each arguments)
    }
}

extension LuaCallback {
    /// Runs `body` with the stack of the state that the function belongs to.
    public func withStack<Result>(_ body: (LuaStack) throws -> Result) throws -> Result { try reference.onStack(body) }

    /// Where a function was defined, and what it takes.
    public struct Definition: Sendable {
        /// The name of the chunk, as messages write it.
        public let chunk: String
        /// The name of the chunk in full: "@" and a file, "=" and a name, or the text itself.
        public let source: String
        /// The first and the last line of the definition.
        public let lines: ClosedRange<Int>
        /// The number of named parameters, `self` among them.
        public let parameters: Int
        /// Whether it takes any number of arguments.
        public let isVariadic: Bool

        /// "study.lua:12".
        public var place: String { "\(chunk):\(lines.lowerBound)" }
    }

    /// Where a script defined the function; nil for one of Swift or C.
    public var definition: Definition? {
        get throws {
            try reference.onStack { stack in
                guard stack.type(at: -1) == LUA_TFUNCTION, lua_iscfunction(stack.pointer, -1) == 0 else { return nil }
                var activation = lua_Debug()
                stack.copy(-1)
                guard lua_getinfo(stack.pointer, ">Su", &activation) != 0, let source = activation.source else {
                    return nil
                }
                let chunk = withUnsafeBytes(of: activation.short_src) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                let first = Int(activation.linedefined)
                let bytes = UnsafeRawBufferPointer(start: source, count: activation.srclen)
                return Definition(
                    chunk: chunk, source: String(decoding: bytes, as: UTF8.self),
                    lines: first...max(first, Int(activation.lastlinedefined)),
                    parameters: Int(activation.nparams), isVariadic: activation.isvararg != 0)
            }
        }
    }
}
