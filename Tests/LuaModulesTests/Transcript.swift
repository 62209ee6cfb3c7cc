import LuaBridge
import LuaModules
import Testing

/// A line of Lua and what it is to give: its value as text, or its error.
struct Transcript: Sendable, CustomTestStringConvertible {
    let code: String
    let expected: String

    init(_ code: String, _ expected: String) {
        self.code = code
        self.expected = expected
    }

    var testDescription: String { code }

    /// Runs the line in a new session, and compares; `code` is an expression, or statements that return.
    func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let result = try Transcript.run(code)
        #expect(result == expected, "\(code)", sourceLocation: sourceLocation)
    }

    /// The text of what a line gives in a new session, or of its error.
    static func run(_ code: String) throws -> String {
        let lua = try newSession()
        do {
            let expression = try? lua.load("return tostring(\(code))", name: "=test")
            let text = try expression ?? lua.load(code, name: "=test")
            let values = try lua.call(text)
            guard case .string(let result)? = values.first else { return "\(values)" }
            return result
        } catch let error as LuaError {
            return error.message
        }
    }

    /// A state with all modules.
    static func newSession() throws -> LuaState {
        let lua = try LuaState()
        for module in LuaModule.all { try lua.register(module) }
        return lua
    }
}
