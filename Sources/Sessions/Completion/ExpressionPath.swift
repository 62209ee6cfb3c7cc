/// A chain of names, such as `net.down1` or `optimizer:step`, which may begin with a string or a result instead of a
/// variable.
package struct ExpressionPath: Equatable {
    /// What comes first.
    package enum Base: Equatable {
        /// A variable.
        case name(String)
        /// A string.
        case string
        /// The result of a call or of an index, which only running it could tell.
        case result
    }

    /// What comes first.
    package let base: Base
    /// The names of the fields or methods that follow.
    package private(set) var members: [String] = []
    /// The place of the first token.
    let start: Int

    /// The expression that ends with token `last`; nil where that token ends none.
    init?(_ source: LuaTokens, endingAt last: Int) {
        guard source.tokens.indices.contains(last) else { return nil }
        switch source.tokens[last].kind {
        case .name where source.isWord(last - 1, ".") || source.isWord(last - 1, ":"):
            guard var path = ExpressionPath(source, endingAt: last - 2) else { return nil }
            path.members.append(source.text(source.tokens[last]))
            self = path
        case .name: self.init(base: .name(source.text(source.tokens[last])), start: last)
        case .string: self.init(base: Self.isCalled(source, by: last) ? .result : .string, start: last)
        case .symbol where source.isWord(last, ")") && source.isWord(last - 2, "("):
            // A string, which needs parentheses before its methods; anything else in parentheses would have to run.
            let isString = source.tokens[last - 1].kind == .string && !Self.isCalled(source, by: last - 2)
            self.init(base: isString ? .string : .result, start: last - 2)
        case .symbol where [")", "]", "}"].contains(source.text(source.tokens[last])):
            self.init(base: .result, start: last)
        default: return nil
        }
    }

    private init(base: Base, start: Int) {
        self.base = base
        self.start = start
    }

    /// Whether token `index` is the beginning of the arguments of a call.
    private static func isCalled(_ source: LuaTokens, by index: Int) -> Bool {
        guard index > 0 else { return false }
        let before = source.tokens[index - 1]
        return before.kind == .name || before.kind == .string || [")", "]", "}"].contains(source.text(before))
    }
}
