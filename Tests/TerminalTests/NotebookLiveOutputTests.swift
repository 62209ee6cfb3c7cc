import Foundation
import Testing

/// Outputs that change as a cell runs: what a run keeps of them.
@Suite struct NotebookLiveOutputTests {
    private let folder: NotebookFolder

    init() throws { folder = try NotebookFolder() }

    /// The outputs of a cell: for each its kinds of data or its stream, and its text.
    private func outputs(_ code: String) throws -> [[String]] {
        try folder.write("-- %%\n" + code)
        #expect(try folder.notebook("run", "n.lua").code == 0)
        return try folder.outputs(folder.cells()[0])
    }

    @Test func barsKeepTheirLastState() throws {
        let outputs = try outputs(
            "print('a') for i, bar in progress(3, '<x>') do bar:set{loss = i} print(i) end "
                + "for i in progress(2) do if i == 2 then break end end")
        // A bar stands above what its loop prints.
        #expect(
            outputs.map { $0.dropLast() } == [["stdout"], ["text/html", "text/plain"]] + [
                ["stdout"], ["text/html", "text/plain"],
            ])
        #expect(outputs.map { $0.last ?? "" }[2] == "1\n2\n3\n")
        #expect(outputs[1][2].hasPrefix("<x>: 3/3 100%"))
        #expect(outputs[1][2].hasSuffix("loss 3"))
        #expect(outputs[3][2].hasPrefix("progress: 1/2 50%"))
        let text = try String(contentsOfFile: folder.path + "/n.ipynb", encoding: .utf8)
        #expect(text.contains(#"<progress value=\"3\" max=\"3\""#))
        #expect(text.contains("&lt;x&gt;: 3/3"))
        // Another run takes another time.
        try folder.write(text.replacingOccurrences(of: "100%, ", with: "100%, 99"), "n.ipynb")
        #expect(try folder.notebook("check", "n.ipynb") == .init(code: 0, output: "", errors: ""))
        #expect(try folder.notebook("convert", "--to", "html", "n.ipynb").code == 0)
        let page = try String(contentsOfFile: folder.path + "/n.html", encoding: .utf8)
        #expect(page.contains("<div class=\"html\"><div><progress value=\"3\" max=\"3\"></progress> &lt;x&gt;: 3/3"))
    }

    @Test(arguments: [
        ("print('a') display.clear_output() print('b')", ["b\n"]),
        ("display(1) print('a') display.clear_output(true) display(2)", ["2"]),
        ("print('a') display.clear_output(true)", ["a\n"]), ("print('a') display.clear_output();", []),
        ("for i = 1, 3 do display(i, {id = 'x'}) display(-i) end", ["3", "-1", "-2", "-3"]),
    ])
    func outputsAreCleared(code: String, expected: [String]) throws {
        #expect(try outputs(code).map(\.last) == expected)
    }
}
