@preconcurrency import CReadline
import Foundation
import LuaBridge
import Support

/// The file that keeps what was typed, in the user's folder for state.
struct HistoryFile {
    /// The number of inputs kept.
    static let limit: Int32 = 2000

    private let path = UserFolder.state + "/history"

    /// Reads what was kept; where no file may be read or made, it is done without.
    func load() {
        keep { try FileSystem.makeFolder(UserFolder.state, mode: 0o700) }
        // Readline keeps an input of several lines as one entry only if entries have times, which it writes as
        // comments.
        history_comment_char = CChar(UInt8(ascii: "#"))
        history_write_timestamps = 1
        path.withSystemPath { _ = read_history($0) }
        let isLong = history_length > Self.limit
        stifle_history(Self.limit)
        // If the file cannot be shortened now, the next session tries again.
        if isLong {
            let entries = entries(from: history_base)
            keep { try WholeFile.replace(path, with: Data(entries.rawBytes)) }
        }
    }

    /// Writes to the file; says once where that fails. Where the user may have no such file, none is kept.
    private func keep(_ write: () throws -> Void) {
        do { try write() } catch {
            let text = "\(error)"
            let forbidden = [EACCES, EPERM, EROFS, ENOENT, ENOTDIR].map { String(cString: strerror($0)) }
            guard !forbidden.contains(where: text.contains) else { return }
            StandardStream.warnOnce("\(text); what is typed is not kept")
        }
    }

    /// Adds an input, unless it is the last one again, and writes it to the file at once.
    func add(_ input: String) {
        let bytes = input.rawBytes.map { CChar(bitPattern: $0) } + [0]
        let last = history_length > 0 ? history_get(history_base + history_length - 1) : nil
        if let line = last?.pointee.line, strcmp(line, bytes) == 0 { return }
        add_history(bytes)
        let entry = entries(from: history_base + history_length - 1)
        keep { try FileSystem.append(entry, to: path, mode: 0o600) }
    }

    /// The entries from a position on in the form of the file: a comment with the time before each.
    private func entries(from first: Int32) -> String {
        var lines: [String] = []
        for position in first..<history_base + history_length {
            guard let entry = history_get(position)?.pointee else { continue }
            if let time = entry.timestamp { lines.append(String(rawBytes: time)) }
            lines.append(String(rawBytes: entry.line))
        }
        return lines.map { $0 + "\n" }.joined()
    }
}

/// Lunette's folders for this user, by the XDG Base Directory Specification.
enum UserFolder {
    /// What is kept from one session to the next: XDG_STATE_HOME, or ~/.local/state.
    static var state: String { path("XDG_STATE_HOME", ".local/state") }
    /// What the user has set: XDG_CONFIG_HOME, or ~/.config.
    static var configuration: String { path("XDG_CONFIG_HOME", ".config") }

    /// A relative path in the variable counts as none, as the specification wants it.
    private static func path(_ variable: String, _ standard: String) -> String {
        let given = FileSystem.environment(variable).flatMap { $0.utf8.first == UInt8(ascii: "/") ? $0 : nil }
        return (given ?? (FileSystem.environment("HOME") ?? NSHomeDirectory()) + "/" + standard) + "/lunette"
    }
}
