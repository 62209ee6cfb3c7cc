import LuaBridge
import Notebook
import Sessions
import Testing

/// A run of a notebook, as it goes on.
@Suite struct NotebookRunTests {
    /// A notebook that is kept while it runs has what ran, and nothing of an earlier run.
    @Test func theNotebookIsThereAfterEachCell() throws {
        var notebook = PercentFormat.notebook("-- %%\nx = 1\nx\n\n-- %% tags=[\"skip-execution\"]\n7\n\n-- %%\nx + 1\n")
        _ = try NotebookRun().run(&notebook, in: Session(modules: []))
        var counts: [[Int]] = []
        var run = NotebookRun()
        run.afterCell = { counts.append($0.cells.map(\.outputs.count)) }
        let ending = try run.run(&notebook, in: Session(modules: []))
        #expect(ending == .complete)
        #expect(counts == [[1, 0, 0], [1, 0, 1]])
    }

    @Test func whatCannotBeKeptEndsTheRun() throws {
        struct FullDisk: Error {}
        var notebook = PercentFormat.notebook("-- %%\nprint(1)\n\n-- %%\nprint(2)\n")
        var run = NotebookRun()
        run.afterCell = { _ in throw FullDisk() }
        #expect(throws: FullDisk.self) { _ = try run.run(&notebook, in: Session(modules: [])) }
        #expect(notebook.cells.map(\.outputs.count) == [1, 0])
    }
}
