import LuaBridge
import Notebook
import Sessions
import Support
import Testing

/// Cells that are tried with several values of a variable.
@Suite struct CellSliderTests {
    private static let text = """
        -- %%
        sigma = 0.1

        -- %% slider sigma = 0.01, 0.1, 1
        print("sigma is " .. sigma)

        -- %%
        print(sigma)

        """

    private func run(_ text: String) throws -> (notebook: Notebook, ending: NotebookRun.Ending) {
        var notebook = PercentFormat.notebook(text)
        let ending = try NotebookRun().run(&notebook, in: Session(modules: []))
        return (notebook, ending)
    }

    private func printed(_ outputs: [JSON]) -> [String] { outputs.compactMap { $0["text"]?.multilineText } }

    @Test func allValuesAreTriedAndTheVariablesOwnIsLeft() throws {
        let (notebook, ending) = try run(Self.text)
        #expect(ending == .complete)
        #expect(printed(notebook.cells[1].outputs) == ["sigma is 0.1\n"])
        #expect(printed(notebook.cells[2].outputs) == ["0.1\n"])
        let states = try #require(notebook.cells[1].metadata["slider-states"]?.elements)
        #expect(states.map { $0["value"]?.text } == ["0.01", "0.1", "1"])
        #expect(
            states.map { printed($0["outputs"]?.elements ?? []) } == [
                ["sigma is 0.01\n"], ["sigma is 0.1\n"], ["sigma is 1\n"],
            ])
        // Lua keeps what is asked for, and not what came out.
        #expect(PercentFormat.text(notebook) == Self.text)
    }

    @Test func thePageHasAllAndShowsTheOneThatWasLeft() throws {
        let page = NotebookPage(try run(Self.text).notebook).html
        #expect(page.contains("<div class=\"slider\" data-shown=\"1\">"))
        #expect(page.contains("<input type=\"range\" min=\"0\" max=\"2\" step=\"1\" value=\"1\">"))
        for value in ["0.01", "0.1", "1"] { #expect(page.contains("sigma is \(value)\n")) }
        let without = NotebookPage(PercentFormat.notebook(Self.text)).html
        #expect(!without.contains("type=\"range\""))
    }

    @Test func itStaysInJupytersFormAndLeavesTheStudents() throws {
        let (notebook, _) = try run(Self.text)
        let again = try Notebook(parsing: Array(notebook.text.utf8))
        #expect(again == notebook)
        #expect(try again.studentForm(answers: "").cells[1].metadata["slider-states"] == nil)
    }

    @Test(arguments: [
        "sigma", "sigma = 1", "2x = 1, 2", "x = 1, os.exit()", "x = 1, 1", "x = 1,, 2", "= 1, 2", "x = nan, 1",
    ])
    func whatIsNoSliderIsAnError(_ slider: String) {
        #expect(throws: NotebookError.self) { try run("-- %% slider \(slider)\nprint(x)\n") }
    }

    @Test func textsAreValuesToo() throws {
        let (notebook, _) = try run("-- %% slider kind = 'ms', \"tumour\"\nprint(kind)\n")
        #expect(printed(notebook.cells[0].outputs) == ["ms\n"])
    }
}
