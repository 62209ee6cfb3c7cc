import Report
import Sessions

/// Lua's source as HTML, with its comments, strings, numbers and reserved words in spans.
struct LuaHighlighter {
    private let tokens: LuaTokens
    private var html = ""
    /// The place in the source up to which `html` is written.
    private var position = 0

    /// The HTML of a source; what is no Lua is shown as it is.
    static func html(_ source: String) -> String {
        var highlighter = LuaHighlighter(tokens: LuaTokens(source))
        var end = 0
        for token in highlighter.tokens.tokens {
            highlighter.markComments(in: end..<token.range.lowerBound)
            highlighter.mark(token.range, as: kind(of: token))
            end = token.range.upperBound
        }
        highlighter.markComments(in: end..<highlighter.tokens.source.count)
        highlighter.write(to: highlighter.tokens.source.count, as: nil)
        return highlighter.html
    }

    private static func kind(of token: LuaToken) -> String? {
        switch token.kind {
        case .keyword: "word"
        case .string: "string"
        case .number: "number"
        case .name, .symbol: nil
        }
    }

    private init(tokens: LuaTokens) { self.tokens = tokens }

    /// Writes the source up to `end`.
    private mutating func write(to end: Int, as kind: String?) {
        guard position < end else { return }
        let text = String(decoding: tokens.source[position..<end], as: UTF8.self).htmlText
        html += kind.map { "<span class=\"lua-\($0)\">\(text)</span>" } ?? text
        position = end
    }

    private mutating func mark(_ range: Range<Int>, as kind: String?) {
        guard let kind else { return }
        write(to: range.lowerBound, as: nil)
        write(to: range.upperBound, as: kind)
    }

    /// Marks what lies between two tokens, from the first comment to the last; spaces around it have no colour.
    private mutating func markComments(in gap: Range<Int>) {
        let text = tokens.source[gap]
        let starts = text.indices.dropLast().first { text[$0] == UInt8(ascii: "-") && text[$0 + 1] == text[$0] }
        guard let start = starts, let last = text.lastIndex(where: { $0 > 32 }) else { return }
        mark(start..<(last + 1), as: "comment")
    }
}
