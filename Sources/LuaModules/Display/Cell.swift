import LuaBridge

/// Cells of notebooks: entries of a session whose last lines, where they are an expression, are what they give.
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
        for first in lines.indices.dropFirst().reversed() {
            let last = lines[first...].joined(separator: "\n")
            guard let character = last.first(where: { !$0.isWhitespace }) else { continue }
            // In a text that is Lua as it is, what begins with a bracket or an operator goes on with the line before.
            guard !isChunk || character.isLetter || character == "_", isLua("return " + last) else { continue }
            let statements = lines[..<first].map { $0 + "\n" }.joined()
            guard isLua(statements) else { continue }
            return read(statements + "return " + last, name: name, source: text)
        }
        return whole
    }

    private func isLua(_ text: String) -> Bool { (try? lua.load(text)) != nil }
}

extension Session {
    /// Runs a cell, which messages call `name`; the forms of what it gives, nil where that is nothing or hidden by a
    /// semicolon.
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
