import LuaBridge

/// A cell of a notebook: Lua whose last line, where it is an expression, is what the cell gives.
package enum Cell {
    /// Lua that can run.
    case complete(LuaCallback, hidesResults: Bool)
    /// The beginning of a statement.
    case incomplete
    /// Not Lua.
    case wrong(LuaError)

    /// Reads a cell, which messages call `name`.
    package init(_ text: String, name: String, _ lua: LuaState) {
        func load(_ text: String) -> LuaCallback? { try? lua.load(text, name: "=" + name) }
        let hides = text.reversed().first { !$0.isWhitespace } == ";"
        if let function = Self.returningLast(text, load) {
            self = .complete(function, hidesResults: hides)
            return
        }
        do throws(LuaError) {
            self = .complete(try lua.load(text, name: "=" + name), hidesResults: hides)
        } catch {
            self = error.message.hasSuffix("<eof>") ? .incomplete : .wrong(error)
        }
    }

    /// The cell with `return` before the expression that its last lines are; nil where they are none.
    private static func returningLast(_ text: String, _ load: (String) -> LuaCallback?) -> LuaCallback? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let isWhole = load(text) != nil
        for first in lines.indices.reversed() {
            let rest = lines[first...].joined(separator: "\n")
            let start = rest.drop(while: \.isWhitespace)
            guard let character = start.first else { continue }
            // What begins with a bracket or an operator may go on with the line before.
            guard first == 0 || !isWhole || character.isLetter || character == "_" else { continue }
            guard load("return " + rest) != nil else { continue }
            let before = lines[..<first].map { $0 + "\n" }.joined()
            guard load(before) != nil else { continue }
            return load(before + "return " + rest)
        }
        return nil
    }
}
