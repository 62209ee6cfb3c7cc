/// A module of Lua functions, constants and object types.
public struct LuaModule: @unchecked Sendable {
    /// The name: a global, and what follows "lunette." in `require`.
    public let name: String
    /// What it is for, in a sentence.
    public let summary: String
    /// What a call of the module itself does; nil where it cannot be called.
    public let call: LuaFunction?
    /// Its functions.
    public let functions: [LuaFunction]
    /// Its constants.
    public let constants: [LuaConstant]
    /// The types of the objects that its functions make.
    public let types: [LuaType]
    /// The modules within it, each a field of its name.
    public let submodules: [LuaModule]

    /// Declares a module.
    public init(
        _ name: String, _ summary: String, call: LuaFunction? = nil, functions: [LuaFunction] = [],
        constants: [LuaConstant] = [], types: [LuaType] = [], submodules: [LuaModule] = []
    ) {
        self.name = name
        self.summary = summary
        self.call = call
        self.functions = functions
        self.constants = constants
        self.types = types
        self.submodules = submodules
    }
}

/// A constant of a module.
public struct LuaConstant {
    /// The constant's name.
    public let name: String
    /// What it is, in a sentence.
    public let summary: String
    /// Its value.
    public let value: any LuaEncodable

    /// Declares a constant.
    public init(_ name: String, _ summary: String, _ value: any LuaEncodable) {
        self.name = name
        self.summary = summary
        self.value = value
    }
}
