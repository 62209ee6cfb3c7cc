import Notebook
import Support
import Testing

@Suite struct StudentFormTests {
    private static func form(_ text: String, answers: String = "") throws -> String {
        PercentFormat.text(try PercentFormat.notebook(text).studentForm(answers: answers))
    }

    @Test func solutionsAndAnswersAreLeftOut() throws {
        let lesson = """
            -- %% [markdown]
            -- # A lesson

            -- %%
            x = nil

            -- %% tags=["solution"]
            x = 3

            -- %% tags=["answer"]
            check.answer("x", x)

            -- %%
            check("x", x)

            """
        #expect(
            try Self.form(lesson, answers: "abc\ndef") == """
                -- %% [markdown]
                -- # A lesson

                -- %% tags=["sealed-answers"] jupyter={"source_hidden":true}
                -- The sealed answers of the exercises.
                check.load [[
                abc
                def
                ]]

                -- %%
                x = nil

                -- %%
                check("x", x)

                """)
        #expect(!(try Self.form(lesson).contains("sealed")))
    }

    @Test(arguments: [
        (
            "function f(x)\n    -- BEGIN SOLUTION\n    return x\n    -- END SOLUTION\nend",
            "function f(x)\n    -- your code here\nend"
        ),
        ("a = 1\n### BEGIN HIDDEN TESTS\nassert(a == 1)\n### END HIDDEN TESTS\nb = 2", "a = 1\nb = 2"),
        ("-- BEGIN SOLUTION\n-- END SOLUTION", "-- your code here"),
        ("a = 1", "a = 1"),
    ])
    func partsOfACellAreReplaced(_ source: String, _ expected: String) throws {
        let student = try Notebook(cells: [Cell(.code, source: source)]).studentForm(answers: "")
        #expect(student.cells.map(\.source) == [expected])
    }

    @Test(arguments: ["BEGIN SOLUTION", "BEGIN HIDDEN TESTS"])
    func aPartThatDoesNotEndIsAnError(_ begin: String) {
        let notebook = Notebook(cells: [Cell(.code, source: ""), Cell(.code, source: "-- \(begin)\nx = 1")])
        let end = begin.replacing("BEGIN", with: "END")
        #expect(throws: NotebookError("cell 2: a line with '\(end)' expected")) {
            try notebook.studentForm(answers: "")
        }
    }

    @Test(arguments: [
        ("tags=[\"solutions\"]", "the tag 'solutions' would leave it to students: did you mean 'solution'?"),
        ("tags=[\"Answer\"]", "the tag 'Answer' would leave it to students: did you mean 'answer'?"),
        ("tags=\"solution\"", "tags=[\"solution\"] or the like expected, got tags=\"solution\""),
        ("tag=[\"solution\"]", "tags=[\"solution\"] or the like expected, got tag=[\"solution\"]"),
        ("tags=[solution]", "tags=[\"solution\"] or the like expected, got 'tags=[solution]'"),
    ])
    func whatIsNearlyATagIsAnError(_ options: String, _ reason: String) {
        let notebook = PercentFormat.notebook("-- %% \(options)\nx = 1\n")
        #expect(throws: NotebookError("cell 1: \(reason)")) { try notebook.studentForm(answers: "") }
    }

    @Test func otherTagsStay() throws {
        let text = "-- %% A title tags=[\"parameters\",\"hide-input\"]\nx = 1\n"
        #expect(try PercentFormat.text(PercentFormat.notebook(text).studentForm(answers: "")) == text)
    }

    @Test func whatNbgraderCallsASolutionIsEmptied() throws {
        let metadata = try JSON(parsing: Array(#"{"nbgrader": {"solution": true, "grade": true, "points": 3}}"#.utf8))
        var code = Cell(.code, source: "x = 3", metadata: metadata)
        code.outputs = [.string("3")]
        let text = Cell(.markdown, source: "As follows.", metadata: metadata)
        let student = try Notebook(cells: [code, text]).studentForm(answers: "")
        #expect(student.cells.map(\.source) == ["-- your code here", "*Your answer here.*"])
        #expect(student.cells[0].outputs.isEmpty)
        #expect(student.cells[0].metadata == metadata)
    }

    @Test func aPageIsWithoutAnswers() throws {
        let lesson = PercentFormat.notebook(
            "-- %% tags=[\"answer\"]\ntaken_out()\n\n-- %% tags=[\"sealed-answers\"]\ntaken_away()\n\n-- %%\nkept_there()\n"
        )
        let page = NotebookPage(lesson).html
        #expect(!page.contains("taken_") && page.contains("kept_there"))
    }
}
