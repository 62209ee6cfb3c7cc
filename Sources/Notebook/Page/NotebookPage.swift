import Report

/// A notebook as a page: one HTML file that needs no other.
///
/// Texts are rendered, code is coloured, and outputs follow their code. Cells tagged `solution` are folded, consecutive
/// ones together; those tagged `answer` or `sealed-answers`, which are not for reading, are left out.
public struct NotebookPage {
    private let notebook: Notebook

    /// The page of a notebook, titled by its first heading of level 1.
    public init(_ notebook: Notebook) { self.notebook = notebook }

    /// The page as an HTML document.
    public var html: String {
        var page = HTMLPage(title: notebook.title ?? "Notebook")
        var (hasTitle, isFolded) = (false, false)
        for cell in notebook.cells where !cell.isForMarking {
            if cell.tags.contains(LessonTag.solution) != isFolded {
                page.body += isFolded ? "</details>\n" : "<details>\n<summary>Solution</summary>\n"
                isFolded.toggle()
            }
            switch cell.kind {
            case .markdown:
                add(Markdown.html(cell.source, attachments: cell.attachments), to: &page, hasTitle: &hasTitle)
            case .code: page.body += code(cell)
            case .raw: page.body += "<pre>\n\(cell.source.htmlText)</pre>\n"
            }
        }
        if isFolded { page.body += "</details>\n" }
        let hasSliders = notebook.cells.contains { !$0.sliderStates.isEmpty }
        return page.html(style: Self.css + TerminalText.css, script: hasSliders ? SliderHTML.script : "")
    }

    /// Adds rendered Markdown; its headings go to the table of contents, and the first of level 1 to the top.
    private func add(_ html: String, to page: inout HTMLPage, hasTitle: inout Bool) {
        var rest = Substring(html)
        // Only headings have these tags: the text's own are escaped.
        while let heading = rest.firstMatch(of: /<h([1-6])>(.*?)<\/h\1>\n?/.dotMatchesNewlines()) {
            page.body += rest[..<heading.range.lowerBound]
            let level = Int(heading.1) ?? 2
            if level == 1, !hasTitle {
                hasTitle = true
                page.heading = String(heading.2)
            } else {
                let entry = heading.2.replacing(/<\/?a\b[^>]*>/, with: "")
                page.addHeading(String(heading.2), entry: String(entry), level: max(level, 2))
            }
            rest = rest[heading.range.upperBound...]
        }
        page.body += rest
    }

    private func code(_ cell: Cell) -> String {
        let (source, outputs) = (Self.source(cell, of: notebook), Self.outputs(cell))
        guard !source.isEmpty || !outputs.isEmpty else { return "" }
        // As errors name it.
        let number = cell.executionCount.map { "<span class=\"number\">cell \($0)</span>\n" } ?? ""
        return
            "<div class=\"cell\">\n\(number)\(source)\(outputs.isEmpty ? "" : "<div class=\"outputs\">\n\(outputs)</div>\n")</div>\n"
    }

    /// The source of a code cell, in colours where the notebook's language is Lua; empty where it has none.
    static func source(_ cell: Cell, of notebook: Notebook) -> String {
        let text = notebook.isLua ? LuaHighlighter.html(cell.source) : cell.source.htmlText
        return cell.source.isEmpty ? "" : "<pre class=\"source\">\n\(text)</pre>\n"
    }

    /// The outputs of a code cell, with its slider if it has one.
    static func outputs(_ cell: Cell) -> String {
        SliderHTML.html(cell) ?? cell.outputs.map(OutputHTML.html).joined()
    }

    /// What a notebook has beyond other pages.
    static let css = """
        main p, main li { white-space: normal }
        main > ul, main > ol, main > blockquote, details { max-width: 44rem }
        main > p:first-child { margin-top: 1.6rem }
        main table { margin: 1em 0; display: block; width: max-content; max-width: 100%; overflow-x: auto }
        blockquote { margin: 0 0 .9em; padding: 0 0 0 1rem; border-left: 3px solid var(--rule); color: var(--faint) }
        code { font: .88em ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace }
        p code, li code, td code { background: var(--shade); padding: .1em .3em; border-radius: 3px }
        .cell { position: relative; margin: 1.4em 0 }
        .number { position: absolute; right: 0; bottom: 100%; color: var(--faint); font-size: .72rem; line-height: 1.3 }
        .outputs { margin: 0; padding: .5rem 0 0 1rem; overflow-x: auto }
        .outputs pre { background: none; padding: .1rem 0; white-space: pre-wrap; overflow-wrap: anywhere }
        .outputs pre.long { max-height: 26rem; overflow: auto; margin: .3rem 0; padding: .5rem .8rem;
          border: 1px solid var(--rule); border-radius: 3px }
        .outputs pre.columns { white-space: pre; overflow-wrap: normal }
        .picture { margin: .4rem 0; overflow-x: auto }
        .source { border-left: 3px solid var(--link) }
        .slider label { font-weight: 600 }
        .slider output { font-variant-numeric: tabular-nums }
        .slider input { display: block; width: min(100%, 22rem); accent-color: var(--link) }
        .stderr { color: var(--faint) }
        .error { color: var(--wrong) }
        .lua-comment { color: var(--faint); font-style: italic }
        .lua-string { color: var(--string) }
        .lua-number { color: var(--number) }
        .lua-word { color: var(--word); font-weight: 600 }
        details { margin: 1em 0; padding: .4rem .9rem; border: 1px solid var(--rule); border-radius: 3px }
        details[open] { max-width: none }
        summary { cursor: pointer; color: var(--link) }
        .html details { margin: 0 0 0 1.2rem; padding: 0; border: 0; max-width: none }
        .html details > div { margin-left: 2.3rem }
        .html > details { margin-left: 0 }
        .html summary { color: inherit }
        .html small { color: var(--faint) }
        .html progress { vertical-align: middle }
        math { font-size: 1.08em; font-family: "STIX Two Math", "Cambria Math", "Latin Modern Math", "STIX Math",
          "DejaVu Math TeX Gyre", math }
        .joined { white-space: nowrap }
        math[display=block] { margin: .1em 0 .6em; padding: .3em 0; overflow-x: auto; overflow-y: hidden }
        .aligned mtd:nth-child(odd) { text-align: right; padding-right: 0 }
        .aligned mtd:nth-child(even) { text-align: left; padding-left: .25em }
        .cases mtd { text-align: left }
        .tex { color: var(--faint) }
        :root { --wrong: #b3261e; --string: #0a6b3d; --number: #9a4b00; --word: #5b2a86 }
        @media (prefers-color-scheme: dark) {
          :root { --wrong: #ff8a80; --string: #7fd6a4; --number: #f0b070; --word: #c9a6f5 }
        }
        @media print {
          :root { --wrong: #b3261e; --string: #0a6b3d; --number: #9a4b00; --word: #5b2a86 }
          .outputs pre.long { max-height: none }
        }
        """
}
