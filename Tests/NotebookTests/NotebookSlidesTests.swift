import Notebook
import Support
import Testing

/// What is on which slide.
struct NotebookSlidesTests {
    private func text(_ source: String, _ names: String...) -> Cell {
        Cell(.markdown, source: source, metadata: .object([.init("tags", .array(names.map { .string($0) }))]))
    }

    /// A cell with so many figures, and a text.
    private func code(_ source: String, figures: Int = 1, _ names: String...) throws -> Cell {
        var cell = Cell(.code, source: source, metadata: .object([.init("tags", .array(names.map { .string($0) }))]))
        let figure = try JSON(
            parsing: #"{"output_type":"display_data","data":{"image/png":"QUJD"},"metadata":{}}"#)
        let printed = try JSON(parsing: #"{"output_type":"stream","name":"stdout","text":"printed"}"#)
        cell.outputs = [printed] + Array(repeating: figure, count: figures)
        return cell
    }

    private func slides(_ cells: Cell...) -> [String] {
        let html = NotebookSlides(Notebook(cells: cells)).html
        return html.components(separatedBy: "<section ").dropFirst().map {
            $0.components(separatedBy: "</section>")[0]
        }
    }

    @Test func aSlideForEachHeading() throws {
        let slides = slides(
            text("# Title *one*\nWhat it is about,\nin two lines.\n\nMore."),
            text("## First\nOnly this.\n\nNot this.\n\n- nor this\n\n$$x = 1$$"), try code("y = 1"))
        try #require(slides.count == 2)
        #expect(slides[0].contains("<h1>Title <em>one</em></h1>") && slides[0].contains("in two lines."))
        #expect(!slides[0].contains("More."))
        #expect(slides[1].contains("<h2>First</h2>") && slides[1].contains("Only this."))
        #expect(!slides[1].contains("ot this") && !slides[1].contains("printed"))
        #expect(slides[1].contains("<math display=\"block\">") && slides[1].contains("data:image/png;base64,QUJD"))
        #expect(slides[1].contains("<details class=\"code\">\n<summary>Code</summary>\n<pre class=\"source\">\ny = "))
        #expect(slides[1].contains("aria-label=\"2 of 2\"") && slides[1].contains("class=\"body\""))
    }

    @Test func whatEndsASentenceIsThere() {
        let slides = slides(text("## A\nThree things:\n\n- a\n- b\n\nNo more.\n\n## B\n1. no paragraph\n\nThe first."))
        #expect(slides.map { $0.contains("<li>a</li>") } == [true, false])
        #expect(
            !slides[0].contains("No more") && slides[1].contains("The first") && !slides[1].contains("no paragraph"))
    }

    /// The figure that answers a question is on the next slide.
    @Test func questionsStandBeforeTheirFigures() throws {
        let slides = slides(
            text("## A\nText.\n\n**What do you expect?** Guess."), try code("x"), text("**Exercise.** Do."))
        try #require(slides.count == 3)
        #expect(slides.map { $0.contains("<img") } == [false, true, false])
        #expect(!slides[1].contains("body beside"))
        #expect(self.slides(text("## A\nText."), try code("x"))[0].contains("body beside"))
        #expect(slides.map { $0.contains("<h2>A</h2>") } == [true, true, true])
        #expect(slides[0].contains("Guess.") && slides[2].contains("Do."))
    }

    @Test(arguments: [(1, [1]), (2, [2]), (3, [2, 1]), (5, [2, 2, 1])])
    func atMostTwoFigures(count: Int, expected: [Int]) throws {
        let slides = slides(text("## A"), try code("x", figures: count))
        #expect(slides.map { $0.ranges(of: "<img").count } == expected)
    }

    @Test(arguments: ["solution", "answer", "sealed-answers", "no-slide"])
    func cellsAreLeftOut(tag: String) throws {
        let slides = slides(text("## A\nText."), try code("x = 'secret'", figures: 1, tag), text("## B\nsecret", tag))
        #expect(slides.count == 1 && !slides[0].contains("secret") && !slides[0].contains("<img"))
    }

    @Test func aCellIsThereWhole() throws {
        let slides = slides(text("## A\nOne.\n\nTwo.", "slide"), try code("x = 'shown'", figures: 1, "slide"))
        try #require(slides.count == 1)
        for part in ["One.", "Two.", "shown", "printed", "<img"] { #expect(slides[0].contains(part), "\(part)") }
        #expect(!slides[0].contains("<details"))
    }

    @Test func fencesAndFormulasAreWhole() throws {
        let slides = slides(text("## A\nSo:\n\n```\n# no heading\n\nx\n```\n\n## B\nAnd:\n\n$$\na\n= b\n$$\n\nno more"))
        try #require(slides.count == 2)
        #expect(slides[0].contains("# no heading\n\nx"))
        #expect(slides[1].contains("<math display=\"block\">") && !slides[1].contains("no more"))
    }

    @Test(arguments: [0, 1, 2]) func whatIsGivenIsNotRun(kind: Int) throws {
        let source = "<script>alert(1)</script>"
        let cell = [
            text("## " + source + "\n" + source), text(source, "slide"), try code(source, figures: 0, "slide"),
        ][kind]
        let html = NotebookSlides(Notebook(cells: [cell])).html
        let main = html.components(separatedBy: "</main>")[0]
        #expect(!main.contains("<script") && main.contains("&lt;script&gt;"))
    }

    @Test func anEmptyNotebookHasNoSlides() { #expect(slides().isEmpty) }
}
