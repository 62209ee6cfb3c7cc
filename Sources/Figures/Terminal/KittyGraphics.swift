import Foundation

/// Kitty's graphics protocol (sw.kovidgoyal.net/kitty/graphics-protocol): images in a terminal.
package enum KittyGraphics {
    /// Whether the terminal says that it shows images in kitty's protocol; false where it does not say so in time.
    ///
    /// A second question follows the first, one that every terminal answers: where its answer comes, no other can be on
    /// its way, and all were read. Nothing is asked while input waits, which would be taken for an answer, or from the
    /// background; then the result is nil.
    ///
    /// - Parameters:
    ///   - input: Where the terminal's answers come from.
    ///   - output: Where the questions go.
    ///   - limit: How long to wait for the answers, in seconds.
    package static func isOffered(input: Int32, output: Int32, limit: Double = 0.5) -> Bool? {
        let group = tcgetpgrp(input)
        var settings = termios()
        guard isatty(input) == 1, isatty(output) == 1, group == getpgrp() || group < 0,
            tcgetattr(input, &settings) == 0
        else { return nil }
        var raw = settings
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
        guard tcsetattr(input, TCSANOW, &raw) == 0 else { return nil }
        defer { tcsetattr(input, TCSANOW, &settings) }
        guard !isReady(input, within: 0) else { return nil }
        // An image of one pixel is sent to be looked at, not shown; then the terminal's attributes are asked for.
        let question = Array("\u{1B}_Gi=4211,s=1,v=1,a=q,t=d,f=24;AAAA\u{1B}\\\u{1B}[c".utf8)
        guard write(output, question, question.count) == question.count else { return nil }
        let end = ProcessInfo.processInfo.systemUptime + limit
        var answer: [UInt8] = []
        while !hasAttributes(answer) {
            let left = end - ProcessInfo.processInfo.systemUptime
            guard left > 0, isReady(input, within: left) else { break }
            var byte: UInt8 = 0
            guard read(input, &byte, 1) == 1 else { break }
            answer.append(byte)
        }
        return String(decoding: answer, as: UTF8.self).contains("\u{1B}_Gi=4211;OK")
    }

    /// Whether the terminal's attributes, "ESC [ ? ... c", end what was read.
    private static func hasAttributes(_ answer: [UInt8]) -> Bool {
        guard answer.last == UInt8(ascii: "c"), let start = answer.lastIndex(of: 0x1B) else { return false }
        return answer[start...].starts(with: "\u{1B}[?".utf8)
    }

    private static func isReady(_ input: Int32, within seconds: Double) -> Bool {
        var ready = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
        return poll(&ready, 1, Int32(min(max(seconds, 0), 60) * 1000)) > 0
    }

    /// What makes a terminal show a PNG, `columns` cells wide and as high as it then is, with the cursor behind it.
    ///
    /// The terminal is told not to answer.
    package static func text(_ png: Data, columns: Int) -> String {
        let data = Array(png.base64EncodedString().utf8)
        let starts = Array(stride(from: 0, to: max(data.count, 1), by: longest))
        let pieces = starts.map { start in
            let piece = String(decoding: data[start..<min(start + longest, data.count)], as: UTF8.self)
            let more = start == starts.last ? 0 : 1
            let first = start == 0 ? "a=T,f=100,q=2,c=\(columns)," : ""
            return "\u{1B}_G\(first)m=\(more);\(piece)\u{1B}\\"
        }
        return pieces.joined()
    }

    /// The protocol's limit for a piece, in bytes.
    private static let longest = 4096
}
