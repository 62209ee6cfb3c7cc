import Foundation
import Support

/// Reads what is printed, and makes messages of it.
struct OutputReader {
    /// The most that one message holds, in bytes.
    private static let largestPiece = 1 << 18
    /// The pause before a reading, in seconds: what is printed in small pieces becomes few messages.
    static let pause = 0.02

    let streams: CapturedStreams
    private var pieces = [TextPieces(), TextPieces()]
    private var buffer = [UInt8](repeating: 0, count: largestPiece)

    init(_ streams: CapturedStreams) { self.streams = streams }

    /// Reads what has been printed by now, and gives it to `publish` as the content of "stream" messages.
    ///
    /// `isWhole` says that this output is complete: bytes of an unfinished character at its end are published, too.
    mutating func read(isWhole: Bool, publish: (JSON) -> Void) {
        for (index, (name, descriptor)) in [("stdout", streams.output), ("stderr", streams.error)].enumerated() {
            var left: Int32 = 0
            // Only what is there now is read: a child process that goes on printing must not hold up the reader.
            _ = ioctl(descriptor, UInt(FIONREAD), &left)
            while left > 0 {
                let count = Foundation.read(descriptor, &buffer, min(Int(left), buffer.count))
                guard count > 0 else { break }
                left -= Int32(count)
                Self.publish(pieces[index].add(buffer[..<count]), name, publish)
            }
            if isWhole { Self.publish(pieces[index].finish(), name, publish) }
        }
    }

    private static func publish(_ text: String, _ name: String, _ publish: (JSON) -> Void) {
        guard !text.isEmpty else { return }
        publish(.record(["name": .string(name), "text": .string(text)]))
    }
}

/// Text that comes in pieces, which may end within a character.
package struct TextPieces {
    private var rest: [UInt8] = []

    /// Nothing yet.
    package init() {}

    /// Adds bytes, and returns the text since the last call, up to its last complete character; bytes that are not
    /// UTF-8 become U+FFFD.
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
