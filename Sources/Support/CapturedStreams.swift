@preconcurrency import Foundation

/// The process's standard output and standard error, redirected into pipes: what is written there, also by C code and
/// child processes, can be read here. Only one object at a time may redirect them.
public final class CapturedStreams: Sendable {
    /// The ends of the pipes to read from; reading never waits.
    public let output, error: Int32
    private let originals: (output: Int32, error: Int32)
    private static let capacity: Int32 = 1 << 20

    /// Redirects both streams, after flushing what was printed so far to where it went before.
    public init() throws(FileError) {
        StandardStream.flush()
        originals = (fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3))
        var ends: [Int32] = []
        do throws(FileError) {
            for stream in [STDOUT_FILENO, STDERR_FILENO] { ends.append(try Self.redirect(stream)) }
        } catch {
            Self.restore(originals)
            for end in ends { close(end) }
            throw error
        }
        (output, error) = (ends[0], ends[1])
    }

    /// Closes the pipes; both streams must have been restored.
    deinit {
        for descriptor in [output, error, originals.output, originals.error] { close(descriptor) }
    }

    private static func redirect(_ descriptor: Int32) throws(FileError) -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .system("standard output") }
        defer { close(ends[1]) }
        guard dup2(ends[1], descriptor) >= 0 else {
            let error = FileError.system("standard output")
            close(ends[0])
            throw error
        }
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        // 1031 is F_SETPIPE_SZ, which Swift does not import. A pipe that stays smaller works, too.
        _ = fcntl(ends[0], 1031, capacity)
        return ends[0]
    }

    /// Writes a text to where the standard error went before.
    public func writeToOriginalError(_ text: String) {
        _ = StandardStream.writeAll(text.rawBytes, to: originals.error)
    }

    /// Redirects both streams back; calling it again does nothing. What is left in the pipes can still be read.
    public func restore() {
        StandardStream.flush()
        Self.restore(originals)
    }

    private static func restore(_ originals: (output: Int32, error: Int32)) {
        for (original, descriptor) in [(originals.output, STDOUT_FILENO), (originals.error, STDERR_FILENO)] {
            dup2(original, descriptor)
        }
    }
}

/// The size of the terminal behind a file descriptor.
public struct TerminalSize: Equatable, Sendable {
    /// The characters in a line; 80 where the terminal does not say.
    public let columns: Int
    /// The lines; 24 where the terminal does not say.
    public let rows: Int

    /// Asks for the size; nil where `descriptor` is no terminal.
    public init?(of descriptor: Int32) {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
        columns = isKnown && size.ws_col > 0 ? Int(size.ws_col) : 80
        rows = isKnown && size.ws_row > 0 ? Int(size.ws_row) : 24
    }
}
