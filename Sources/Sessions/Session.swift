import LuaBridge

/// A Lua state with modules, and what is kept between its entries: what the runner, the prompt, notebooks and Jupyter
/// run code in.
public final class Session {
    /// The state.
    public let state: LuaState
    /// The variables and the last result of the entries so far.
    public let workspace: Workspace

    /// Makes a session with modules; `ignoresEnvironment` leaves LUA_PATH and LUA_CPATH out of account.
    public init(modules: [LuaModule], ignoresEnvironment: Bool = false) throws(LuaError) {
        state = try LuaState(ignoresEnvironment: ignoresEnvironment)
        for module in modules { try state.register(module) }
        try state.registerHelp()
        workspace = try Workspace(state)
    }

    /// Runs a cell, which messages call `name`. Returns the forms of its result; nil where there is none, or a
    /// semicolon hides it.
    package func runCell(_ text: String, name: String) throws(LuaError) -> MIMEBundle? {
        switch workspace.readCell(text, name: name) {
        case .complete(let entry):
            return try state.interruptible { () throws(LuaError) in
                let results = try workspace.run(entry)
                return results.isEmpty || entry.hidesResults ? nil : try state.mimeBundle(of: results)
            }
        case .incomplete: throw LuaError(message: "\(name): the cell ends within a statement")
        case .wrong(let error): throw error
        }
    }
}

/// Cells of notebooks: entries whose result is the value of their last lines, where those are an expression.
extension Workspace {
    /// Reads a cell, which messages call `name`.
    package func readCell(_ text: String, name: String) -> Reading {
        let whole = read(text, name: name)
        var isChunk = false
        if case .complete(let entry) = whole {
            guard entry.expression == nil else { return whole }
            isChunk = true
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        do throws(LuaError) {
            for line in lines.dropFirst().reversed() {
                // A line without code adds nothing to those after it, which were tried already.
                let code = line.drop(while: \.isWhitespace)
                guard let character = code.first, !code.hasPrefix("--") || code.hasPrefix("--[") else { continue }
                let last = text[line.startIndex...]
                // Where all of the text is Lua already, lines that begin with a bracket or an operator continue the
                // statement before them and are no expression of their own.
                guard !isChunk || character.isLetter || character == "_", try isExpression(last) else { continue }
                let statements = String(text[..<line.startIndex])
                guard try isLua(statements) else { continue }
                return read(statements + "return " + last, name: name, source: text)
            }
            return whole
        } catch {
            return .wrong(error)
        }
    }

    /// Whether a text is an expression. Its first lines are tried before all of it, twice as much each time: a mistake
    /// before their end is one of the whole text, so that cells of many lines take no time.
    private func isExpression(_ text: Substring) throws(LuaError) -> Bool {
        let bytes = text.utf8
        var count = 0
        while true {
            count = max(2 * count, 64)
            let place = bytes.index(bytes.startIndex, offsetBy: count, limitedBy: bytes.endIndex) ?? bytes.endIndex
            let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
            switch try lua.compile("return " + text[..<end]) {
            case .success: if end == bytes.endIndex { return true }
            case .failure(let error): if end == bytes.endIndex || !error.isUnfinished { return false }
            }
        }
    }

    private func isLua(_ text: String) throws(LuaError) -> Bool {
        if case .success = try lua.compile(text) { true } else { false }
    }
}
