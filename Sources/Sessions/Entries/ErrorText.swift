import Foundation
import LuaBridge
import Support

/// An error as front ends show it: the message, the line of source where it happened, and a short traceback.
public struct ErrorText {
    /// The message, and a hint where the error is about a misspelt name.
    public let message: String
    /// What stands below it: the line of source, then the calls, without those of the host's own functions.
    public let details: [String]

    private static let maximumFrames = 8

    /// The text of an error in the code of a workspace; an error object that has a text form speaks for itself.
    public init(_ error: LuaError, in workspace: Workspace) {
        guard error.isInterrupt || !error.speaksForItself else {
            (message, details) = (error.message, [])
            return
        }
        let frames = Self.frames(of: error)
        // The message of an interrupt names no line; the innermost call does.
        let line = workspace.line(at: error.isInterrupt ? String((frames.first ?? "").dropFirst()) : error.message)
        message = error.message + (line.map { workspace.hint(for: error, in: $0) } ?? "")
        let code = (line ?? "").trimmingCharacters(in: .whitespaces).prefix(200)
        details = (code.isEmpty ? [] : ["    " + code]) + Self.traceback(frames, isInterrupt: error.isInterrupt)
    }

    /// All of it.
    public var text: String { ([message] + details).joined(separator: "\n") }

    /// The calls that led to the error, without the host's function that raised it.
    private static func frames(of error: LuaError) -> [String] {
        let calls = (error.traceback ?? "").split(separator: "\n").dropFirst().drop { $0.hasPrefix("\t[C]: in ") }
        // An expression is called as `return EXPRESSION`, which makes its outermost call a tail call.
        return calls.filter { $0 != "\t(...tail calls...)" }.map(String.init)
    }

    /// The traceback; none where only the entry's own line is left, unless the user stopped it and wants to know where.
    private static func traceback(_ frames: [String], isInterrupt: Bool) -> [String] {
        guard isInterrupt ? !frames.isEmpty : frames.count > 1 else { return [] }
        let half = maximumFrames / 2
        let shown = frames.count <= maximumFrames ? frames : frames.prefix(half) + ["\t..."] + frames.suffix(half)
        return ["stack traceback:"] + shown
    }
}

/// An error of a cell, as nbformat and the protocol of Jupyter have it.
package struct CellError {
    /// Of which kind it is: `LuaError`, `Interrupted`, or `Exit` where the code called `os.exit`.
    package var name: String
    /// What went wrong.
    package var message: String
    private let details: [String]

    /// An error in a workspace's code.
    package init(_ error: LuaError, in workspace: Workspace) {
        let text = ErrorText(error, in: workspace)
        if let status = error.exitStatus {
            name = "Exit"
            message = "os.exit(\(status)) ended the cell"
            details = []
        } else {
            name = error.isInterrupt ? "Interrupted" : "LuaError"
            message = text.message
            details = text.details
        }
    }

    /// `ename`, `evalue` and `traceback`: the message in red, the line of source, and the calls.
    package var members: [JSON.Member] {
        let lines = (["\u{1B}[31m\(message)\u{1B}[0m"] + details).map { JSON.string($0.withoutStrayBytes) }
        return [
            .init("ename", .string(name)), .init("evalue", .string(message.withoutStrayBytes)),
            .init("traceback", .array(lines)),
        ]
    }
}

/// The texts of a workspace's entries, by their names.
final class EntryTexts {
    var texts: [String: String] = [:]
}

extension Workspace {
    /// The line of source at the place that a text such as "entry 3:1: ..." begins with, in an entry or in a file; nil
    /// where the text begins with no place, or the file cannot be read.
    fileprivate func line(at place: String) -> String? {
        guard let match = place.firstMatch(of: #/^([^\n]+?):(\d+): /#), let number = Int(match.2) else { return nil }
        let name = String(match.1)
        let text = entries.texts[name] ?? (try? InputFile.bytes(of: name)).map { String(rawBytes: $0) } ?? ""
        let lines = text.split(separator: "\n", maxSplits: number, omittingEmptySubsequences: false)
        return lines.indices.contains(number - 1) ? String(lines[number - 1]) : nil
    }
}
