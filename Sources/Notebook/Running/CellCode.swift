/// A cell's source as Lua that returns the value of its last expression.
public enum CellCode {
    /// The source with a `return` before its last expression or call, on the same line; unchanged where it ends with
    /// neither, or with a semicolon, which hides the value.
    ///
    /// `compiles` tells whether a text is a chunk.
    public static func returningLast(_ source: String, compiles: (String) -> Bool) -> String {
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        guard let last = lines.lastIndex(where: { !$0.allSatisfy(\.isWhitespace) }),
            lines[last].last(where: { !$0.isWhitespace }) != ";"
        else { return source }
        let isChunk = compiles(source)
        for start in (0...last).reversed() {
            guard let first = lines[start].first(where: { !$0.isWhitespace }) else { continue }
            // In a chunk, a line that does not begin with a name may go on with the statement before it.
            guard !isChunk || start == 0 || first.isLetter || first == "_" else { continue }
            let head = lines[..<start].joined(separator: "\n")
            let tail = "return " + lines[start...].joined(separator: "\n")
            guard compiles(tail), compiles(head) else { continue }
            return start == 0 ? tail : head + "\n" + tail
        }
        return source
    }
}
