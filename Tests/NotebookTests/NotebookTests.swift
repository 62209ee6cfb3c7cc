import Foundation
import Notebook
import Support
import Testing

struct NotebookTests {
    /// Unknown fields, their order, the digits of numbers, sources as text and as lists, an older format without ids.
    private static let document = """
        {
         "metadata": {
          "zoo": 1.0,
          "kernelspec": {}
         },
         "nbformat_minor": 2,
         "unknown": [
          12345678901234567890,
          1e400
         ],
         "nbformat": 4,
         "cells": [
          {
           "source": "one text",
           "cell_type": "markdown",
           "metadata": {},
           "attachments": {
            "a.png": {}
           }
          },
          {
           "outputs": [
            {
             "output_type": "new",
             "x": 2.50
            }
           ],
           "cell_type": "code",
           "source": [
            "a\\n",
            "b"
           ],
           "execution_count": 7,
           "metadata": {
            "tags": [
             "x"
            ]
           }
          }
         ]
        }

        """

    @Test func everythingIsKept() throws {
        // The cells are moved to their place again: only they are taken apart.
        #expect(try Notebook(parsing: Self.document.utf8).text == Self.document)
    }

    @Test func cellsAreRead() throws {
        let cells = try Notebook(parsing: Self.document.utf8).cells
        #expect(cells.map(\.source) == ["one text", "a\nb"])
        #expect(cells[1].executionCount == 7)
        #expect(cells[1].tags == ["x"])
        #expect(cells[1].outputs.first?["x"]?.number == 2.5)
        #expect(cells[0].id == nil)
    }

    @Test func newNotebooksHaveIDs() throws {
        var other = Cell(.code, source: "a")
        other.id = "cell-1"
        let notebook = Notebook(cells: [Cell(.markdown, source: "# T"), other, Cell(.raw, source: "")])
        #expect(notebook.cells.map(\.id) == ["cell-2", "cell-1", "cell-3"])
        #expect(notebook.title == "T")
        let text = notebook.text
        #expect(text.contains("\"nbformat_minor\": 5"))
        #expect(try Notebook(parsing: text.utf8) == notebook)
    }

    @Test func olderFormatsGetNoIDs() throws {
        var notebook = try Notebook(parsing: Self.document.utf8)
        notebook.completeIDs()
        #expect(notebook.text == Self.document)
    }

    @Test(arguments: [
        ("[]", "no notebook: the field 'nbformat' expected"),
        ("{\"nbformat\": 3}", "nbformat is 3, expected 4 (Jupyter converts older notebooks)"),
        ("{\"nbformat\": 4}", "'cells': a list expected"),
        ("{\"nbformat\": 4, \"cells\": [1]}", "cell 1: an object expected"),
        (
            "{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"x\"}]}",
            "cell 1: 'cell_type' is \"x\", expected \"code\", \"markdown\" or \"raw\""
        ),
        (
            "{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"raw\", \"source\": [1]}]}",
            "cell 1: 'source': a text, or a list of texts, expected"
        ),
        (
            "{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"raw\", \"source\": \"\", \"metadata\": []}]}",
            "cell 1: 'metadata': an object expected"
        ),
        ("{", "invalid JSON at byte 1: '\"' expected"),
    ])
    func whatIsNoNotebookIsRefused(text: String, reason: String) {
        #expect(throws: NotebookError(reason)) { try Notebook(parsing: text.utf8) }
    }

    @Test func filesGoByTheirNames() throws {
        let folder = NSTemporaryDirectory() + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let notebook = Notebook(cells: [Cell(.code, source: "x = 1")])
        for name in ["a.lua", "b.ipynb"] {
            try NotebookFile.write(notebook, to: "\(folder)/\(name)")
            #expect(try NotebookFile.read("\(folder)/\(name)").cells.map(\.source) == ["x = 1"])
        }
        #expect(try String(contentsOfFile: folder + "/a.lua", encoding: .utf8) == "-- %%\nx = 1\n")
        try "[]".write(toFile: folder + "/c.ipynb", atomically: false, encoding: .utf8)
        let error = try #require(throws: FileError.self) { try NotebookFile.read(folder + "/c.ipynb") }
        #expect(error.reason == "no notebook: the field 'nbformat' expected")
    }
}
