/// The outermost `local` statements of an entry, rewritten so that their variables outlive it.
///
/// Lua ends a chunk's locals with the chunk. `local a, b = f()` becomes `KEEPER.a, KEEPER.b = f()`, and `local function
/// f()` becomes `KEEPER.f = function()`; the entry and later ones then find the names through their environment. A
/// variable marked `<close>` also stays a local of its entry, and is closed at the entry's end. Lines stay where they
/// are. One thing differs from a local: a closure sees a later `local` of the same name.
enum TopLevelLocals {
    /// The Lua expressions for what takes the variables, and the constant ones.
    struct Keepers {
        let variables: String
        let constants: String
    }

    private typealias Edit = (range: Range<Int>, replacement: String)

    /// The rewritten text; nil where there is nothing to keep, or where that would change what the entry does: one that
    /// replaces `_ENV`.
    static func kept(_ text: String, in keepers: Keepers) -> String? {
        let source = LuaTokens(text)
        var edits: [Edit] = []
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
                    edits.append((name.range, "\(keepers.variables).\(source.text(name)) = function"))
                } else {
                    guard let last = keepNames(after: index, of: source, in: keepers, &edits) else { return nil }
                    index = last
                }
            default: break
            }
        }
        edits.sort { $0.range.lowerBound < $1.range.lowerBound }
        return edits.isEmpty ? nil : applying(edits, to: source.source)
    }

    /// Edits the list of names after the `local` at `index`; returns its last token, nil where it cannot be kept.
    private static func keepNames(
        after index: Int, of source: LuaTokens, in keepers: Keepers, _ edits: inout [Edit]
    ) -> Int? {
        var index = index
        var closed: String?
        repeat {
            index += 1
            guard source.isName(index), !source.isWord(index, "_ENV") else { return nil }
            let name = source.tokens[index]
            let hasAttribute = source.isWord(index + 1, "<")
            let keeper = hasAttribute ? keepers.constants : keepers.variables
            edits.append((name.range.lowerBound..<name.range.lowerBound, keeper + "."))
            if hasAttribute {
                if source.isWord(index + 2, "close") { closed = source.text(name) }
                edits.append(
                    (source.tokens[index + 1].range.lowerBound..<source.tokens[index + 3].range.upperBound, ""))
                index += 3
            }
            index += 1
        } while source.isWord(index, ",")
        let last = index - 1
        var end = source.tokens[last].range.upperBound
        if source.isWord(index, "=") {
            end = source.tokens[endOfExpressions(from: index + 1, of: source)].range.upperBound
        } else {
            edits.append((end..<end, " = nil"))
        }
        if let closed { edits.append((end..<end, " local \(closed) <close> = \(closed);")) }
        return last
    }

    /// The last token of a list of expressions, in a text that is Lua.
    private static func endOfExpressions(from start: Int, of source: LuaTokens) -> Int {
        var index = start
        while true {
            while ["not", "-", "#", "~"].contains(where: { source.isWord(index, $0) }) { index += 1 }
            index = endOfOperand(at: index, of: source) + 1
            guard binaryOperators.contains(where: { source.isWord(index, $0) }) else { return index - 1 }
            index += 1
        }
    }

    /// The operators, and the comma, which continues a list as an operator continues an expression.
    private static let binaryOperators = [
        ",", "or", "and", "<", ">", "<=", ">=", "~=", "==", "|", "~", "&", "<<", ">>", "..", "+", "-", "*", "/", "//",
        "%", "^",
    ]

    /// The last token of a constant, a function, or a name or bracket with the fields and calls after it.
    private static func endOfOperand(at start: Int, of source: LuaTokens) -> Int {
        if source.isWord(start, "function") { return close(of: start, in: source, blockWords, ["end", "until"]) }
        func isString(_ index: Int) -> Bool {
            source.tokens.indices.contains(index) && source.tokens[index].kind == .string
        }
        func isOpening(_ index: Int) -> Bool { opening.contains { source.isWord(index, $0) } }
        var end = isOpening(start) ? close(of: start, in: source, opening, closing) : start
        guard source.isName(start) || source.isWord(start, "(") else { return end }
        while true {
            if source.isWord(end + 1, ".") || source.isWord(end + 1, ":") {
                end += 2
            } else if isOpening(end + 1) {
                end = close(of: end + 1, in: source, opening, closing)
            } else if isString(end + 1) {
                end += 1
            } else {
                return end
            }
        }
    }

    private static let blockWords = ["do", "if", "function", "repeat"]
    private static let opening = ["(", "[", "{"]
    private static let closing = [")", "]", "}"]

    /// The token that closes what opens at `start`, where the words of both kinds are balanced.
    private static func close(of start: Int, in source: LuaTokens, _ opening: [String], _ closing: [String]) -> Int {
        var depth = 0
        for index in start..<source.tokens.count {
            if opening.contains(where: { source.isWord(index, $0) }) { depth += 1 }
            if closing.contains(where: { source.isWord(index, $0) }) { depth -= 1 }
            if depth == 0 { return index }
        }
        return source.tokens.count - 1
    }

    private static func applying(_ edits: [Edit], to source: [UInt8]) -> String {
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
