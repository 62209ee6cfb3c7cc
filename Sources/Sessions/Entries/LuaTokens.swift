/// A word or sign of Lua's source text.
package struct LuaToken: Equatable {
    /// What a token is; a string is one whole token, in whatever quotes.
    package enum Kind { case name, keyword, number, string, symbol }

    /// What it is.
    package let kind: Kind
    /// Where it lies, in bytes.
    package let range: Range<Int>
}

/// Lua's source text, cut into its tokens; text that is incomplete or wrong is cut as far as it goes.
package struct LuaTokens {
    /// What the end of the text lies in.
    package enum End: Equatable {
        /// Between tokens, or in one that may go on.
        case code
        /// A comment.
        case comment
        /// A string in quotes, whose first character is at `start`.
        case string(start: Int)
        /// A string in long brackets.
        case longString
    }

    /// The text, in UTF-8.
    package let source: [UInt8]
    /// The tokens, in order; a string that is not closed is none.
    package private(set) var tokens: [LuaToken] = []
    /// What the end of the text lies in.
    package private(set) var end = End.code

    /// Lua's reserved words.
    package static let keywords: Set<String> = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
        "not", "or", "repeat", "return", "then", "true", "until", "while",
    ]
    private static let symbols = ["...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>"].map { Array($0.utf8) }

    /// Cuts a text.
    package init(_ text: String) {
        source = Array(text.utf8)
        var position = 0
        while position < source.count { position = skipToken(at: position) }
    }

    /// The text of a token.
    package func text(_ token: LuaToken) -> String { String(decoding: source[token.range], as: UTF8.self) }

    /// The text from the first token to the last, or to one before it; nil where there is no token.
    func text(withoutLast count: Int) -> String? {
        guard let first = tokens.first, let last = tokens.dropLast(count).last else { return nil }
        return String(decoding: source[first.range.lowerBound..<last.range.upperBound], as: UTF8.self)
    }

    /// Whether token `index`, if there is one, is this keyword or symbol.
    package func isWord(_ index: Int, _ word: String) -> Bool {
        guard tokens.indices.contains(index) else { return false }
        let token = tokens[index]
        return token.kind != .string && source[token.range].elementsEqual(word.utf8)
    }

    /// Whether token `index`, if there is one, is a name.
    package func isName(_ index: Int) -> Bool { tokens.indices.contains(index) && tokens[index].kind == .name }

    /// Whether a text is a name: letters, digits and underscores, and no reserved word.
    package static func isName(_ text: some StringProtocol) -> Bool {
        isNameOrKeyword(text) && !keywords.contains(String(text))
    }

    /// Whether a text is a name or a reserved word.
    static func isNameOrKeyword(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, !isDigit(first) else { return false }
        return text.utf8.allSatisfy(isWordByte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 32 || isDigit(byte) || byte == UInt8(ascii: "_")
    }

    private func byte(_ position: Int) -> UInt8 { position < source.count ? source[position] : 0 }

    private mutating func add(_ kind: LuaToken.Kind, _ start: Int, _ end: Int) -> Int {
        tokens.append(LuaToken(kind: kind, range: start..<end))
        return end
    }

    /// Skips the token, comment or space at a position; returns where the next begins.
    private mutating func skipToken(at start: Int) -> Int {
        switch source[start] {
        case UInt8(ascii: " "), 9...13: return start + 1
        case UInt8(ascii: "-") where byte(start + 1) == UInt8(ascii: "-"): return skipComment(at: start)
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return skipString(at: start)
        case UInt8(ascii: "[") where longBracket(at: start) != nil:
            guard let close = endOfLongBracket(at: start) else {
                end = .longString
                return source.count
            }
            return add(.string, start, close)
        case UInt8(ascii: ".") where Self.isDigit(byte(start + 1)): return skipNumber(at: start)
        case let first where Self.isDigit(first): return skipNumber(at: start)
        case let first where Self.isWordByte(first):
            let word = source[start...].prefix(while: Self.isWordByte)
            let isKeyword = Self.keywords.contains(String(decoding: word, as: UTF8.self))
            return add(isKeyword ? .keyword : .name, start, word.endIndex)
        default:
            let symbol = Self.symbols.first { source[start...].starts(with: $0) }
            return add(.symbol, start, start + (symbol?.count ?? 1))
        }
    }

    private mutating func skipComment(at start: Int) -> Int {
        if longBracket(at: start + 2) != nil {
            if let close = endOfLongBracket(at: start + 2) { return close }
        } else if let newline = source[start...].firstIndex(of: 10) {
            return newline
        }
        end = .comment
        return source.count
    }

    /// Skips a string in quotes; one that is not closed in its line ends with the line, as Lua refuses it.
    private mutating func skipString(at start: Int) -> Int {
        var position = start + 1
        while position < source.count {
            switch source[position] {
            case source[start]: return add(.string, start, position + 1)
            case 10: return position
            case UInt8(ascii: "\\") where byte(position + 1) == UInt8(ascii: "z"):
                position += 2
                while 9...13 ~= byte(position) || byte(position) == UInt8(ascii: " ") { position += 1 }
            case UInt8(ascii: "\\"): position += 2
            default: position += 1
            }
        }
        end = .string(start: start + 1)
        return source.count
    }

    private mutating func skipNumber(at start: Int) -> Int {
        let isHexadecimal = byte(start) == UInt8(ascii: "0") && byte(start + 1) | 32 == UInt8(ascii: "x")
        let exponent = UInt8(ascii: isHexadecimal ? "p" : "e")
        var position = start
        while position < source.count {
            let isSign = source[position] == UInt8(ascii: "+") || source[position] == UInt8(ascii: "-")
            guard
                Self.isWordByte(source[position]) || source[position] == UInt8(ascii: ".")
                    || isSign && position > start && source[position - 1] | 32 == exponent
            else { break }
            position += 1
        }
        return add(.number, start, position)
    }

    /// The number of equals signs in the opening long bracket at a position; nil where there is none.
    private func longBracket(at start: Int) -> Int? {
        guard byte(start) == UInt8(ascii: "[") else { return nil }
        let level = source[(start + 1)...].prefix { $0 == UInt8(ascii: "=") }.count
        return byte(start + 1 + level) == UInt8(ascii: "[") ? level : nil
    }

    /// Where the long bracket that opens at a position is closed; nil where it is not.
    private func endOfLongBracket(at start: Int) -> Int? {
        guard let level = longBracket(at: start) else { return nil }
        let close = "]" + String(repeating: "=", count: level) + "]"
        var rest = source[(start + level + 2)...]
        while let next = rest.firstIndex(of: UInt8(ascii: "]")) {
            if source[next...].starts(with: close.utf8) { return next + level + 2 }
            rest = source[(next + 1)...]
        }
        return nil
    }
}
