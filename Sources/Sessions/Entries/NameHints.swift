import LuaBridge
import Support

extension Workspace {
    /// The help on an expression made of names: on its value where it has one, otherwise on the declaration of that
    /// name; its lines are at most `width` characters long. An empty name gives the list of modules.
    public func help(about name: String, width: Int? = nil) throws(LuaError) -> String {
        let help = Help(lua.documentation, width: width)
        guard !name.isEmpty else { return help.overview }
        let source = LuaTokens(name)
        if let path = ExpressionPath(source, endingAt: source.tokens.count - 1), path.start == 0 {
            let value = try lookup(path) { stack throws(LuaError) in
                try stack.value(LuaValue.self, at: -1)
            }
            switch value {
            case .none, .string: break
            case .table where help.text(about: name) != nil: break
            default: return try lua.help(on: value, width: width)
            }
        }
        if let text = help.text(about: name) { return text }
        throw help.unknown(name)
    }

    /// " (did you mean 'NAME'?)" for an error about a variable, field or method that is nil, where another is near;
    /// `line` is the text in which it happened. Otherwise nothing.
    func hint(for error: LuaError, in line: String) -> String {
        guard let match = error.message.firstMatch(of: #/\((global|field|method) '(\w+)'\)/#) else { return "" }
        let name = String(match.2)
        guard match.1 != "global" else { return hint(for: name, of: nil) }
        let source = LuaTokens(line)
        for index in source.tokens.indices.dropFirst(2) where source.isWord(index, name) {
            guard source.isWord(index - 1, ".") || source.isWord(index - 1, ":"),
                let owner = ExpressionPath(source, endingAt: index - 2)
            else { continue }
            let hint = hint(for: name, of: owner)
            if !hint.isEmpty { return hint }
        }
        return ""
    }

    /// The same for a text that is nothing but a name, whose value is nil.
    public func hint(forName text: String) -> String {
        let source = LuaTokens(text)
        return source.tokens.count == 1 && source.isName(0) ? hint(for: source.text(source.tokens[0]), of: nil) : ""
    }

    /// The hint; empty for names of one or two letters, to which almost any name is near.
    private func hint(for name: String, of owner: ExpressionPath?) -> String {
        guard name.utf8.count > 2 else { return "" }
        let names = try? lookup(owner) { stack throws(LuaError) in Array(stack.memberNames(of: -1)) }
        return nameHint(for: name, among: (names ?? []).filter { $0 != name && LuaTokens.isName($0) })
    }
}
