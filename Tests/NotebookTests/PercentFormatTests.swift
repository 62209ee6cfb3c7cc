import Notebook
import Support
import Testing

struct PercentFormatTests {
    private func cells(_ text: String) -> [[String]] {
        PercentFormat.notebook(text).cells.map { [$0.kind.rawValue, $0.source, $0.metadata.description] }
    }

    @Test(arguments: [
        ("", []),
        ("\n \n", []),
        ("print(1)\n", [["code", "print(1)", "{}"]]),
        ("x = 1\n\n-- %%\ny = 2\n", [["code", "x = 1", "{}"], ["code", "y = 2", "{}"]]),
        ("-- %%\n\n-- %%\n", [["code", "", "{}"], ["code", "", "{}"]]),
        ("-- %% [markdown]\n-- # A\n--\n-- b\n", [["markdown", "# A\n\nb", "{}"]]),
        ("--%% [md]\n--b\nplain\n", [["markdown", "b\nplain", "{}"]]),
        ("-- %% [raw]\r\n-- b\r\n", [["raw", "b\r", "{}"]]),
        ("-- %% tags=[\"parameters\"]\nn = 5", [["code", "n = 5", "{\"tags\":[\"parameters\"]}"]]),
        (
            "-- %% The data [markdown] a={\"b\": [1.0, \"] =\"]} \"c d\"=null\n",
            [["markdown", "", "{\"title\":\"The data\",\"a\":{\"b\":[1.0,\"] =\"]},\"c d\":null}"]]
        ),
        ("-- %% a=b c\n", [["code", "", "{\"title\":\"a=b c\"}"]]),
        ("-- %%%\n", [["code", "-- %%%", "{}"]]),
        ("-- %%\n-- \\%% x\n-- \\\\%%\n", [["code", "-- %% x\n-- \\%%", "{}"]]),
    ])
    func textIsRead(text: String, expected: [[String]]) { #expect(cells(text) == expected) }

    @Test func textIsWritten() {
        let notebook = Notebook(cells: [
            Cell(.markdown, source: "# A\n\nb"),
            Cell(.code, source: "x = 1\n-- %% y", metadata: .object([.init("tags", .array([.string("solution")]))])),
            Cell(.raw, source: "%%", metadata: .object([.init("title", .string("as it is"))])),
        ])
        let text = """
            -- %% [markdown]
            -- # A
            --
            -- b

            -- %% tags=["solution"]
            x = 1
            -- \\%% y

            -- %% as it is [raw]
            -- \\%%

            """
        #expect(PercentFormat.text(notebook) == text)
        #expect(cells(text) == notebook.cells.map { [$0.kind.rawValue, $0.source, $0.metadata.description] })
    }

    /// 500 notebooks of pieces that could be taken for marks, comments, ends of lines and accents.
    @Test func randomNotebooksComeBack() throws {
        var random = RandomNotebooks(seed: 1)
        for _ in 0..<500 {
            let notebook = random.next()
            let lua = PercentFormat.text(notebook)
            let back = PercentFormat.notebook(lua)
            #expect(back.cells.map { Array($0.source.utf8) } == notebook.cells.map { Array($0.source.utf8) }, "\(lua)")
            #expect(back.cells.map(\.kind) == notebook.cells.map(\.kind), "\(lua)")
            let reread = try Notebook(parsing: back.text.utf8)
            #expect(Array(PercentFormat.text(reread).utf8) == Array(lua.utf8))
            for (cell, original) in zip(back.cells, notebook.cells) {
                for member in original.metadata.members ?? [] { #expect(cell.metadata[member.name] == member.value) }
            }
        }
    }
}
