@preconcurrency import Foundation
import Synchronization

/// The process's standard output and standard error, which may be full, closed, or a pipe that nobody reads: writing
/// there never ends the process.
public enum StandardStream {
    /// Makes the process survive broken streams and files at their size limit, and end with code 1 where the standard
    /// output did not take all text; called once, as the process starts.
    public static func prepare() {
        ignoreSignals()
        for descriptor in 0..<Int32(3) where fcntl(descriptor, F_GETFD) < 0 {
            // Otherwise the next file to be opened would get this descriptor, and the stream's text would go into that
            // file.
            _ = open("/dev/null", O_RDONLY)
        }
        atexit {
            guard fflush(stdout) != 0 else { return }
            let message = "lunette: \(FileError.system("standard output"))"
            if !StandardStream.isLostReader(message) { StandardStream.writeError(message + "\n") }
            _exit(1)
        }
    }

    /// Turns the signals for broken pipes and for files beyond their limit into errors of the calls that write.
    ///
    /// They are caught, not ignored, as commands that a script starts would inherit ignored signals.
    static func ignoreSignals() {
        signal(SIGPIPE) { _ in }
        signal(SIGXFSZ) { _ in }
    }

    /// Ends the standard input: what was read of it is forgotten, and what is left is not read.
    public static func closeInput() { freopen("/dev/null", "r", stdin) }

    /// Flushes what C's standard streams still hold, so that it comes before what is written in another way.
    ///
    /// Other streams of C are not flushed: one of them may be a pipe without a reader, and flushing would wait for it.
    public static func flush() {
        fflush(stdout)
        fflush(stderr)
    }

    /// Writes a text to the standard output, after all that was printed; bytes that it carries become bytes again.
    public static func writeOutput(_ text: String) throws(FileError) {
        let bytes = text.rawBytes
        guard fwrite(bytes, 1, bytes.count, stdout) == bytes.count, fflush(stdout) == 0 else {
            let error = FileError.system("standard output")
            clearerr(stdout)
            throw error
        }
    }

    /// Whether the standard output is a pipe that nobody reads any longer.
    public static var isOutputLost: Bool {
        var place = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        return poll(&place, 1, 0) > 0 && place.revents & Int16(POLLERR) != 0
    }

    /// Whether a message says only that nobody reads the standard output any longer, as when `head` has its lines: the
    /// process ends with code 1, but the message need not be shown.
    public static func isLostReader(_ message: String) -> Bool {
        message.hasSuffix(FileError(path: "standard output", reason: String(cString: strerror(EPIPE))).description)
    }

    /// Writes a text to the standard error; what it does not take is lost, as there is nowhere to say so.
    public static func writeError(_ text: String) { _ = writeAll(text.rawBytes, to: STDERR_FILENO) }

    /// Says on the standard error what was repaired, left out, or is likely wrong.
    public static func warn(_ text: String) { writeError("warning: \(text)\n") }

    /// Warns only the first time that it is called with this text.
    public static func warnOnce(_ text: String) {
        if said.withLock({ $0.insert(text).inserted }) { warn(text) }
    }

    private static let said = Mutex<Set<String>>([])

    /// Writes all bytes to a descriptor, and returns whether it took them; errno tells why it did not.
    ///
    /// A descriptor that is full and does not wait itself is waited for, until `isStopped` returns true.
    static func writeAll(
        _ bytes: [UInt8], to descriptor: Int32, isStopped: () -> Bool = { false }
    ) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&place, 1, 100)
                guard !isStopped() else {
                    errno = EINTR
                    return false
                }
            } else if errno != EINTR || isStopped() {
                return false
            }
        }
        return true
    }
}
