import Notebook
import Support
import Testing

struct NotebookParametersTests {
    private func cell(_ source: String, tag: String) -> Cell {
        Cell(.code, source: source, metadata: .object([.init("tags", .array([.string(tag)]))]))
    }

    @Test func valuesComeAfterTheDefaults() throws {
        var notebook = Notebook(cells: [
            Cell(.markdown, source: "# T"), cell("n = 5", tag: "parameters"), Cell(.code, source: "print(n)"),
        ])
        for value in ["7", "8"] {
            try notebook.setParameters([("n", value)])
            #expect(notebook.cells.map(\.source) == ["# T", "n = 5", "n = \(value)", "print(n)"])
            #expect(notebook.cells[2].tags == ["injected-parameters"])
            #expect(Set(notebook.cells.map(\.id)).count == 4)
        }
        try notebook.setParameters([])
        #expect(notebook.cells.map(\.source) == ["# T", "n = 5", "print(n)"])
    }

    @Test(arguments: [
        ("5", "5"), ("-1.5e-3", "-1.5e-3"), ("true", "true"), ("nil", "\"nil\""), ("0x10", "\"0x10\""),
        ("a\"b\\", "\"a\\\"b\\\\\""),
        ("a\nb\0", "\"a\\u{a}b\\u{0}\""), ("\u{E9}", "\"\u{E9}\""), ("", "\"\""), ("inf", "\"inf\""),
    ])
    func valuesAreLiterals(value: String, literal: String) throws {
        var notebook = Notebook(cells: [Cell(.code, source: "print(x)")])
        try notebook.setParameters([("x", value)])
        #expect(notebook.cells.map(\.source) == ["x = \(literal)", "print(x)"])
    }

    @Test(arguments: ["", "1a", "a b", "end", "a-b"])
    func namesMustBeVariables(name: String) {
        var notebook = Notebook()
        #expect(throws: NotebookError("parameter '\(name)': the name of a variable expected")) {
            try notebook.setParameters([(name, "1")])
        }
    }
}
