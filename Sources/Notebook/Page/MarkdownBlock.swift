/// A part of a text in Markdown between blank lines, or a heading.
struct MarkdownBlock: Equatable {
    /// What it begins as.
    enum Kind: Equatable {
        case heading, paragraph, picture
        /// A list, a table, code, a quotation, a formula on lines of its own.
        case other
    }

    /// What it is.
    let kind: Kind
    /// Its lines.
    let text: String

    /// The formulas that stand on lines of their own, with their dollar signs.
    var formulas: [String] {
        text.matches(of: /\$\$.+?\$\$/.dotMatchesNewlines()).map { String($0.output) }
    }

    /// The blocks of a text; blank lines within fences part nothing.
    static func blocks(of text: String) -> [MarkdownBlock] {
        var (blocks, lines, fence) = ([MarkdownBlock](), [Substring](), String?.none)
        func close() {
            if !lines.isEmpty { blocks.append(MarkdownBlock(lines.joined(separator: "\n"))) }
            lines = []
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let isOpen = fence != nil
            if let mark = fence {
                if line.hasPrefix(mark) { fence = nil }
            } else if line.hasPrefix("```") || line.hasPrefix("~~~") {
                fence = String(line.prefix(3))
            }
            if !isOpen, line.allSatisfy(\.isWhitespace) {
                close()
            } else if !isOpen, line.prefixMatch(of: /#{1,6}\s/) != nil {
                close()
                lines = [line]
                close()
            } else {
                lines.append(line)
            }
        }
        close()
        return blocks
    }

    private init(_ text: String) {
        self.text = text
        if text.prefixMatch(of: /#{1,6}\s/) != nil {
            kind = .heading
        } else if text.hasPrefix("![") {
            kind = .picture
        } else {
            let mark = /[>|]|[-+*]\s|[0-9]+[.)]\s|```|~~~|\s{4}|\$\$|<!--/
            kind = text.prefixMatch(of: mark) == nil ? .paragraph : .other
        }
    }
}
