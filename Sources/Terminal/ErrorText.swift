import Foundation
import LuaBridge

/// An error as the prompt shows it: the message, the line of source that it names, and a short traceback.
struct ErrorText {
    private static let maximumFrames = 8

    /// The text of the line that the message names; nil where it names none, or that cannot be read.
    let line: String?
    private let error: LuaError

    /// The text of an error; `source` gives the text of an entry by its name.
    init(_ error: LuaError, source: (String) -> String?) {
        self.error = error
        guard let match = error.message.firstMatch(of: #/^([^\n]+?):(\d+): /#), let number = Int(match.2) else {
            line = nil
            return
        }
        let name = String(match.1)
        let text = source(name) ?? (try? String(contentsOfFile: name, encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n", maxSplits: number, omittingEmptySubsequences: false)
        line = lines.indices.contains(number - 1) ? String(lines[number - 1]) : nil
    }

    /// The text, with a hint behind the message.
    func text(hint: String) -> String {
        guard error.isInterrupt || !error.speaksForItself else { return error.message }
        let code = (line ?? "").trimmingCharacters(in: .whitespaces).prefix(200)
        return ([error.message + hint] + (code.isEmpty ? [] : ["    " + code]) + traceback).joined(separator: "\n")
    }

    /// The calls that led to the error, without that of the function of the host's that raised it; none where only the
    /// entry's own line is left, unless the user stopped it and wants to know where.
    private var traceback: [String] {
        let calls = (error.traceback ?? "").split(separator: "\n").dropFirst().drop { $0.hasPrefix("\t[C]: in ") }
        // An expression is called as `return EXPRESSION`, which makes its outermost call a tail call.
        let frames = calls.filter { $0 != "\t(...tail calls...)" }.map(String.init)
        guard error.isInterrupt ? !frames.isEmpty : frames.count > 1 else { return [] }
        let half = Self.maximumFrames / 2
        let shown = frames.count <= Self.maximumFrames ? frames : frames.prefix(half) + ["\t..."] + frames.suffix(half)
        return ["stack traceback:"] + shown
    }
}
