import Report

/// Text with the escape sequences of terminals: colours and weights become spans, all other sequences are left out.
enum TerminalText {
    /// The style of a text, as "select graphic rendition" (ECMA-48) sets it.
    private struct Style: Equatable {
        var colour: Int?
        var background: Int?
        var classes: Set<String> = []

        /// The attribute of a span; empty for plain text.
        var attributes: String {
            let names =
                [colour.map { "ansi-\($0)" }, background.map { "ansi-back-\($0)" }].compactMap { $0 } + classes.sorted()
            return names.isEmpty ? "" : " class=\"\(names.joined(separator: " "))\""
        }

        /// Takes the numbers of a sequence.
        mutating func apply(_ codes: [Int]) {
            var rest = codes[...]
            while let code = rest.popFirst() {
                switch code {
                case 0: self = Style()
                case 1: classes.insert("ansi-bold")
                case 3: classes.insert("ansi-italic")
                case 4: classes.insert("ansi-underline")
                case 22: classes.remove("ansi-bold")
                case 23: classes.remove("ansi-italic")
                case 24: classes.remove("ansi-underline")
                case 30...37: colour = code - 30
                case 38: colour = Self.extended(&rest)
                case 39: colour = nil
                case 40...47: background = code - 40
                case 48: background = Self.extended(&rest)
                case 49: background = nil
                case 90...97: colour = code - 90 + 8
                case 100...107: background = code - 100 + 8
                default: break
                }
            }
        }

        /// The nearest of the 16 colours to one of 256 (5;N), or of all (2;R;G;B).
        private static func extended(_ rest: inout ArraySlice<Int>) -> Int? {
            switch rest.popFirst() {
            case 5:
                guard let index = rest.popFirst(), 0...255 ~= index else { return nil }
                if index < 16 { return index }
                if index >= 232 { return nearest([index, index, index].map { ($0 - 232) * 10 + 8 }) }
                let levels = [0, 95, 135, 175, 215, 255]
                return nearest([(index - 16) / 36, (index - 16) / 6 % 6, (index - 16) % 6].map { levels[$0] })
            case 2:
                let parts = [rest.popFirst(), rest.popFirst(), rest.popFirst()].compactMap { $0 }
                return parts.count == 3 ? nearest(parts) : nil
            default: return nil
            }
        }

        private static func nearest(_ rgb: [Int]) -> Int {
            let most = rgb.max() ?? 0
            guard most > 60 else { return 0 }
            let bits = rgb.enumerated().reduce(0) { $0 + ($1.element > most / 2 ? 1 << $1.offset : 0) }
            return most > 190 && bits != 7 ? bits + 8 : bits
        }
    }

    /// A sequence: a "control sequence", a title or link, or two characters.
    private static var escape: Regex<(Substring, codes: Substring?, end: Substring?)> {
        /\u{1B}(?:\[[<-?][0-9;]*[ -\/]*[@-~]?|\[(?<codes>[0-9;:]*)(?<end>[ -\/]*[@-~])?|\][^\u{7}\u{1B}]*(?:\u{7}|\u{1B}\\)?|[(-\/]?[ -~]?)/
    }

    /// The HTML of a text.
    static func html(_ text: String) -> String {
        var result = ""
        var style = Style()
        var rest = Substring(text)
        let escape = escape
        /// Text of one style; other sequences do not interrupt it.
        var run = ""
        func endRun() {
            guard !run.isEmpty else { return }
            let attributes = style.attributes
            result += attributes.isEmpty ? run.htmlText : "<span\(attributes)>\(run.htmlText)</span>"
            run = ""
        }
        while let start = rest.firstIndex(of: "\u{1B}") {
            run += rest[..<start]
            guard let match = rest[start...].prefixMatch(of: escape) else {
                rest = rest[start...].dropFirst()
                continue
            }
            if match.end == "m" {
                let codes = (match.codes ?? "").split(omittingEmptySubsequences: false) { $0 == ";" || $0 == ":" }
                endRun()
                style.apply(codes.map { Int($0) ?? 0 })
            }
            rest = rest[match.range.upperBound...]
        }
        run += rest
        endRun()
        return result
    }

    /// The classes' rules.
    static let css = """
        .ansi-bold { font-weight: 600 }
        .ansi-italic { font-style: italic }
        .ansi-underline { text-decoration: underline }

        """
        + zip(0..., colours).map { index, colour in
            ".ansi-\(index) { color: \(colour) }\n"
                + ".ansi-back-\(index) { background: color-mix(in srgb, \(colour) 18%, transparent) }\n"
        }.joined()

    /// The 16 colours, of which each is dark enough on white, and light enough in dark mode.
    private static let colours = zip(
        [
            "#555", "#b3261e", "#2a7d32", "#8a6100", "#3465a4", "#8e44ad", "#0f7382", "#666", "#666", "#c9302c",
            "#2e7d32", "#8a6100", "#2f6fc0", "#9a48ba", "#14717f", "#666",
        ],
        [
            "#aaa", "#ff8a80", "#7fd6a4", "#e0b050", "#7fb0f0", "#d09af0", "#60c5d5", "#ccc", "#aaa", "#ff9d94",
            "#90e0b0", "#f0c870", "#9cc4ff", "#dcb0ff", "#80d8e6", "#ddd",
        ]
    ).map { "light-dark(\($0), \($1))" }
}
