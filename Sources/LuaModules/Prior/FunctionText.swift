import LuaBridge
import Sessions
import Support

/// Finds the source text of a script's function again.
enum FunctionText {
    /// "function(self, w) ... end": a text that, compiled, is the same function, with the variables of enclosing
    /// functions as variables of the same names.
    ///
    /// Throws an error that begins with `title` where the text is not there: the function is one of Swift or C, or
    /// its file was changed since.
    static func of(_ function: LuaCallback, title: String) throws -> String {
        guard let definition = try function.definition, let code = try function.code else {
            throw LuaError(message: "\(title) is no function of a script, so that its text cannot be saved")
        }
        guard
            let (texts, lua) = try function.withStack({ stack in
                LuaState.of(stack).map { (Self.texts(of: definition.source, in: $0), $0) }
            })
        else { throw LuaError(message: "the Lua state is closed") }
        for text in texts {
            for candidate in candidates(in: text, lines: definition.lines) {
                if case .success(let made) = try lua.compile(declaring(code.upvalues, candidate), name: "=saved"),
                    let other = try made(returning: LuaCallback.self).code, code.means(other)
                {
                    return candidate
                }
            }
        }
        throw LuaError(
            message: "\(title) (\(definition.place)): its text is not there any more, so that it cannot be saved "
                + "(define it again, or load its file again)")
    }

    /// A chunk that returns the function of a text, `names` being local variables outside of it.
    private static func declaring(_ names: [String], _ text: String) -> String {
        let variables = names.filter { $0 != "_ENV" }
        return (variables.isEmpty ? "" : "local \(variables.joined(separator: ", ")) ") + "return " + text
    }

    /// The texts that a chunk of the name `source` may have had.
    private static func texts(of source: String, in lua: LuaState) -> [String] {
        switch source.first {
        case "@": (try? InputFile.bytes(of: String(source.dropFirst()))).map { [String(rawBytes: $0)] } ?? []
        case "=": lua.texts(of: source)
        default: [source]
        }
    }

    /// The functions that begin and end in given lines, each as an anonymous function.
    private static func candidates(in text: String, lines: ClosedRange<Int>) -> [String] {
        let source = LuaTokens(text)
        var line = 1
        var position = 0
        let lineOf = source.tokens.map { token in
            line += source.source[position..<token.range.lowerBound].count { $0 == 10 }
            position = token.range.lowerBound
            return line
        }
        return source.tokens.indices.compactMap { start in
            guard source.isWord(start, "function"), lineOf[start] == lines.lowerBound,
                let end = source.endOfBlock(from: start), lineOf[end] == lines.upperBound,
                let open = (start..<end).first(where: { source.isWord($0, "(") })
            else { return nil }
            let hasSelf = (start..<open).contains { source.isWord($0, ":") }
            let parameters = source.tokens[open].range.upperBound..<source.tokens[end].range.upperBound
            let rest = String(decoding: source.source[parameters], as: UTF8.self)
            guard hasSelf else { return "function(" + rest }
            return "function(self" + (source.isWord(open + 1, ")") ? "" : ", ") + rest
        }
    }
}

extension LuaTokens {
    /// The token that ends the block which the keyword at `start` opens.
    fileprivate func endOfBlock(from start: Int) -> Int? {
        var depth = 0
        for index in start..<tokens.count where tokens[index].kind == .keyword {
            switch text(tokens[index]) {
            // `while` and `for` have a `do`.
            case "function", "do", "if", "repeat": depth += 1
            case "end", "until":
                depth -= 1
                if depth == 0 { return index }
            default: break
            }
        }
        return nil
    }
}
