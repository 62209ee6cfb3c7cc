@preconcurrency import CReadline
import Foundation

/// Pasted text, read in blocks, as readline itself makes two or three system calls for each byte.
///
/// Short input, and all input that is not from a terminal, is left unread: a script that the line runs may want to read
/// it.
enum PastedText {
    /// What was read ahead of what readline has asked for.
    // Safe: readline has one terminal, and calls back on the thread that reads from it.
    nonisolated(unsafe) private static var rest: ArraySlice<UInt8> = []

    private static let begin = "\\e[200~"
    private static let end = Array("\u{1B}[201~".utf8)
    /// The fewest waiting bytes that are read as a block: nobody types so far ahead.
    private static let shortest = 1024

    private static let isTerminal = isatty(input) == 1
    private static var input: Int32 { fileno(rl_instream ?? stdin) }

    /// Whether there is input that the terminal no longer holds.
    static var isWaiting: Bool { !rest.isEmpty }

    /// Replaces readline's own reading.
    static func install() {
        rl_getc_function = { PastedText.next($0) }
        rl_input_available_hook = { PastedText.isAvailable ? 1 : 0 }
        rl_bind_keyseq(begin) { _, _ in
            PastedText.insert()
            return 0
        }
    }

    private static func next(_ stream: UnsafeMutablePointer<FILE>?) -> Int32 {
        if rest.isEmpty, isTerminal {
            var waiting: Int32 = 0
            if ioctl(input, UInt(FIONREAD), &waiting) == 0, waiting >= shortest { rest = block(Int(waiting)) }
        }
        return rest.popFirst().map(Int32.init) ?? rl_getc(stream)
    }

    /// Whether there is input, or comes within the time that readline waits for the rest of a key.
    private static var isAvailable: Bool {
        let microseconds = rl_set_keyboard_input_timeout(0)
        rl_set_keyboard_input_timeout(microseconds)
        var state = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
        return isWaiting || poll(&state, 1, microseconds / 1000) > 0
    }

    /// Inserts pasted text: what the terminal sends between the opening bracket, which was just read, and the closing
    /// one.
    private static func insert() {
        var text: [UInt8] = []
        var searched = 0
        while true {
            if let place = text[searched...].firstRange(of: end) {
                rest = text[place.upperBound...]
                text.removeSubrange(place.lowerBound...)
                break
            }
            // The end may come in two parts.
            searched = max(0, text.count - end.count)
            if rest.isEmpty { rest = block(1 << 16) }
            guard !rest.isEmpty else { break }
            text += rest
            rest = []
        }
        // A terminal sends a carriage return for the end of a line, and a zero would end readline's text.
        text.removeAll { $0 == 0 }
        for index in text.indices where text[index] == UInt8(ascii: "\r") { text[index] = UInt8(ascii: "\n") }
        text.append(0)
        text.withUnsafeBytes { _ = rl_insert_text($0.baseAddress?.assumingMemoryBound(to: CChar.self)) }
    }

    /// The next bytes of the input, at most `count`; none at its end.
    private static func block(_ count: Int) -> ArraySlice<UInt8> {
        var bytes = [UInt8](repeating: 0, count: count)
        return bytes[..<max(0, read(input, &bytes, count))]
    }
}
