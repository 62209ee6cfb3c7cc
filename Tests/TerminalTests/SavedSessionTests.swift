import Foundation
import TestSupport
import Testing

/// What `:save` writes does what the session did.
@Suite struct SavedSessionTests {
    private let folder = NSTemporaryDirectory() + UUID().uuidString

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    private func run(_ arguments: [String], input: String = "") throws -> CommandProcess.Outcome {
        try CommandProcess.run(
            CommandProcess.lunette, arguments, input: input, folder: folder, environment: ["XDG_STATE_HOME": folder])
    }

    private static let session = """
        local x = 41
        x + 1, "two"
        _ * 2
        error("left out")
        "hidden";
        for i = 1, 2 do
        print(i * 100) end
        text = [[
        -- %% no cell
        ]]
        #text

        """

    @Test func aScript() throws {
        #expect(try run(["-i", "--no-startup"], input: Self.session + ":save s.lua\n").code == 0)
        let outcome = try run(["s.lua"])
        #expect(outcome == .init(code: 0, output: "42\n84\n100\n200\n14\n", errors: ""))
    }

    @Test func aNotebook() throws {
        #expect(try run(["-i", "--no-startup"], input: Self.session + ":save s.ipynb\n").code == 0)
        #expect(try run(["notebook", "run", "s.ipynb"]).code == 0)
        let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/s.ipynb"))
        let notebook = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(notebook["nbformat"] as? Int == 4)
        let cells = try #require(notebook["cells"] as? [[String: Any]])
        let outputs = cells.map { cell in
            (cell["outputs"] as? [[String: Any]] ?? []).flatMap { output in
                ((output["data"] as? [String: Any])?["text/plain"] ?? output["text"]) as? [String] ?? []
            }.joined()
        }
        #expect(outputs == ["", "42\ttwo", "84", "", "100\n200\n", "", "14"])
    }

    @Test(arguments: [
        ("", ":save needs FILE.lua|FILE.ipynb"),
        ("s.txt", ":save needs a file whose name ends in .lua or .ipynb, got 's.txt'"),
        ("absent/s.ipynb", "absent/s.ipynb: No such file or directory"),
        ("absent/s.lua", "absent/s.lua: No such file or directory"),
    ])
    func whatCannotBeWritten(path: String, message: String) throws {
        let outcome = try run(["-i", "--no-startup"], input: "1 + 1\n:save \(path)\n'still here'\n")
        #expect(outcome.errors == message + "\n")
        #expect(outcome.output.contains("still here\n"))
    }

    /// Bytes that are no text can be kept in a script, and are refused in a notebook.
    @Test func bytesThatAreNoText() throws {
        let file = folder + "/input"
        try (Data("#'".utf8) + [0xFF, 0xFE] + Data("'\n:save s.ipynb\n:save s.lua\n".utf8)).write(
            to: URL(fileURLWithPath: file))
        let command = "'\(CommandProcess.lunette)' -i --no-startup < input > /dev/null"
        let outcome = try CommandProcess.run(
            "/bin/sh", ["-c", command], folder: folder, environment: ["XDG_STATE_HOME": folder])
        #expect(outcome.errors == "entry 1 has bytes that are no UTF-8: only a .lua file can keep them\n")
        #expect(!FileManager.default.fileExists(atPath: folder + "/s.ipynb"))
        #expect(try run(["s.lua"]).output == "2\n")
    }
}
