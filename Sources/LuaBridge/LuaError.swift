/// An error of a script: a value that Lua code raised, or a failure of the interpreter itself.
public struct LuaError: Error, CustomStringConvertible {
    /// The error as text, with the position of the script's line where Lua gave one.
    public let message: String
    /// The calls that led to it, where it reached the top level.
    public private(set) var traceback: String?
    /// What was raised; often the message itself.
    public let value: LuaValue
    /// Whether it is the user who stopped the script.
    public private(set) var isInterrupt = false
    /// The status given to `os.exit`, where that stopped the script.
    public private(set) var exitStatus: Int32?
    /// Whether Lua raised it: then it goes back to Lua as it is, otherwise with the position of the script's line
    /// before it.
    private(set) var isFromLua = false

    /// An error with a message; the value is the message unless it is given.
    public init(message: String, value: LuaValue? = nil) {
        self.message = message
        self.value = value ?? .string(message)
    }

    /// An error that Lua raised.
    init(raised value: LuaValue, message: String, traceback: String? = nil) {
        self.message = message
        self.traceback = traceback
        self.value = value
        isFromLua = true
    }

    /// What ended a script that the user, or `os.exit`, has stopped.
    init(stopped error: LuaError, exitStatus: Int32?) {
        message = exitStatus.map { "os.exit(\($0))" } ?? "interrupted"
        traceback = error.traceback
        value = error.value
        isInterrupt = exitStatus == nil
        self.exitStatus = exitStatus
        isFromLua = true
    }

    /// Runs `body`; an error that is not a `LuaError` becomes one of the same text.
    package static func wrapping<Result>(_ body: () throws -> Result) throws(LuaError) -> Result {
        do {
            return try body()
        } catch {
            throw raised(by: error) ?? LuaError(message: String(describing: error))
        }
    }

    /// The error of a script that `error` is or carries.
    static func raised(by error: any Error) -> LuaError? {
        (error as? LuaError) ?? (error as? any LuaErrorCarrier)?.luaError
    }

    /// The same error with `text` after its message; one whose value is no text stays as it is.
    package func adding(_ text: String) -> LuaError {
        guard case .string(let message) = value, !isInterrupt else { return self }
        var result = LuaError(raised: .string(message + text), message: self.message + text, traceback: traceback)
        result.isFromLua = isFromLua
        return result
    }

    /// The same error without `text` at the end of its message; nil where it does not end so, or its value is no text.
    package func removing(_ text: String) -> LuaError? {
        guard case .string(let message) = value, message.hasSuffix(text), self.message.hasSuffix(text) else {
            return nil
        }
        var result = LuaError(
            raised: .string(String(message.dropLast(text.count))), message: String(self.message.dropLast(text.count)),
            traceback: traceback)
        result.isFromLua = isFromLua
        return result
    }

    /// The message.
    public var description: String { message }

    /// Whether the error object has a text form of its own.
    public var speaksForItself: Bool {
        switch value {
        case .table, .other: !message.hasPrefix("(error object is a ")
        default: false
        }
    }
}

/// An error of Swift code that may carry one which a script's function raised; that one then goes on to Lua as it is.
public protocol LuaErrorCarrier: Error {
    /// The script's error; nil where the error is another one.
    var luaError: LuaError? { get }
}

/// A value of another type, or another value, than expected.
public struct LuaMismatch: Error, CustomStringConvertible, Equatable {
    /// What was expected and what was found, as in "integer expected, got string".
    public let description: String

    /// A mismatch described in full.
    public init(_ description: String) { self.description = description }

    /// The value at `index` is not of the type `expected`.
    public init(expected: String, _ stack: LuaStack, at index: Int32) {
        let found = stack.type(at: index) < 0 ? "no value" : stack.typeName(at: index)
        description = "\(expected) expected, got \(found)"
    }
}

/// An argument that a function cannot take; the bridge adds the function's name.
public struct LuaArgumentError: Error, CustomStringConvertible, Equatable {
    /// Which argument it is, from 1; nil for an option, or where only the name is known.
    public let position: Int?
    /// The parameter's or option's name.
    public let name: String?
    /// What is wrong with it.
    public let reason: String

    init(position: Int?, name: String?, reason: String) {
        self.position = position
        self.name = name
        self.reason = reason
    }

    /// The argument for the parameter or option `name` is wrong, for a reason such as "must be positive, got -1".
    public init(_ name: String, _ reason: String) {
        self.init(position: nil, name: name, reason: reason)
    }

    /// "bad argument 'NAME' (REASON)".
    public var description: String {
        let ordinal = position.map { " #\($0)" } ?? ""
        let quoted = name.map { " '\($0)'" } ?? ""
        return "bad argument\(ordinal)\(quoted) (\(reason))"
    }
}
