@preconcurrency import Foundation

/// The process's standard output and standard error, led into pipes: whoever writes there, C code and child processes
/// too, is read here.
final class StandardStreams: Sendable {
    /// The end of each pipe that is read, without waiting.
    let output, error: Int32
    private let originals: (output: Int32, error: Int32)
    private static let capacity: Int32 = 1 << 20

    /// Redirects both. Nothing stays in the buffers of C's library, and the standard input is empty.
    init() throws(JupyterError) {
        fflush(nil)
        originals = (fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3))
        output = try Self.redirect(STDOUT_FILENO)
        error = try Self.redirect(STDERR_FILENO)
        setvbuf(stdout, nil, _IONBF, 0)
        let empty = open("/dev/null", O_RDONLY)
        dup2(empty, STDIN_FILENO)
        close(empty)
    }

    private static func redirect(_ descriptor: Int32) throws(JupyterError) -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0, dup2(ends[1], descriptor) >= 0 else {
            throw .streams(reason: String(cString: strerror(errno)))
        }
        close(ends[1])
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        // F_SETPIPE_SZ, of which the headers that Swift sees know nothing. A smaller pipe would do, too.
        _ = fcntl(ends[0], 1031, capacity)
        return ends[0]
    }

    /// Writes a line to where the standard error went before.
    func log(_ text: String) {
        let line = Array("lunette jupyter: \(text)\n".utf8)
        _ = write(originals.error, line, line.count)
    }

    /// Leads both to where they went before.
    func restore() {
        fflush(nil)
        dup2(originals.output, STDOUT_FILENO)
        dup2(originals.error, STDERR_FILENO)
    }
}

/// Text that comes in pieces, which may end within a character.
package struct TextPieces {
    private var rest: [UInt8] = []

    /// Nothing yet.
    package init() {}

    /// The text so far, up to its last complete character; bytes that are not UTF-8 become U+FFFD.
    package mutating func add(_ bytes: some Sequence<UInt8>) -> String {
        rest += bytes
        let incomplete = Self.incompleteSuffix(rest)
        defer { rest.removeFirst(rest.count - incomplete) }
        return String(decoding: rest.dropLast(incomplete), as: UTF8.self)
    }

    /// What is left, complete or not.
    package mutating func finish() -> String {
        defer { rest = [] }
        return String(decoding: rest, as: UTF8.self)
    }

    /// How many bytes at the end begin a character that needs more.
    private static func incompleteSuffix(_ bytes: [UInt8]) -> Int {
        for (index, byte) in bytes.suffix(3).reversed().enumerated() where byte & 0xC0 != 0x80 {
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return length > index + 1 ? index + 1 : 0
        }
        return 0
    }
}
