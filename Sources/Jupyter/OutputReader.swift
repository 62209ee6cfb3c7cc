import Foundation
import Support

/// Reads what is printed, and makes messages of it.
struct OutputReader {
    /// The most that one message holds, in bytes.
    private static let largestPiece = 1 << 18
    /// The pause before a reading, in seconds: what is printed in small pieces becomes few messages.
    static let pause = 0.02

    let streams: StandardStreams
    private var pieces = [TextPieces(), TextPieces()]
    private var buffer = [UInt8](repeating: 0, count: largestPiece)

    init(_ streams: StandardStreams) { self.streams = streams }

    /// Reads what has been printed by now, and gives it to `publish` as the content of "stream" messages.
    ///
    /// `isWhole` says that what was printed is over, and so ends with a whole character.
    mutating func read(isWhole: Bool, publish: (JSON) -> Void) {
        for (index, (name, descriptor)) in [("stdout", streams.output), ("stderr", streams.error)].enumerated() {
            var left: Int32 = 0
            // What a child process goes on to print does not hold up the reading.
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
