import Support

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

    /// The range of the number, or of the numbers in a list; nil where any value of the type is taken.
    public internal(set) var range: NumberRange?
    /// The options that cannot be given together with it.
    public internal(set) var excluded: [String] = []
    /// The option that has to be given together with it.
    public internal(set) var needed: String?
    /// Whether it is an option that can be given by its position too, after the parameters and the options before it.
    public internal(set) var isPositionalToo = false

    /// A parameter; without a default of its own, the default is nil where the type accepts that.
    @usableFromInline
    init(
        _ name: String, _ type: any LuaDecodable.Type, _ summary: String, _ kind: Kind, in range: NumberRange? = nil,
        default value: Any? = nil
    ) {
        self.name = name
        self.type = type
        self.summary = summary
        self.kind = kind
        self.range = range
        defaultText = value.map(luaLiteral) ?? (type.acceptsNil && kind != .variadic ? "nil" : nil)
    }

    /// The type's name, in Lua's words.
    public var typeName: String { type.luaTypeName }

    /// What it means, the range of numbers, and which options go with it or not.
    public var fullSummary: String {
        let others =
            excluded.map { "not together with \($0)" } + (needed.map { ["only with \($0)"] } ?? [])
            + (isPositionalToo ? ["by its position, too"] : [])
        return ([summary, range?.text ?? ""] + others).filter { !$0.isEmpty }.joined(separator: "; ")
    }
}

/// A parameter or an option in a function's declaration, or several: what reads one typed value from the arguments.
public protocol LuaParameter<Value> {
    /// The type that the function's body sees.
    associatedtype Value

    /// Name, type, meaning and default, for checks and documentation; of several parameters, those of each.
    var parameterDescriptions: [ParameterDescription] { get }

    /// Reads the value; called for the parameters in their order.
    func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> Value
}

/// A parameter that is given by its position.
public typealias Parameter<Value: LuaDecodable> = Argument<Value, Positional>

/// An option: a field of the table that comes last, after all positional arguments.
public typealias Option<Value: LuaDecodable> = Argument<Value, Named>

/// How the argument of a parameter is found.
public protocol ArgumentForm {
    /// The kind that a description names.
    static var kind: ParameterDescription.Kind { get }
    /// Its index on the stack.
    static func next(_ reader: inout ArgumentReader) -> Int32
}

/// By its position.
public enum Positional: ArgumentForm {
    /// By its position.
    @inlinable public static var kind: ParameterDescription.Kind { .positional }
    /// The next position.
    @inlinable public static func next(_ reader: inout ArgumentReader) -> Int32 { reader.nextPositional() }
}

/// By its name, in the table of options.
public enum Named: ArgumentForm {
    /// By its name.
    @inlinable public static var kind: ParameterDescription.Kind { .option }
    /// The option in the order of declaration.
    @inlinable public static func next(_ reader: inout ArgumentReader) -> Int32 { reader.nextOption() }
}

/// A typed parameter, given by its position or by its name.
public final class Argument<Value: LuaDecodable, Form: ArgumentForm>: LuaParameter, @unchecked Sendable {
    /// Name, type, meaning and default.
    public let parameterDescription: ParameterDescription
    // A closure, made where `Value` is known, so that it is compiled for that type.
    @usableFromInline let decoding: (LuaStack, Int32) throws(LuaMismatch) -> Value

    @usableFromInline
    init(
        _ description: ParameterDescription, decoding: @escaping (LuaStack, Int32) throws(LuaMismatch) -> Value
    ) {
        (parameterDescription, self.decoding) = (description, decoding)
    }

    /// A parameter that must be given, unless its type is optional.
    @inlinable
    public convenience init(_ name: String, _ type: Value.Type = Value.self, _ summary: String) {
        self.init(ParameterDescription(name, Value.self, summary, Form.kind)) { stack, index throws(LuaMismatch) in
            try Value.decode(stack, at: index)
        }
    }

    /// A parameter with a default, which nil also stands for.
    @inlinable
    public convenience init(_ name: String, _ type: Value.Type = Value.self, default value: Value, _ summary: String) {
        self.init(ParameterDescription(name, Value.self, summary, Form.kind, default: value)) {
            stack, index throws(LuaMismatch) in
            stack.isAbsent(at: index) ? value : try Value.decode(stack, at: index)
        }
    }

    /// The one description of this parameter.
    public var parameterDescriptions: [ParameterDescription] { [parameterDescription] }

    /// The argument, or the default.
    @inlinable
    public func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> Value {
        let index = Form.next(&reader)
        do throws(LuaMismatch) {
            return try decoding(reader.stack, index)
        } catch {
            throw reader.error(error, in: parameterDescription)
        }
    }
}

extension Argument where Value: LuaNumeric {
    /// A number, or numbers, in a range; it must be given, unless its type is optional.
    @inlinable
    public convenience init(
        _ name: String, _ type: Value.Type = Value.self, in range: NumberRange, _ summary: String
    ) {
        self.init(ParameterDescription(name, Value.self, summary, Form.kind, in: range)) {
            stack, index throws(LuaMismatch) in
            try Value.decode(stack, at: index, in: range)
        }
    }

    /// A number, or numbers, in a range, with a default, which nil also stands for.
    @inlinable
    public convenience init(
        _ name: String, _ type: Value.Type = Value.self, in range: NumberRange, default value: Value, _ summary: String
    ) {
        self.init(ParameterDescription(name, Value.self, summary, Form.kind, in: range, default: value)) {
            stack, index throws(LuaMismatch) in
            stack.isAbsent(at: index) ? value : try Value.decode(stack, at: index, in: range)
        }
    }
}

extension Argument where Form == Named {
    /// The same option, which cannot be given together with the options `names`.
    public func excluding(_ names: String...) -> Option<Value> {
        var description = parameterDescription
        description.excluded = names
        return Option(description, decoding: decoding)
    }

    /// The same option, which can be given by its position too; those that can are declared before all others.
    public func positionalToo() -> Option<Value> {
        var description = parameterDescription
        description.isPositionalToo = true
        return Option(description, decoding: decoding)
    }

    /// The same option, which can only be given together with the option `name`.
    public func needing(_ name: String) -> Option<Value> {
        var description = parameterDescription
        description.needed = name
        return Option(description, decoding: decoding)
    }
}

/// All arguments from here to the options, as `f(2, 3)` or as one table, `f({2, 3})`; the last positional parameter.
public struct Variadic<Element: LuaDecodable>: LuaParameter, @unchecked Sendable {
    /// Name, type and meaning.
    public let parameterDescription: ParameterDescription

    /// Any number of arguments of one type.
    public init(_ name: String, _ type: Element.Type = Element.self, _ summary: String) {
        parameterDescription = ParameterDescription(name, Element.self, summary, .variadic)
    }

    /// The one description of this parameter.
    public var parameterDescriptions: [ParameterDescription] { [parameterDescription] }

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
            throw reader.error(error, in: parameterDescription)
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
