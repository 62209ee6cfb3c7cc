import Foundation
import Synchronization

/// A terminal whose other end the test holds.
final class PseudoTerminal {
    /// The program's end.
    let inner: Int32
    private let outer: Int32

    init() throws {
        // Linux's own way, as Swift does not import posix_openpt and its kin: TIOCSPTLCK, then TIOCGPTN.
        outer = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var locked: Int32 = 0
        var number: UInt32 = 0
        guard outer >= 0, ioctl(outer, 0x4004_5431, &locked) == 0, ioctl(outer, 0x8004_5430, &number) == 0 else {
            throw POSIXError(.ENOTTY)
        }
        inner = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    }

    deinit {
        close(inner)
        close(outer)
    }

    /// Types a text, and waits until it has arrived.
    func type(_ text: String) {
        Self.write(text, to: outer)
        while !Self.isReady(inner, milliseconds: 1) {}
    }

    /// A question that was asked, once it has come.
    final class Question: Sendable {
        fileprivate let text = Mutex("")
        fileprivate let end = DispatchSemaphore(value: 0)

        func wait() -> String {
            end.wait()
            return text.withLock { $0 }
        }
    }

    /// Answers the next question, which ends with "c", in pieces.
    func answer(with text: String) -> Question {
        let question = Question()
        let outer = self.outer
        Thread.detachNewThread {
            var asked = ""
            var byte: UInt8 = 0
            while !asked.hasSuffix("c"), read(outer, &byte, 1) == 1 { asked.append(Character(Unicode.Scalar(byte))) }
            for character in text.unicodeScalars {
                Self.write(String(character), to: outer)
                usleep(1000)
            }
            question.text.withLock { $0 = asked }
            question.end.signal()
        }
        return question
    }

    /// What the program has not read.
    var waiting: String {
        var text = ""
        while Self.isReady(inner, milliseconds: 50) {
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = read(inner, &bytes, bytes.count)
            guard count > 0 else { break }
            text += String(decoding: bytes.prefix(count), as: UTF8.self)
        }
        return text
    }

    /// Whether what is typed is shown, and comes line by line, as it was at first.
    var isEchoing: Bool {
        var settings = termios()
        return tcgetattr(inner, &settings) == 0 && settings.c_lflag & tcflag_t(ECHO | ICANON) == tcflag_t(ECHO | ICANON)
    }

    private static func write(_ text: String, to file: Int32) {
        _ = text.withCString { Foundation.write(file, $0, strlen($0)) }
    }

    private static func isReady(_ file: Int32, milliseconds: Int32) -> Bool {
        var ready = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
        return poll(&ready, 1, milliseconds) > 0
    }
}
