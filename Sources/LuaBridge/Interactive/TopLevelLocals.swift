/// The outermost `local` statements of an entry, rewritten so that their variables outlive it.
///
/// Lua ends a chunk's locals with the chunk. `local a, b = f()` becomes `KEEPER.a, KEEPER.b = f()`, and
/// `local function f()` becomes `KEEPER.f = function()`; the entry and later ones then find the names through their
/// environment. Lines stay where they are. Two things differ from a local: `<const>` is not enforced, and a closure sees
/// a later `local` of the same name.
enum TopLevelLocals {
    /// The rewritten text; nil where there is nothing to keep, or where that would change what the entry does: one that
    /// marks a variable `<close>`, or replaces `_ENV`.
    static func kept(_ text: String, in keeper: String) -> String? {
        let source = LuaTokens(text)
        var edits: [(range: Range<Int>, replacement: String)] = []
        var depth = 0
        var index = 0
        while index < source.tokens.count {
            defer { index += 1 }
            guard source.tokens[index].kind == .keyword else { continue }
            switch source.text(source.tokens[index]) {
            case "do", "if", "function", "repeat": depth += 1
            case "end", "until": depth -= 1
            case "local" where depth == 0:
                edits.append((source.tokens[index].range, ""))
                if source.isWord(index + 1, "function") {
                    guard source.isName(index + 2) else { return nil }
                    let name = source.tokens[index + 2]
                    edits.append((source.tokens[index + 1].range, ""))
                    edits.append((name.range, "\(keeper).\(source.text(name)) = function"))
                } else {
                    guard let last = keepNames(after: index, of: source, in: keeper, &edits) else { return nil }
                    index = last
                }
            default: break
            }
        }
        return edits.isEmpty ? nil : applying(edits, to: source.source)
    }

    /// Edits the list of names after the `local` at `index`; returns its last token, nil where it cannot be kept.
    private static func keepNames(
        after index: Int, of source: LuaTokens, in keeper: String,
        _ edits: inout [(range: Range<Int>, replacement: String)]
    ) -> Int? {
        var index = index
        repeat {
            index += 1
            guard source.isName(index), !source.isWord(index, "_ENV") else { return nil }
            edits.append(keeping(index, of: source, in: keeper))
            if source.isWord(index + 1, "<") {
                guard source.isWord(index + 2, "const"), source.isWord(index + 3, ">") else { return nil }
                let attribute = source.tokens[index + 1].range.lowerBound..<source.tokens[index + 3].range.upperBound
                edits.append((attribute, ""))
                index += 3
            }
            index += 1
        } while source.isWord(index, ",")
        if !source.isWord(index, "=") {
            let end = source.tokens[index - 1].range.upperBound
            edits.append((end..<end, " = nil"))
        }
        return index - 1
    }

    private static func keeping(
        _ index: Int, of source: LuaTokens, in keeper: String
    ) -> (range: Range<Int>, replacement: String) {
        let start = source.tokens[index].range.lowerBound
        return (start..<start, keeper + ".")
    }

    private static func applying(_ edits: [(range: Range<Int>, replacement: String)], to source: [UInt8]) -> String {
        var result: [UInt8] = []
        var position = 0
        for edit in edits {
            result += source[position..<edit.range.lowerBound]
            result += edit.replacement.utf8
            position = edit.range.upperBound
        }
        return String(decoding: result + source[position...], as: UTF8.self)
    }
}
