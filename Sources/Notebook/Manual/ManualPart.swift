import LuaBridge
import Report

/// A part of the manual below one heading.
struct ManualPart {
    /// The full name of what is declared, or the words of the heading; what links lead to.
    let name: String
    /// The heading as text; empty for what comes before the first.
    let title: String
    /// What the list of contents has.
    let entry: String
    /// The heading's level, 2 or 3.
    let level: Int
    /// The sentence that the search shows.
    let summary: String
    /// What it says, in Markdown.
    let text: String
    /// Whether the heading is code.
    let isCode: Bool

    /// The heading as HTML.
    var heading: String { isCode ? "<code>\(title.htmlText)</code>" : title.htmlText }

    /// The part of a declaration.
    init(_ declaration: Documentation.Entry) {
        name = declaration.name
        summary = declaration.summary
        text = ReferenceManual.text(of: declaration)
        switch declaration {
        case .module, .type: (title, level, isCode) = (name, 2, true)
        case .function(_, let function): (title, level, isCode) = (Help.call(function, name: name), 3, true)
        case .constant, .property: (title, level, isCode) = (name, 3, true)
        }
        entry = name.htmlText
    }

    private init(title: String, level: Int, text: String) {
        (name, self.title, self.level, self.text) = (title.replacing(/[^A-Za-z0-9]+/, with: "-"), title, level, text)
        (entry, summary, isCode) = (title.htmlText, "", false)
    }

    /// The parts of a chapter, by its headings of levels 2 and 3 outside code.
    static func sections(of text: String) -> [ManualPart] {
        var parts: [ManualPart] = []
        var (title, level, lines, isCode) = ("", 2, [Substring](), false)
        func close() { parts.append(ManualPart(title: title, level: level, text: lines.joined(separator: "\n"))) }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") { isCode.toggle() }
            if !isCode, let heading = line.wholeMatch(of: /(##+) (.*)/) {
                close()
                (title, level, lines) = (String(heading.2), min(heading.1.count, 3), [])
            } else {
                lines.append(line)
            }
        }
        close()
        return parts
    }
}
