/// Names and what they mean, in two columns.
public struct DefinitionList {
    private let rows: [(name: String, meaning: String)]
    private let indent: Int
    private let width: Int?

    /// Names are not given more room than this, or than a third of the width.
    private static let widestName = 32

    /// A list that begins at column `indent`, and whose lines are broken between words to be at most `width` characters
    /// long; nil leaves them whole.
    public init(_ rows: [(String, String)], indent: Int = 2, width: Int? = nil) {
        self.rows = rows.map { (name: $0.0, meaning: $0.1) }
        (self.indent, self.width) = (indent, width)
    }

    /// The lines; where a name is wider than its column, its meaning begins on the next line.
    public var text: String {
        let room = min(Self.widestName, (width ?? .max) / 3)
        let column = indent + min(rows.map(\.name.count).max() ?? 0, room) + 2
        let margin = String(repeating: " ", count: column)
        return rows.map { name, meaning in
            let lines = meaning.lines(width: width.map { $0 - column })
            let start = String(repeating: " ", count: indent)
            guard start.count + name.count + 2 <= column else {
                let names = name.lines(width: width.map { $0 - indent - 4 }).joined(separator: "\n    " + start)
                return ([start + names] + lines.map { margin + $0 }).joined(separator: "\n")
            }
            let first = start + name + margin.dropFirst(indent + name.count) + (lines.first ?? "")
            return ([first] + lines.dropFirst().map { margin + $0 }).joined(separator: "\n")
        }.joined(separator: "\n")
    }
}

extension String {
    /// The text in lines, broken between words so that none is longer than `width` characters, where its words allow
    /// it; nil breaks nothing.
    public func lines(width: Int?) -> [String] {
        guard let width, count > width else { return [self] }
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ", omittingEmptySubsequences: false) {
            if line.isEmpty {
                line = String(word)
            } else if line.count + 1 + word.count <= width {
                line += " " + word
            } else {
                lines.append(line)
                line = String(word)
            }
        }
        return lines + [line]
    }
}
