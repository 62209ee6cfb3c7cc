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
