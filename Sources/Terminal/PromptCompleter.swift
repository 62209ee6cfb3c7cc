import LuaBridge
import Sessions

/// Completes Lua, and the commands and questions that the prompt takes beside it.
struct PromptCompleter {
    private let completer: Completer

    init(_ workspace: Workspace) { completer = Completer(workspace) }

    /// What an input, up to the cursor, can go on with.
    func complete(_ text: String) -> Completer.Completion {
        if text.hasPrefix("?") { return completer.topic(String(text.drop { $0 == "?" })) }
        guard text.hasPrefix(":"), !text.hasPrefix("::") else { return completer.complete(text) }
        let words = text.dropFirst().split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        let name = words.first.map(String.init) ?? ""
        guard words.count > 1 else {
            return Completer.Completion(name, Command.all.map(\.name).filter { $0.hasPrefix(name) })
        }
        let argument = String(words[1])
        return Command.named(name)?.takesCode == true ? completer.complete(argument) : completer.path(argument)
    }
}
