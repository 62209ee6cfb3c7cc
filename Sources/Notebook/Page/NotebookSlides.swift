import Report
import Sessions

/// A notebook as slides: one HTML file that needs no other.
///
/// There is a slide for each heading, with its first paragraph (and what follows a colon at its end), the paragraphs
/// that begin in bold, the formulas on lines of their own, and the figures. After two figures, and before the figures
/// that follow a paragraph in bold, which mostly asks what they show, another slide with the heading begins. Code is
/// folded. Cells tagged `no-slide`, `solution`, `answer` or `sealed-answers` are left out, and those tagged `slide` are
/// there whole.
public struct NotebookSlides {
    private let notebook: Notebook
    private var slides: [Slide] = []
    /// Whether the next paragraph is the first below its heading, and whether the next block ends a sentence.
    private var (isFirst, isContinued) = (true, false)

    /// What is on a slide, as HTML.
    private struct Slide {
        var heading = ""
        var level = 2
        var words: [String] = []
        var figures: [String] = []
        var code: [String] = []
        var asks = false
    }

    /// Arranges the slides of a notebook.
    public init(_ notebook: Notebook) {
        self.notebook = notebook
        for cell in notebook.cells where !cell.isForMarking {
            let isLeftOut = cell.tags.contains(LessonTag.solution) || cell.tags.contains(SlideTag.without)
            if !isLeftOut { add(cell, isWhole: cell.tags.contains(SlideTag.whole)) }
        }
        slides.removeAll { $0.heading.isEmpty && $0.words.isEmpty && $0.figures.isEmpty }
    }

    /// The tags that put a cell in whole, or leave it out.
    private enum SlideTag {
        static let (whole, without) = ("slide", "no-slide")
    }

    /// The slides as an HTML document.
    public var html: String {
        let sections = slides.enumerated().map { index, slide in html(slide, index: index) }.joined()
        let moving = """
            <nav class="move" aria-label="Slides" hidden>
            <button type="button" aria-label="Previous slide">&#8249;</button>
            <button type="button" aria-label="Next slide">&#8250;</button>
            </nav>

            """
        let hasSliders = notebook.cells.contains { !$0.sliderStates.isEmpty }
        return HTMLPage.document(
            title: notebook.title ?? "Notebook", style: NotebookPage.css + TerminalText.css + SlideStyle.css,
            script: (hasSliders ? SliderHTML.script + "\n" : "") + SlideStyle.script,
            body: "<main tabindex=\"0\">\n\(sections)</main>\n\(moving)")
    }

    private func html(_ slide: Slide, index: Int) -> String {
        let place = "\(index + 1) of \(slides.count)"
        let heading =
            slide.heading.isEmpty ? "" : "<h\(slide.level)>\(slide.heading)</h\(slide.level)>\n"
        let words = slide.words.isEmpty ? "" : "<div class=\"words\">\n\(slide.words.joined())</div>\n"
        let figures = slide.figures.isEmpty ? "" : "<div class=\"figures\">\n\(slide.figures.joined())</div>\n"
        let code =
            slide.code.isEmpty
            ? "" : "<details class=\"code\">\n<summary>Code</summary>\n\(slide.code.joined())</details>\n"
        // Formulas, tables and code need the whole width.
        let isBeside = slide.figures.count == 1 && !words.isEmpty && !words.contains(/<math display|<table|<pre/)
        return """
            <section class="slide\(slide.level == 1 ? " title" : "")" id="slide-\(index + 1)" aria-label="\(place)">
            <div class="room">
            \(heading)<div class="body\(isBeside ? " beside" : "")">
            \(words)\(figures)</div>
            \(code)</div>
            <p class="place" aria-hidden="true">\(index + 1) / \(slides.count)</p>
            </section>

            """
    }

    private mutating func add(_ cell: Cell, isWhole: Bool) {
        switch cell.kind {
        case .raw: break
        case .markdown:
            for block in MarkdownBlock.blocks(of: cell.source) { add(block, of: cell, isWhole: isWhole) }
        case .code:
            let (source, outputs) = (NotebookPage.source(cell, of: notebook), NotebookPage.outputs(cell))
            if isWhole {
                addWords("\(source)<div class=\"outputs\">\n\(outputs)</div>\n")
            } else {
                for picture in pictures(of: cell) { addFigure(picture) }
                change { if $0.level > 1 { $0.code.append(source) } }
            }
        }
    }

    private mutating func add(_ block: MarkdownBlock, of cell: Cell, isWhole: Bool) {
        let html = Markdown.html(block.text, attachments: cell.attachments)
        if block.kind == .heading, let heading = html.firstMatch(of: /<h([1-6])>(.*?)<\/h\1>/.dotMatchesNewlines()) {
            let isTitle = heading.1 == "1" && !slides.contains { $0.level == 1 }
            slides.append(Slide(heading: String(heading.2), level: isTitle ? 1 : 2))
            (isFirst, isContinued) = (true, false)
            return
        }
        let isBold = block.kind == .paragraph && block.text.hasPrefix("**")
        if block.kind == .picture, !isWhole { return addFigure(html) }
        if isWhole || isContinued || isBold || (block.kind == .paragraph && isFirst) {
            addWords(html)
            if isBold { change { $0.asks = true } }
            isContinued = block.kind == .paragraph && block.text.hasSuffix(":")
            if block.kind == .paragraph { isFirst = false }
        } else {
            for formula in block.formulas { addWords(Markdown.html(formula)) }
        }
    }

    private mutating func addFigure(_ html: String) {
        if let last = slides.last, last.asks || last.figures.count == 2 { begin(after: last) }
        change { $0.figures.append(html) }
    }

    /// Adds words; those that come after figures begin another slide.
    private mutating func addWords(_ html: String) {
        if let last = slides.last, !last.figures.isEmpty { begin(after: last) }
        change { $0.words.append(html) }
    }

    /// Begins a slide that goes on under the same heading.
    private mutating func begin(after slide: Slide) {
        slides.append(Slide(heading: slide.heading, level: 2))
    }

    private mutating func change(_ body: (inout Slide) -> Void) {
        if slides.isEmpty { slides.append(Slide()) }
        body(&slides[slides.count - 1])
    }

    /// The pictures of a cell's outputs; those of a cell with a slider are one figure.
    private func pictures(of cell: Cell) -> [String] {
        var cell = cell
        cell.outputs = cell.outputs.filter(OutputHTML.isPicture)
        cell.sliderStates = cell.sliderStates.map { state in
            .init(value: state.value, outputs: state.outputs.filter(OutputHTML.isPicture))
        }
        guard !cell.outputs.isEmpty else { return [] }
        return SliderHTML.html(cell).map { [$0] } ?? cell.outputs.map(OutputHTML.html)
    }
}
