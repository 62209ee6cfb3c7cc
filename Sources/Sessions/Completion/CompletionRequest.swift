/// What the end of a text asks to be completed.
package enum CompletionRequest: Equatable {
    /// A variable or a keyword.
    case name(String)
    /// A field of an expression, or a method alone.
    case member(ExpressionPath, isMethod: Bool, String)
    /// The name of an option of a function, beside those that are given already.
    case option(of: ExpressionPath, given: Set<String>, String)
    /// The name of a file, within a string.
    case path(String)
    /// What `help` can tell of, within a string.
    case topic(String)
    /// Nothing: a comment, a number, or an expression that ends here.
    case nothing

    /// Finds out what the end of a text asks for.
    package init(_ text: String) {
        let source = LuaTokens(text)
        switch source.end {
        case .comment, .longString: self = .nothing
        case .string(let start):
            let content = String(decoding: source.source[start...], as: UTF8.self)
            let last = source.tokens.count - 1
            let isHelp = source.isWord(last, "help") || source.isWord(last, "(") && source.isWord(last - 1, "help")
            self = isHelp ? .topic(content) : .path(content)
        case .code: self.init(endOf: source)
        }
    }

    private init(endOf source: LuaTokens) {
        var end = source.tokens.count
        var prefix = ""
        if let last = source.tokens.last, last.range.upperBound == source.source.count {
            switch last.kind {
            case .name, .keyword:
                prefix = source.text(last)
                end -= 1
            case .number, .string:
                self = .nothing
                return
            case .symbol:
                // After an expression only an operator can follow, which is not completed.
                guard ExpressionPath(source, endingAt: end - 1) == nil else {
                    self = .nothing
                    return
                }
            }
        }
        let isMethod = source.isWord(end - 1, ":")
        if isMethod || source.isWord(end - 1, ".") {
            self = ExpressionPath(source, endingAt: end - 2).map { .member($0, isMethod: isMethod, prefix) } ?? .nothing
        } else if let options = Self.options(source, before: end, prefix) {
            self = options
        } else {
            self = .name(prefix)
        }
    }

    /// The options that can be named before token `end`, if that is the place of a key in the table of a call.
    private static func options(_ source: LuaTokens, before end: Int, _ prefix: String) -> CompletionRequest? {
        guard ["{", ",", ";"].contains(where: { source.isWord(end - 1, $0) }),
            let table = openBracket(source, before: end), source.isWord(table, "{")
        else { return nil }
        var function = table - 1
        if source.isWord(function, "(") || source.isWord(function, ",") {
            guard let call = openBracket(source, before: table), source.isWord(call, "(") else { return nil }
            function = call - 1
        }
        guard let path = ExpressionPath(source, endingAt: function), source.tokens[function].kind == .name else {
            return nil
        }
        // The declaration of a function is no call of it.
        guard !source.isWord(path.start - 1, "function") else { return nil }
        let given = (table + 1..<end).filter { source.isName($0) && source.isWord($0 + 1, "=") }
        return .option(of: path, given: Set(given.map { source.text(source.tokens[$0]) }), prefix)
    }

    /// The last bracket before token `end` that is open there.
    private static func openBracket(_ source: LuaTokens, before end: Int) -> Int? {
        var depth = 0
        for index in (0..<end).reversed() where source.tokens[index].kind == .symbol {
            switch source.text(source.tokens[index]) {
            case ")", "]", "}": depth += 1
            case "(", "[", "{":
                if depth == 0 { return index }
                depth -= 1
            default: break
            }
        }
        return nil
    }
}
