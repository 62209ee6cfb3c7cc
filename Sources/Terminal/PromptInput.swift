import LuaBridge

/// What a text at the prompt is: Lua, or one of the forms that Lua has no use for.
enum PromptInput {
    /// `:name argument`.
    case command(Command, String)
    /// A command that does not exist.
    case unknownCommand(String)
    /// `?name` or `name?`; the name is empty for `?` or `help` alone.
    case help(String)
    /// `??words`.
    case search(String)
    /// Lua.
    case code(String)

    init(_ text: String) {
        let line = Self.trimmed(text)
        if line.hasPrefix("??") {
            self = .search(Self.trimmed(line.dropFirst(2)))
        } else if line.hasPrefix("?") {
            self = .help(Self.trimmed(line.dropFirst()))
        } else if line == "help" {
            self = .help("")
        } else if line.hasSuffix("?"), line.dropLast().wholeMatch(of: #/[\w.:]+/#) != nil {
            self = .help(String(line.dropLast()))
        } else if line.hasPrefix(":"), !line.hasPrefix("::") {
            let words = line.dropFirst().split(maxSplits: 1, whereSeparator: \.isWhitespace)
            let name = words.first.map(String.init) ?? ""
            let argument = words.count > 1 ? Self.trimmed(words[1]) : ""
            self = Command.named(name).map { .command($0, argument) } ?? .unknownCommand(name)
        } else {
            self = .code(text)
        }
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let rest = text.drop(while: \.isWhitespace)
        return String(rest.reversed().drop(while: \.isWhitespace).reversed())
    }
}
