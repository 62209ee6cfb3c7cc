import Report

/// Formulas in TeX as MathML, for what teaching texts need: letters, fractions, roots, indices, accents, fences, sums,
/// aligned lines, cases and matrices.
struct MathML {
    private var tokens: [Token]
    private var position = 0
    private let isBlock: Bool
    /// How many braces and environments surround what is read.
    private var depth = 0

    /// A command without its backslash, or a sign.
    private enum Token: Equatable {
        case command(String)
        case sign(Character)
    }

    /// TeX that is not supported.
    private struct Unknown: Error {}

    /// What stands before the TeX of a formula that holds something unknown.
    static let unknownStart = "<code class=\"tex\">"

    /// The HTML of a formula: MathML, or the TeX itself where it holds something unknown.
    static func html(_ tex: String, isBlock: Bool) -> String {
        var reader = MathML(tex, isBlock: isBlock)
        guard let content = try? reader.row(until: nil) else { return unknownStart + "\(tex.htmlText)</code>" }
        return "<math\(isBlock ? " display=\"block\"" : "")><mrow>\(content)</mrow></math>"
    }

    private init(_ tex: String, isBlock: Bool) {
        self.isBlock = isBlock
        tokens = []
        var rest = Substring(tex)
        while let first = rest.popFirst() {
            guard first == "\\" else {
                tokens.append(.sign(first))
                continue
            }
            let letters = rest.prefix { $0.isASCII && $0.isLetter }
            let name = letters.isEmpty ? rest.prefix(1) : letters
            tokens.append(.command(String(name)))
            rest = rest[name.endIndex...]
            // A space after a command ends its name and is not shown.
            if !letters.isEmpty { rest = rest.drop(while: \.isWhitespace) }
        }
    }

    private var next: Token? { position < tokens.count ? tokens[position] : nil }

    private mutating func take(_ token: Token) -> Bool {
        guard next == token else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while case .sign(let sign)? = next, sign.isWhitespace { position += 1 }
    }

    /// Everything up to `end`, which is taken too; for nil up to the end of the formula.
    private mutating func row(until end: Token?) throws(Unknown) -> String {
        depth += 1
        defer { depth -= 1 }
        guard depth < 50 else { throw Unknown() }
        var content = ""
        while let token = next {
            if token == end {
                position += 1
                return content
            }
            if case .sign(let sign) = token, sign.isWhitespace {
                position += 1
                continue
            }
            content += try scripted()
        }
        guard end == nil else { throw Unknown() }
        return content
    }

    /// An atom with its indices.
    private mutating func scripted() throws(Unknown) -> String {
        let isLimits = isBlock && nextCommand.map(Self.limits.contains) ?? false
        let isFunction = nextCommand.map(MathSymbols.functions.contains) ?? false
        let base = try atom()
        var (sub, sup): (String?, String?)
        while true {
            skipSpace()
            if sub == nil, take(.sign("_")) {
                sub = try argument()
            } else if sup == nil, take(.sign("^")) {
                sup = try argument()
            } else if sup == nil, next == .sign("'") {
                let primes = tokens[position...].prefix { $0 == .sign("'") }.count
                position += primes
                sup = "<mo>\(String(repeating: "\u{2032}", count: primes))</mo>"
            } else {
                break
            }
        }
        // As in "log p", but not in "log(p)".
        let space = isFunction && takesArgument ? "<mspace width=\"0.17em\"/>" : ""
        guard sub != nil || sup != nil else { return base + space }
        let below = sub == nil ? "" : isLimits ? "under" : "sub"
        let above = sup == nil ? "" : isLimits ? "over" : "sup"
        return "<m\(below)\(above)>\(base)\(sub ?? "")\(sup ?? "")</m\(below)\(above)>" + space
    }

    /// The name of the command that comes next.
    private var nextCommand: String? { if case .command(let name)? = next { name } else { nil } }

    /// The commands whose indices stand above and below them, in a formula on lines of its own.
    private static let limits: Set = ["sum", "prod", "min", "max", "lim", "argmin", "argmax", "sup", "inf"]

    /// Whether what comes next is the argument of a function, without parentheses.
    private var takesArgument: Bool {
        switch next {
        case .sign(let sign)?: sign.isLetter || sign.isNumber
        case .command(let name)?: MathSymbols.identifiers[name] != nil || ["frac", "sum", "prod"].contains(name)
        case nil: false
        }
    }

    /// The argument of a command: braces, or one atom.
    private mutating func argument() throws(Unknown) -> String {
        skipSpace()
        return try atom()
    }

    private mutating func atom() throws(Unknown) -> String {
        guard let token = next else { throw Unknown() }
        position += 1
        switch token {
        case .sign("{"): return "<mrow>\(try row(until: .sign("}")))</mrow>"
        case .sign("}"), .sign("_"), .sign("^"), .sign("&"), .sign("#"), .sign("%"): throw Unknown()
        case .sign("~"): return "<mspace width=\"0.33em\"/>"
        case .sign(let sign): return self.sign(sign)
        case .command(let name): return try command(name)
        }
    }

    private mutating func sign(_ sign: Character) -> String {
        guard sign.isNumber else {
            return sign.isLetter ? "<mi>\(sign)</mi>" : Self.element(of: sign == "-" ? "\u{2212}" : String(sign))
        }
        var number = String(sign)
        while case .sign(let digit)? = next, digit.isNumber || digit == "." {
            // A full stop that no digit follows ends the sentence.
            if digit == "." {
                guard position + 1 < tokens.count, case .sign(let after) = tokens[position + 1], after.isNumber else {
                    break
                }
            }
            number.append(digit)
            position += 1
        }
        return "<mn>\(number)</mn>"
    }

    /// An operator. By itself MathML makes every bracket as tall as its row, and sets space around vertical bars; TeX
    /// does so only after `\left`.
    private static func element(of symbol: String) -> String {
        let attributes =
            if "()[]{}⟨⟩⌊⌋⌈⌉".contains(symbol) {
                " stretchy=\"false\""
            } else if "|‖".contains(symbol) {
                " stretchy=\"false\" lspace=\"0\" rspace=\"0\""
            } else {
                ""
            }
        return "<mo\(attributes)>\(symbol.htmlText)</mo>"
    }

    private mutating func command(_ name: String) throws(Unknown) -> String {
        if let symbol = MathSymbols.identifiers[name] { return "<mi>\(symbol)</mi>" }
        if let symbol = MathSymbols.operators[name] { return Self.element(of: symbol) }
        if let width = MathSymbols.spaces[name] { return "<mspace width=\"\(width)em\"/>" }
        if MathSymbols.functions.contains(name) { return "<mi>\(name)</mi>" }
        if let accent = MathSymbols.accents[name] {
            return "<mover accent=\"true\">\(try argument())<mo>\(accent)</mo></mover>"
        }
        switch name {
        case "frac", "tfrac", "dfrac": return "<mfrac>\(try argument())\(try argument())</mfrac>"
        case "sqrt":
            guard take(.sign("[")) else { return "<msqrt>\(try argument())</msqrt>" }
            let index = try row(until: .sign("]"))
            return "<mroot>\(try argument())<mrow>\(index)</mrow></mroot>"
        case "text", "mathrm", "operatorname", "textbf", "textit", "mathit", "mathsf":
            let word = try plainArgument().htmlText
            return name == "text" ? "<mtext>\(word)</mtext>" : "<mi mathvariant=\"normal\">\(word)</mi>"
        case "mathbb", "mathcal", "mathbf", "boldsymbol", "bm":
            guard let letters = MathSymbols.styled(try plainArgument(), as: name) else { throw Unknown() }
            return "<mi>\(letters)</mi>"
        case "argmin", "argmax": return "<mi>arg \(name.dropFirst(3))</mi>"
        case "left": return try fenced()
        case "middle": return Self.stretched(try fence())
        case "begin": return try environment()
        case "{", "}", "%", "$", "&", "#", "_": return Self.element(of: name)
        default: throw Unknown()
        }
    }

    /// The plain text of an argument; a command in it becomes its symbol.
    private mutating func plainArgument() throws(Unknown) -> String {
        skipSpace()
        guard take(.sign("{")) else {
            guard case .sign(let sign)? = next else { throw Unknown() }
            position += 1
            return String(sign)
        }
        var text = ""
        while let token = next {
            position += 1
            switch token {
            case .sign("}"): return text
            case .sign(let sign): text.append(sign)
            case .command(let name):
                guard let symbol = MathSymbols.identifiers[name] ?? (MathSymbols.spaces[name].map { _ in " " }) else {
                    throw Unknown()
                }
                text += symbol
            }
        }
        throw Unknown()
    }

    private mutating func fence() throws(Unknown) -> String {
        guard let token = next else { throw Unknown() }
        position += 1
        switch token {
        case .sign("."): return ""
        case .sign(let sign): return String(sign).htmlText
        case .command(let name):
            guard let symbol = MathSymbols.operators[name] ?? (["{", "}"].contains(name) ? name : nil) else {
                throw Unknown()
            }
            return symbol.htmlText
        }
    }

    private mutating func fenced() throws(Unknown) -> String {
        let opening = try fence()
        let content = try row(until: .command("right"))
        return "<mrow>\(Self.stretched(opening))\(content)\(Self.stretched(try fence()))</mrow>"
    }

    /// A fence as tall as what stands between it and its other half.
    private static func stretched(_ fence: String) -> String { "<mo stretchy=\"true\">\(fence)</mo>" }

    /// Lines and columns between `\begin{NAME}` and `\end{NAME}`.
    private mutating func environment() throws(Unknown) -> String {
        let name = try plainArgument()
        let fences =
            ["pmatrix": ("(", ")"), "bmatrix": ("[", "]"), "cases": ("{", ""), "matrix": ("", "")][name] ?? ("", "")
        let isAligned = ["aligned", "align", "align*", "split"].contains(name)
        guard isAligned || fences != ("", "") || name == "matrix" else { throw Unknown() }
        var rows: [[String]] = [[""]]
        depth += 1
        defer { depth -= 1 }
        guard depth < 50 else { throw Unknown() }
        while !take(.command("end")) {
            guard next != nil else { throw Unknown() }
            skipSpace()
            if take(.command("\\")) {
                rows.append([""])
            } else if take(.sign("&")) {
                rows[rows.count - 1].append("")
            } else if next != .command("end") {
                let content = try scripted()
                rows[rows.count - 1][rows[rows.count - 1].count - 1] += content
            }
        }
        guard try plainArgument() == name else { throw Unknown() }
        if rows.last == [""] { rows.removeLast() }
        let body = rows.map { "<mtr>" + $0.map { "<mtd>\($0)</mtd>" }.joined() + "</mtr>" }.joined()
        let style = isAligned ? " class=\"aligned\"" : name == "cases" ? " class=\"cases\"" : ""
        let table = "<mtable\(style)>\(body)</mtable>"
        let (opening, closing) = fences
        return "<mrow>\(opening.isEmpty ? "" : Self.stretched(opening))\(table)"
            + "\(closing.isEmpty ? "" : Self.stretched(closing))</mrow>"
    }
}
