import Foundation
import Testing

/// `lunette notebook`, as its users run it.
@Suite struct NotebookCommandTests {
    private let folder = NSTemporaryDirectory() + UUID().uuidString

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    private func write(_ text: String, _ name: String = "n.lua") throws {
        try text.write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
    }

    private func notebook(
        _ arguments: String..., whileRunning: (Process) -> Void = { _ in }
    ) throws -> CommandProcess.Outcome {
        try CommandProcess.run(
            CommandProcess.lunette, ["notebook"] + arguments, folder: folder, whileRunning: whileRunning)
    }

    private typealias Fields = [String: Any]

    private func cells(_ name: String = "n.ipynb") throws -> [Fields] {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
        let json = try #require(JSONSerialization.jsonObject(with: data) as? Fields)
        return try #require(json["cells"] as? [Fields])
    }

    /// What a cell put out: names of streams and their text, errors' messages, types of data and their text.
    private func outputs(_ cell: Fields) -> [[String]] {
        (cell["outputs"] as? [Fields] ?? []).map { output in
            if let name = output["name"] as? String { return [name, (output["text"] as? [String] ?? []).joined()] }
            if let error = output["ename"] as? String { return [error, output["evalue"] as? String ?? ""] }
            let data = output["data"] as? Fields ?? [:]
            return data.keys.sorted() + [(data["text/plain"] as? [String] ?? []).joined()]
        }
    }

    @Test func outputsAreKept() throws {
        try write(
            """
            -- %% [markdown]
            -- # Text

            -- %%
            print("a"); io.stderr:write("b\\n"); os.execute("echo c")
            x = 3

            -- %%
            x + 1

            -- %%
            x;

            -- %%
            print("before")
            display(plot.curves({loss = {3, 2, 1}}), {id = "p"})
            print("after")
            display("text", {id = "p"})
            setmetatable({}, {__display = function() return {["text/html"] = "<b>x</b>", ["application/json"] = "{\\"a\\": 1}"} end})

            -- %% tags=["skip-execution"]
            error("never")

            -- %% tags=["raises-exception"]
            error("expected")

            -- %%
            io.write("\\xFF no end"); return {1, a = "b"}, nil
            """)
        let outcome = try notebook("run", "n.lua")
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.output.isEmpty)
        let cells = try cells()
        // The streams are two pipes: what came first on which of them cannot be told.
        let streams = Dictionary(outputs(cells[1]).map { ($0[0], $0[1]) }, uniquingKeysWith: +)
        #expect(streams == ["stdout": "a\nc\n", "stderr": "b\n"])
        #expect(outputs(cells[2]) == [["text/plain", "4"]])
        #expect(outputs(cells[3]).isEmpty)
        let shown = outputs(cells[4])
        try #require(shown.count == 4)
        #expect(shown[0] == ["stdout", "before\n"])
        #expect(shown[1] == ["text/plain", "text"])
        #expect(shown[2] == ["stdout", "after\n"])
        #expect(shown[3].dropLast() == ["application/json", "text/html", "text/plain"])
        #expect(outputs(cells[5]).isEmpty)
        #expect(outputs(cells[6]) == [["LuaError", "cell 7:1: expected"]])
        #expect(outputs(cells[7]) == [["stdout", "\u{FFFD} no end"], ["text/plain", "{1, a = \"b\"}\tnil"]])
        #expect(cells.map { $0["execution_count"] as? Int } == [nil, 1, 2, 3, 4, nil, 5, 6])
        let execution = (cells[1]["metadata"] as? Fields)?["execution"] as? Fields
        #expect(execution?.keys.sorted() == ["iopub.status.busy", "iopub.status.idle"])
        // The same again changes nothing but the times, and check agrees.
        #expect(try notebook("check", "n.ipynb") == .init(code: 0, output: "", errors: ""))
    }

    @Test func figuresArePictures() throws {
        try write(
            "-- %%\nplot.curves({loss = {3, 2, 1}})\n\n-- %%\nplot.kernels({{title = \"k\", kernels = torch.randn(2, 3, 3, 3)}})\n"
        )
        #expect(try notebook("run", "n.lua").code == 0)
        let cells = try cells()
        #expect(outputs(cells[0]).first?.prefix(3) == ["image/png", "image/svg+xml", "text/plain"])
        #expect(outputs(cells[1]).first?.contains("image/png") == true)
        #expect(try notebook("convert", "--to", "html", "n.ipynb").code == 0)
        let page = try String(contentsOfFile: folder + "/n.html", encoding: .utf8)
        #expect(page.contains("<img src=\"data:image/svg+xml;base64,"))
    }

    @Test func aFailureEndsTheRun() throws {
        try write("-- %%\nprint(1)\n\n-- %%\nlocal t = nil; t.x = 1\n\n-- %%\nprint(3)\n")
        let outcome = try notebook("run", "n.lua", "-o", "out.ipynb")
        #expect(outcome.code == 1)
        #expect(outcome.errors.hasPrefix("n.lua: cell 2 failed: cell 2:1: attempt to index a nil value"))
        #expect(try cells("out.ipynb").map { outputs($0).count } == [1, 1, 0])
        #expect(try notebook("run", "n.lua", "--keep-going").code == 1)
        #expect(try cells().map { outputs($0).count } == [1, 1, 1])
    }

    @Test func parametersAreSet() throws {
        try write("-- %% tags=[\"parameters\"]\nn = 5\nname = \"a\"\n\n-- %%\nname .. n\n")
        #expect(try notebook("run", "n.lua", "-p", "n=7", "-p", "name=x y").code == 0)
        #expect(try outputs(cells()[2]) == [["text/plain", "x y7"]])
    }

    @Test func timeIsLimited() throws {
        try write("-- %%\nwhile true do end\n\n-- %%\nx = 1\nx\n")
        let outcome = try notebook("run", "n.lua", "--timeout", "0.3", "--keep-going")
        #expect(outcome.code == 1)
        #expect(outcome.errors.hasPrefix("n.lua: cell 1 failed: stopped after 0.3 s"))
        #expect(try outputs(cells()[1]) == [["text/plain", "1"]])
    }

    @Test func controlCKeepsWhatRan() throws {
        try write(
            "-- %%\nprint(1)\n\n-- %%\nio.open(\"started\", \"w\"):close()\npcall(function() while true do end end)\n\n-- %%\nprint(3)\n"
        )
        let outcome = try notebook("run", "n.lua") { process in
            for _ in 0..<500 where !FileManager.default.fileExists(atPath: folder + "/started") {
                Thread.sleep(forTimeInterval: 0.02)
            }
            Thread.sleep(forTimeInterval: 0.1)
            kill(process.processIdentifier, SIGINT)
        }
        #expect(outcome.code == 130, "\(outcome.errors)")
        let cells = try cells()
        #expect(outputs(cells[0]) == [["stdout", "1\n"]])
        #expect(outputs(cells[1]).map(\.first) == ["Interrupted"])
        #expect(outputs(cells[2]).isEmpty)
    }

    @Test func changedOutputsAreTold() throws {
        try write("-- %%\nprint(\"loss\", 0.5)\n")
        #expect(try notebook("run", "n.lua").code == 0)
        let text = try String(contentsOfFile: folder + "/n.ipynb", encoding: .utf8)
        try write(text.replacingOccurrences(of: "0.5)", with: "0.25)"), "n.ipynb")
        let outcome = try notebook("check", "n.ipynb")
        #expect(outcome.code == 1)
        #expect(outcome.output == "n.ipynb: cell 1: text, line 1: 'loss\t0.5' expected, got 'loss\t0.25'\n")
        #expect(try notebook("check", "n.ipynb", "--tolerance", "0.3").code == 0)
    }

    @Test func muchTextIsBounded() throws {
        try write("-- %%\nlocal line = (\"x\"):rep(999) .. \"\\n\"\nfor i = 1, 30000 do io.write(line) end\n")
        #expect(try notebook("run", "n.lua").code == 0)
        let shown = try outputs(cells()[0])
        #expect(shown.first?[1].utf8.count == 10_000_000)
        #expect(shown.last == ["stderr", "[20000000 more bytes of text are left out]\n"])
    }

    @Test(arguments: [
        ([], "run, check or convert expected"), (["fly"], "'fly': run, check or convert expected"),
        (["run"], "a file expected after 'run'"), (["run", "a", "-p", "n"], "'-p n': NAME=VALUE expected"),
        (["run", "a", "b", "-o", "c"], "'-o' takes one notebook, got 2"),
        (["run", "a", "--to", "html"], "unrecognized option '--to' of 'notebook run'"),
        (["convert", "a"], "'--to' with html, ipynb or lua expected"),
        (["run", "a", "--timeout", "x"], "'--timeout x': a number of 0 or more expected"),
        (["run", "absent.lua"], "absent.lua: No such file or directory"),
    ])
    func misuseIsTold(arguments: [String], message: String) throws {
        let outcome = try CommandProcess.run(CommandProcess.lunette, ["notebook"] + arguments, folder: folder)
        #expect(outcome.code == 1)
        #expect(outcome.errors.hasPrefix("lunette: \(message)\n"))
    }
}
