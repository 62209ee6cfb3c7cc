import Foundation
import Notebook
import Support
import TestSupport
import Testing

/// Notebooks with bytes changed or cut off are read, or refused with the file's name, and those read make a page.
@Suite struct DamagedNotebookTests {
    private static let jupyter = """
        {"cells": [{"cell_type": "markdown", "id": "a", "metadata": {"tags": ["x"]}, "source": ["# Title\\n", "$x^{2}$ *b*"]},
        {"cell_type": "code", "id": "b", "metadata": {}, "execution_count": 1, "source": "print(1 + 1)\\n", "outputs": [
        {"output_type": "stream", "name": "stdout", "text": ["2\\n"]}, {"output_type": "execute_result",
        "execution_count": 1, "metadata": {}, "data": {"text/plain": "2", "image/png": "iVBORw0KGgo="}},
        {"output_type": "error", "ename": "Error", "evalue": "no", "traceback": ["a", "b"]}]}],
        "metadata": {"kernelspec": {"name": "lunette", "display_name": "Lunette", "language": "lua"}},
        "nbformat": 4, "nbformat_minor": 5}
        """
    private static let percent = """
        -- ---
        -- jupyter: {"kernelspec": {"name": "lunette"}}
        -- ---
        -- %% [markdown] title {"tags": ["a"]} id="x"
        -- # Title
        -- | a | b |
        -- |---|---|
        -- | $\\frac{1}{2}$ | `c` |
        -- %% tags=["parameters"]
        local n = 3 --[[ long ]] print(("x"):rep(n))
        """

    @Test(arguments: [("ipynb", jupyter), ("lua", percent)])
    func readOrRefused(ending: String, text: String) throws {
        let folder = try TemporaryFolder()
        let page = folder.path("page.html")
        var (read, refused) = (0, 0)
        try folder.damage(Array(text.utf8), count: 2000, headerBytes: 200, seed: 8) { path in
            let named = folder.path("damaged.\(ending)")
            rename(path, named)
            do {
                try NotebookFile.write(try NotebookFile.read(named), to: page, as: "html")
                read += 1
            } catch {
                #expect(error is FileError)
                refused += 1
            }
        }
        #expect(read > 0 && (refused > 0 || ending == "lua"))
    }

    @Test func deepNestingIsRefused() throws {
        let folder = try TemporaryFolder()
        for (ending, text) in [
            ("ipynb", String(repeating: "[", count: 50_000)), ("ipynb", String(repeating: "{\"a\":", count: 50_000)),
            ("lua", "-- %% [markdown]\n-- " + String(repeating: "> ", count: 50_000) + "x"),
            ("lua", "-- %% [markdown]\n-- $" + String(repeating: "{", count: 50_000) + "x$"),
            ("lua", "-- %% {" + String(repeating: "\"a\": [", count: 50_000)),
        ] {
            let path = try folder.write(Array(text.utf8), to: "deep.\(ending)")
            do { try NotebookFile.write(try NotebookFile.read(path), to: folder.path("page.html"), as: "html") } catch {
                #expect(error is FileError)
            }
        }
    }
}
