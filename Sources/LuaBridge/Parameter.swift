/// What a function's declaration says of one of its parameters or options.
public struct ParameterDescription: Sendable {
    /// How the argument is passed.
    public enum Kind: Sendable {
        /// By its position.
        case positional
        /// All positions from here on, or one table.
        case variadic
        /// By its name, in the table that comes last.
        case option
    }

    /// The parameter's name.
    public let name: String
    /// Its type.
    public let type: any LuaDecodable.Type
    /// What it means: shape, unit, range.
    public let summary: String
    /// The default as Lua text; nil where an argument is needed.
    public let defaultText: String?
    /// How the argument is passed.
    public let kind: Kind

    /// The type's name, in Lua's words.
    public var typeName: String { type.luaTypeName }
}

/// A parameter or an option in a function's declaration: what reads one typed value from the arguments.
public protocol LuaParameter<Value> {
    /// The type that the function's body sees.
    associatedtype Value

    /// Name, type, meaning and default, for checks and documentation.
    var parameterDescription: ParameterDescription { get }

    /// Reads the value; called for the parameters in their order.
    func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> Value
}

/// A parameter that is given by its position.
public struct Parameter<Value: LuaDecodable>: LuaParameter, @unchecked Sendable {
    /// Name, type, meaning and default.
    public let parameterDescription: ParameterDescription
    @usableFromInline let defaultValue: Value?

    /// A parameter that must be given, unless its type is optional.
    public init(_ name: String, _ type: Value.Type = Value.self, _ summary: String) {
        self.init(name, summary: summary, defaultValue: nil, defaultText: Value.acceptsNil ? "nil" : nil)
    }

    /// A parameter with a default, which nil also stands for.
    public init(_ name: String, _ type: Value.Type = Value.self, default value: Value, _ summary: String) {
        self.init(name, summary: summary, defaultValue: value, defaultText: luaLiteral(value))
    }

    private init(_ name: String, summary: String, defaultValue: Value?, defaultText: String?) {
        parameterDescription = ParameterDescription(
            name: name, type: Value.self, summary: summary, defaultText: defaultText, kind: .positional)
        self.defaultValue = defaultValue
    }

    /// The argument at the next position, or the default.
    @inlinable
    public func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> Value {
        let index = reader.nextPositional()
        if let defaultValue, reader.stack.isAbsent(at: index) { return defaultValue }
        do throws(LuaMismatch) {
            return try Value.decode(reader.stack, at: index)
        } catch {
            throw reader.positionalError(error, name: parameterDescription.name)
        }
    }
}

/// An option: a field of the table that comes last, after all positional arguments.
public struct Option<Value: LuaDecodable>: LuaParameter, @unchecked Sendable {
    /// Name, type, meaning and default.
    public let parameterDescription: ParameterDescription
    @usableFromInline let defaultValue: Value?

    /// An option with a default.
    public init(_ name: String, _ type: Value.Type = Value.self, default value: Value, _ summary: String) {
        parameterDescription = ParameterDescription(
            name: name, type: Value.self, summary: summary, defaultText: luaLiteral(value), kind: .option)
        defaultValue = value
    }

    /// An option that must be given, unless its type is optional.
    public init(_ name: String, _ type: Value.Type = Value.self, _ summary: String) {
        parameterDescription = ParameterDescription(
            name: name, type: Value.self, summary: summary,
            defaultText: Value.acceptsNil ? "nil" : nil, kind: .option)
        defaultValue = nil
    }

    /// The option's value, or the default.
    @inlinable
    public func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> Value {
        let index = reader.nextOption()
        if let defaultValue, reader.stack.isAbsent(at: index) { return defaultValue }
        do throws(LuaMismatch) {
            return try Value.decode(reader.stack, at: index)
        } catch {
            throw reader.optionError(error, name: parameterDescription.name)
        }
    }
}

/// All arguments from here to the options, as `f(2, 3)` or as one table, `f({2, 3})`; the last positional parameter.
public struct Variadic<Element: LuaDecodable>: LuaParameter, @unchecked Sendable {
    /// Name, type and meaning.
    public let parameterDescription: ParameterDescription

    /// Any number of arguments of one type.
    public init(_ name: String, _ type: Element.Type = Element.self, _ summary: String) {
        parameterDescription = ParameterDescription(
            name: name, type: Element.self, summary: summary, defaultText: nil, kind: .variadic)
    }

    /// The arguments that are left.
    public func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> [Element] {
        do throws(LuaMismatch) {
            if let list = try reader.onlyTable(of: [Element].self) { return list }
            var elements: [Element] = []
            while reader.hasPositional {
                elements.append(try Element.decode(reader.stack, at: reader.nextPositional()))
            }
            return elements
        } catch {
            throw reader.positionalError(error, name: parameterDescription.name)
        }
    }
}

extension LuaDecodable {
    /// The parameter `self` of a method.
    public static var this: Parameter<Self> { Parameter("self", Self.self, "") }
}

/// A default value as it would be written in Lua.
func luaLiteral(_ value: Any) -> String {
    switch value {
    case let text as String: return "\"\(text)\""
    case let value as any OptionalValue: return value.wrapped.map(luaLiteral) ?? "nil"
    case let list as [Any]: return "{" + list.map(luaLiteral).joined(separator: ", ") + "}"
    case let table as [String: Any]:
        return "{" + table.keys.sorted().map { "\($0) = \(luaLiteral(table[$0] as Any))" }.joined(separator: ", ") + "}"
    case let float as Float where float == float.rounded() && abs(float) < 1e6: return "\(Int(float))"
    case let float as Double where float == float.rounded() && abs(float) < 1e6: return "\(Int(float))"
    default: return "\(value)"
    }
}

/// An optional of any type.
private protocol OptionalValue {
    var wrapped: Any? { get }
}

extension Optional: OptionalValue {
    fileprivate var wrapped: Any? { self }
}
