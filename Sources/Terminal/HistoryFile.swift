@preconcurrency import CReadline
import Foundation
import LuaBridge

/// The file that keeps what was typed, in the user's folder for state.
struct HistoryFile {
    /// The number of inputs kept.
    static let limit: Int32 = 2000

    private let path = UserFolder.state + "/history"

    /// Reads what was kept; a file that cannot be read or made is done without.
    func load() {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        try? FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        // With times, which are comments, an input of several lines stays one entry.
        history_comment_char = CChar(UInt8(ascii: "#"))
        history_write_timestamps = 1
        if read_history(path) == 0 {
            history_truncate_file(path, Self.limit)
        } else {
            close(open(path, O_CREAT | O_WRONLY, 0o600))
        }
        stifle_history(Self.limit)
    }

    /// Adds an input, unless it is the last one again, and writes it to the file at once.
    func add(_ input: String) {
        let bytes = input.luaBytes.map { CChar(bitPattern: $0) } + [0]
        let last = history_length > 0 ? history_get(history_base + history_length - 1) : nil
        if let line = last?.pointee.line, strcmp(line, bytes) == 0 { return }
        add_history(bytes)
        append_history(1, path)
    }
}
