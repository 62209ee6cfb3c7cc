@preconcurrency import CReadline
import Foundation
import LuaBridge
import Sessions
import Support

/// Makes readline complete as we say: it asks twice, for where the word begins and for what can stand in its place.
final class LineCompletion {
    private let complete: (String) -> Completer.Completion
    private var earlier = ""
    private var found = Completer.Completion("", [])

    // Safe: readline has one terminal, and calls back on the thread that reads from it.
    nonisolated(unsafe) private static var current: LineCompletion?
    /// The character before the word, as a C string: readline looks back to it for the word's beginning.
    nonisolated(unsafe) private static let wordBreak = UnsafeMutablePointer<CChar>.allocate(capacity: 2)

    init(_ complete: @escaping (String) -> Completer.Completion) {
        self.complete = complete
        rl_variable_bind("show-all-if-ambiguous", "on")
        // Readline would close quotes, so none are named to it.
        rl_basic_quote_characters = UnsafePointer(strdup(""))
        rl_completion_word_break_hook = { LineCompletion.current?.findWord() }
        rl_attempted_completion_function = { _, _, _ in
            rl_attempted_completion_over = 1
            rl_completion_append_character = 0
            return LineCompletion.current?.matches()
        }
    }

    /// Prepares for a line; `earlier` are the lines of the input before it.
    func begin(after earlier: String) {
        self.earlier = earlier.isEmpty ? "" : earlier + "\n"
        Self.current = self
    }

    private func findWord() -> UnsafeMutablePointer<CChar>? {
        let line = UnsafeRawBufferPointer(start: rl_line_buffer, count: Int(max(rl_point, 0)))
        let text = String(rawBytes: line)
        // At the beginning of a line there is nothing to complete: a tab indents.
        let isBlank = text.split(separator: "\n", omittingEmptySubsequences: false).last?.allSatisfy(\.isWhitespace)
        found = isBlank == false ? complete(earlier + text) : Completer.Completion("", ["    "])
        let start = line.count - found.word.rawBytes.count
        Self.wordBreak[0] = CChar(bitPattern: start > 0 ? line[start - 1] : UInt8(ascii: "\n"))
        Self.wordBreak[1] = 0
        return Self.wordBreak
    }

    /// The candidates as readline wants them, to be freed by it: first what they have in common, then all of them.
    private func matches() -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        guard let first = found.candidates.first, let last = found.candidates.last else { return nil }
        let common = first == last ? first : String(zip(first, last).prefix { $0 == $1 }.map(\.0))
        let texts = [common] + (first == last ? [] : found.candidates)
        let size = (texts.count + 1) * MemoryLayout<UnsafeMutablePointer<CChar>?>.stride
        guard let memory = malloc(size) else { return nil }
        let list = memory.bindMemory(to: UnsafeMutablePointer<CChar>?.self, capacity: texts.count + 1)
        for (index, text) in texts.enumerated() { list[index] = text.withSystemPath { strdup($0) } }
        list[texts.count] = nil
        return list
    }
}

/// Completes Lua, and the commands and questions that the prompt takes beside it.
struct PromptCompleter {
    private let completer: Completer

    init(_ workspace: Workspace) { completer = Completer(workspace) }

    /// The completions of an input that ends at the cursor.
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
