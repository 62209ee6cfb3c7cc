import Study

/// Lua's words.
enum LuaWords {
    /// The reserved words.
    static let reserved: Set<String> = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
        "not",
        "or", "repeat", "return", "then", "true", "until", "while",
    ]
}

/// Lua's source as HTML, with its comments, strings, numbers and reserved words in spans.
struct LuaHighlighter {
    private let source: [UInt8]
    private var position = 0

    private init(_ source: String) { self.source = Array(source.utf8) }

    /// The HTML of a source; what is no Lua is shown as it is.
    static func html(_ source: String) -> String {
        var highlighter = LuaHighlighter(source)
        var html = ""
        while let (range, kind) = highlighter.next() {
            let text = String(decoding: highlighter.source[range], as: UTF8.self).htmlText
            html += kind.map { "<span class=\"lua-\($0)\">\(text)</span>" } ?? text
        }
        return html
    }

    private func byte(_ offset: Int = 0) -> UInt8? {
        position + offset < source.count ? source[position + offset] : nil
    }

    /// The next piece, and what it is; nil at the end.
    private mutating func next() -> (Range<Int>, kind: String?)? {
        guard let first = byte() else { return nil }
        let start = position
        var kind: String?
        switch first {
        case UInt8(ascii: "-") where byte(1) == UInt8(ascii: "-"):
            position += 2
            if !skipLongBracket() { skip { $0 != 0x0A } }
            kind = "comment"
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            skipString(first)
            kind = "string"
        case UInt8(ascii: "["):
            if skipLongBracket() { kind = "string" } else { position += 1 }
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            skip { Self.isWord($0) || $0 == UInt8(ascii: ".") }
            kind = "number"
        case _ where Self.isWord(first):
            skip(Self.isWord)
            let word = String(decoding: source[start..<position], as: UTF8.self)
            kind = LuaWords.reserved.contains(word) ? "word" : nil
        default:
            position += 1
            // Letters beyond ASCII stay whole.
            skip { $0 >= 0x80 && first >= 0x80 }
        }
        return (start..<position, kind)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || byte == UInt8(ascii: "_")
    }

    private mutating func skip(_ isPart: (UInt8) -> Bool) {
        while let next = byte(), isPart(next) { position += 1 }
    }

    private mutating func skipString(_ quote: UInt8) {
        position += 1
        while let next = byte(), next != 0x0A {
            position += next == UInt8(ascii: "\\") ? 2 : 1
            if next == quote { break }
        }
        position = min(position, source.count)
    }

    /// Skips `[==[ ... ]==]`, if it begins here; one that is not closed reaches to the end.
    private mutating func skipLongBracket() -> Bool {
        guard byte() == UInt8(ascii: "[") else { return false }
        let level = source[(position + 1)...].prefix { $0 == UInt8(ascii: "=") }.count
        guard byte(level + 1) == UInt8(ascii: "[") else { return false }
        let closing = [UInt8(ascii: "]")] + [UInt8](repeating: UInt8(ascii: "="), count: level) + [UInt8(ascii: "]")]
        position += level + 2
        while position < source.count, !source[position...].starts(with: closing) { position += 1 }
        position = min(position + closing.count, source.count)
        return true
    }
}
