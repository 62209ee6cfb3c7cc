/// Why a text is not JSON, and where.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    /// What was found or expected.
    public let reason: String
    /// The byte at which it was noticed, counted from 0.
    public let position: Int

    /// "invalid JSON at byte N: REASON".
    public var description: String { "invalid JSON at byte \(position): \(reason)" }
}

extension JSON {
    /// Reads one value from UTF-8 text: whitespace may surround it, names within an object must differ, and values may
    /// be nested 100 deep. With `keepingDigits` (default: false) every number is written again as it was: 1.0 does not
    /// become 1.
    public init(parsing text: some Collection<UInt8>, keepingDigits: Bool = false) throws(JSONError) {
        var parser = JSONParser(bytes: Array(text), keepsDigits: keepingDigits)
        self = try parser.document()
    }

    /// Reads one value from text.
    public init(parsing text: String) throws(JSONError) { try self.init(parsing: text.utf8) }
}

/// A reader of JSON by recursive descent.
private struct JSONParser {
    private static let deepest = 100
    private let bytes: [UInt8]
    private let keepsDigits: Bool
    private var position = 0

    init(bytes: [UInt8], keepsDigits: Bool) { (self.bytes, self.keepsDigits) = (bytes, keepsDigits) }

    mutating func document() throws(JSONError) -> JSON {
        let result = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw error("something follows the value") }
        return result
    }

    private func error(_ reason: String) -> JSONError { JSONError(reason: reason, position: position) }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D { position += 1 }
    }

    /// Steps over `character` and the space before it, if it comes next.
    private mutating func take(_ character: Character) -> Bool {
        skipSpace()
        guard next == character.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Character) throws(JSONError) {
        guard take(character) else { throw error("'\(character)' expected") }
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth <= Self.deepest else { throw error("nested too deep") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try members(depth: depth))
        case UInt8(ascii: "["): return .array(try elements(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        default: return try literal()
        }
    }

    private mutating func members(depth: Int) throws(JSONError) -> [JSON.Member] {
        try expect("{")
        var members: [JSON.Member] = []
        var names: Set<String> = []
        if take("}") { return members }
        repeat {
            skipSpace()
            let name = try string()
            guard names.insert(name).inserted else { throw error("the name '\(name)' comes twice") }
            try expect(":")
            members.append(JSON.Member(name, try value(depth: depth + 1)))
        } while take(",")
        try expect("}")
        return members
    }

    private mutating func elements(depth: Int) throws(JSONError) -> [JSON] {
        try expect("[")
        var elements: [JSON] = []
        if take("]") { return elements }
        repeat { elements.append(try value(depth: depth + 1)) } while take(",")
        try expect("]")
        return elements
    }

    /// A number, true, false or null.
    private mutating func literal() throws(JSONError) -> JSON {
        let start = position
        while let byte = next, !" \t\r\n,:[]{}\"".utf8.contains(byte) { position += 1 }
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
        switch word {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .null
        default: break
        }
        // Double() also reads what JSON does not allow: "inf", "0x1p3", "+1", ".5".
        let digits = word.hasPrefix("-") ? word.dropFirst() : word[...]
        guard let first = digits.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
            digits.utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }), !digits.hasSuffix("."),
            let number = Double(word)
        else {
            position = start
            throw error(word.isEmpty ? "a value expected" : "'\(String(word.prefix(20)).shown)' is no value")
        }
        let value = JSON.number(number)
        return keepsDigits && value.description != word ? .digits(word) : value
    }

    private mutating func string() throws(JSONError) -> String {
        try expect("\"")
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw error("text is not UTF-8") }
                return string
            case UInt8(ascii: "\\"): text += try String(escaped()).utf8
            case 0..<0x20: throw error("a control character within a string")
            default: text.append(byte)
            }
        }
        throw error("a string without an end")
    }

    /// The character that an escape stands for, after its backslash.
    private mutating func escaped() throws(JSONError) -> Character {
        let kind = next.map { Character(Unicode.Scalar($0)) }
        position += 1
        if kind == "u" { return try unicode() }
        guard let kind, let character = Self.escapes[kind] else { throw error("an unknown escape") }
        return character
    }

    private static let escapes: [Character: Character] = [
        "\"": "\"", "\\": "\\", "/": "/", "b": "\u{8}", "f": "\u{C}", "n": "\n", "r": "\r", "t": "\t",
    ]

    /// The character of \uXXXX, or of two that make a surrogate pair.
    private mutating func unicode() throws(JSONError) -> Character {
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return Character(scalar) }
        guard first < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw error("half of a surrogate pair") }
        position += 2
        let second = try hexadecimal()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw error("half of a surrogate pair") }
        return Character(scalar)
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        let digits = bytes[position...].prefix(4).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == 4 else { throw error("four hexadecimal digits expected") }
        position += 4
        return digits.reduce(0) { $0 << 4 | UInt32($1) }
    }
}
