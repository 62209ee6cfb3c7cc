import Support

/// Notebooks as plain Lua, in jupytext's percent format: `-- %%` begins a code cell, `-- %% [markdown]` one of text,
/// whose lines are comments.
///
/// What is kept: the kind, the source and the metadata of each cell, except what a run adds to the metadata. A line of
/// a cell's source that would itself begin a cell gets a backslash before its `%%`.
public enum PercentFormat {
    /// Reads Lua; without any mark it is one code cell. What stands before the first mark is a cell, unless it is
    /// blank.
    public static func notebook(_ text: String) -> Notebook {
        var cells: [Cell] = []
        var marker: PercentMarker?
        var lines: [SourceLine] = []
        func close(isLast: Bool) {
            // A blank line separates a cell from the next.
            if !isLast, lines.last?.isBlank == true { lines.removeLast() }
            if marker != nil || !lines.allSatisfy(\.isBlank) {
                let kind = marker?.kind ?? .code
                let texts = lines.map { line in
                    let line = line.unescaped
                    return kind == .code ? line : line.uncommented
                }
                let source = texts.map(\.text).joined(separator: "\n")
                cells.append(Cell(kind, source: source, metadata: marker?.metadata ?? .object([])))
            }
            lines = []
        }
        var all = SourceLine.lines(of: text)
        // The empty text after the last line break is not a line.
        if all.last?.text.isEmpty == true { all.removeLast() }
        for line in all {
            if let options = line.markerOptions {
                close(isLast: false)
                marker = PercentMarker(options: options)
            } else {
                lines.append(line)
            }
        }
        close(isLast: true)
        return Notebook(cells: cells)
    }

    /// Writes Lua.
    public static func text(_ notebook: Notebook) -> String {
        let parts = notebook.cells.map { cell in
            let lines = cell.source.isEmpty ? [] : SourceLine.lines(of: cell.source)
            let body = lines.map { (cell.kind == .code ? $0 : $0.commented).escaped.text + "\n" }
            return PercentMarker(cell).text + "\n" + body.joined()
        }
        return parts.joined(separator: "\n")
    }
}

/// A line of a source, read by Unicode scalars, as a combining accent would hide the sign before it from a reader of
/// characters.
private struct SourceLine {
    private typealias Scalars = Substring.UnicodeScalarView
    private let scalars: Scalars

    var text: String { String(scalars) }

    var isBlank: Bool { scalars.allSatisfy(Self.isSpace) }

    /// The parts of a text between line feeds.
    static func lines(of text: String) -> [SourceLine] {
        Substring(text).unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(SourceLine.init)
    }

    private init(scalars: Scalars) { self.scalars = scalars }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" || scalar == "\r" }

    /// The line as a comment.
    var commented: SourceLine {
        SourceLine(scalars: Substring(scalars.isEmpty ? "--" : "-- " + text).unicodeScalars)
    }

    /// The text of a comment line; other lines as they are.
    var uncommented: SourceLine {
        guard scalars.starts(with: "--".unicodeScalars) else { return self }
        let rest = scalars.dropFirst(2)
        return SourceLine(scalars: rest.first == " " ? rest.dropFirst() : rest)
    }

    /// What follows `%%` in a line that begins a cell; nil of any other line.
    var markerOptions: String? {
        guard let (first, signs) = signs, first == signs else { return nil }
        let rest = scalars[signs...].dropFirst(2).drop(while: Self.isSpace)
        return String(String.UnicodeScalarView(rest.reversed().drop(while: Self.isSpace).reversed()))
    }

    /// The line with one more backslash before a `%%` that begins a cell, or would without its backslashes.
    var escaped: SourceLine {
        guard let (first, _) = signs else { return self }
        let text = String(scalars[..<first]) + "\\" + String(scalars[first...])
        return SourceLine(scalars: Substring(text).unicodeScalars)
    }

    /// The line as it was before `escaped`.
    var unescaped: SourceLine {
        guard let (first, signs) = signs, first != signs else { return self }
        let text = String(scalars[..<first]) + String(scalars[first...].dropFirst())
        return SourceLine(scalars: Substring(text).unicodeScalars)
    }

    /// Where the backslashes (if any) and the `%%` of a line like `-- \\%% more` begin.
    private var signs: (first: Scalars.Index, signs: Scalars.Index)? {
        guard scalars.starts(with: "--".unicodeScalars) else { return nil }
        let first = scalars.dropFirst(2).drop(while: Self.isSpace)
        let signs = first.drop { $0 == "\\" }
        guard signs.starts(with: "%%".unicodeScalars) else { return nil }
        let isMark = signs.dropFirst(2).first.map(Self.isSpace) ?? true
        return isMark ? (first.startIndex, signs.startIndex) : nil
    }
}
