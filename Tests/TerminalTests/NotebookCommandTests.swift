import Foundation
import TestSupport
import Testing

/// `lunette notebook`, as its users run it.
@Suite struct NotebookCommandTests {
    private let folder: NotebookFolder

    init() throws { folder = try NotebookFolder() }

    @Test func outputsAreKept() throws {
        try folder.write(
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
        let outcome = try folder.notebook("run", "n.lua")
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.output.isEmpty)
        let cells = try folder.cells()
        // The streams are two pipes: what came first on which of them cannot be told.
        let streams = Dictionary(folder.outputs(cells[1]).map { ($0[0], $0[1]) }, uniquingKeysWith: +)
        #expect(streams == ["stdout": "a\nc\n", "stderr": "b\n"])
        #expect(folder.outputs(cells[2]) == [["text/plain", "4"]])
        #expect(folder.outputs(cells[3]).isEmpty)
        let shown = folder.outputs(cells[4])
        try #require(shown.count == 4)
        #expect(shown[0] == ["stdout", "before\n"])
        #expect(shown[1] == ["text/plain", "text"])
        #expect(shown[2] == ["stdout", "after\n"])
        #expect(shown[3].dropLast() == ["application/json", "text/html", "text/plain"])
        #expect(folder.outputs(cells[5]).isEmpty)
        #expect(folder.outputs(cells[6]) == [["LuaError", "cell 5:1: expected"]])
        #expect(folder.outputs(cells[7]) == [["stdout", "\u{FFFD} no end"], ["text/plain", "{1, a = \"b\"}\tnil"]])
        #expect(cells.map { $0["execution_count"] as? Int } == [nil, 1, 2, 3, 4, nil, 5, 6])
        let execution = (cells[1]["metadata"] as? NotebookFolder.Fields)?["execution"] as? NotebookFolder.Fields
        #expect(execution?.keys.sorted() == ["iopub.status.busy", "iopub.status.idle"])
        // The same again changes nothing but the times, and check agrees.
        #expect(try folder.notebook("check", "n.ipynb") == .init(code: 0, output: "", errors: ""))
    }

    @Test func figuresArePictures() throws {
        try folder.write(
            "-- %%\nplot.curves({loss = {3, 2, 1}})\n\n-- %%\nplot.kernels({{title = \"k\", kernels = torch.randn(2, 3, 3, 3)}})\n"
        )
        #expect(try folder.notebook("run", "n.lua").code == 0)
        let cells = try folder.cells()
        #expect(folder.outputs(cells[0]).first?.prefix(3) == ["image/png", "image/svg+xml", "text/plain"])
        #expect(folder.outputs(cells[1]).first?.contains("image/png") == true)
        #expect(try folder.notebook("convert", "--to", "html", "n.ipynb").code == 0)
        let page = try String(contentsOfFile: folder.path + "/n.html", encoding: .utf8)
        #expect(page.contains("<img src=\"data:image/svg+xml;base64,"))
    }

    @Test func slidesAreOneFile() throws {
        try folder.write("-- %% [markdown]\n-- # Title\n-- Words.\n\n-- %%\nx = 1\n")
        let outcome = try folder.notebook("convert", "--to", "slides", "n.lua")
        #expect(outcome.code == 0 && outcome.errors == "n.lua: written to n-slides.html\n")
        let page = try String(contentsOfFile: folder.path + "/n-slides.html", encoding: .utf8)
        #expect(page.contains("<h1>Title</h1>") && page.contains("<p>Words.</p>") && !page.contains("://"))
    }

    @Test func aFailureEndsTheRun() throws {
        try folder.write("-- %%\nprint(1)\n\n-- %%\nlocal t = nil; t.x = 1\n\n-- %%\nprint(3)\n")
        let outcome = try folder.notebook("run", "n.lua", "-o", "out.ipynb")
        #expect(outcome.code == 1)
        #expect(outcome.errors.hasPrefix("n.lua: cell 2 failed: cell 2:1: attempt to index a nil value"))
        #expect(try folder.cells("out.ipynb").map { folder.outputs($0).count } == [1, 1, 0])
        #expect(try folder.notebook("run", "n.lua", "--keep-going").code == 1)
        #expect(try folder.cells().map { folder.outputs($0).count } == [1, 1, 1])
    }

    @Test func parametersAreSet() throws {
        try folder.write("-- %% tags=[\"parameters\"]\nn = 5\nname = \"a\"\n\n-- %%\nname .. n\n")
        #expect(try folder.notebook("run", "n.lua", "-p", "n=7", "-p", "name=x y").code == 0)
        #expect(try folder.outputs(folder.cells()[2]) == [["text/plain", "x y7"]])
    }

    @Test func timeIsLimited() throws {
        try folder.write("-- %%\nwhile true do end\n\n-- %%\nx = 1\nx\n")
        // The second cell has as long, and must end in it on a busy machine, too.
        let outcome = try folder.notebook("run", "n.lua", "--timeout", "2.5", "--keep-going")
        #expect(outcome.code == 1)
        #expect(outcome.errors.hasPrefix("n.lua: cell 1 failed: stopped after 2.5 s"))
        #expect(try folder.outputs(folder.cells()[1]) == [["text/plain", "1"]])
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func signalsKeepWhatRan(_ signal: Int32) throws {
        try folder.write(
            """
            -- %%
            print(1)

            -- %%
            x = 2
            pcall(function() io.open("started", "w"):close() while true do end end)

            -- %%
            print(3)
            """)
        let outcome = try folder.notebook("run", "n.lua") { process in
            try wait(forFile: folder.path + "/started", of: process)
            kill(process.processIdentifier, signal)
        }
        #expect(outcome.code == 128 + signal, "\(outcome.errors)")
        let cells = try folder.cells()
        #expect(folder.outputs(cells[0]) == [["stdout", "1\n"]])
        #expect(folder.outputs(cells[1]).map(\.first) == ["Interrupted"])
        let traceback = try #require((cells[1]["outputs"] as? [[String: Any]])?.first?["traceback"] as? [String])
        #expect(traceback[1] == "    pcall(function() io.open(\"started\", \"w\"):close() while true do end end)")
        #expect(folder.outputs(cells[2]).isEmpty)
    }

    @Test func aByteOrderMarkIsNoText() throws {
        try folder.write("\u{FEFF}-- %%\n1 + 1\n")
        #expect(try folder.notebook("run", "n.lua").code == 0)
        #expect(try folder.cells().count == 1)
        let text = try String(contentsOfFile: folder.path + "/n.ipynb", encoding: .utf8)
        try folder.write("\u{FEFF}" + text, "m.ipynb")
        #expect(try folder.notebook("check", "m.ipynb").code == 0)
    }

    @Test func changedOutputsAreTold() throws {
        try folder.write("-- %%\nprint(\"loss\", 0.5)\n")
        #expect(try folder.notebook("run", "n.lua").code == 0)
        let text = try String(contentsOfFile: folder.path + "/n.ipynb", encoding: .utf8)
        try folder.write(text.replacingOccurrences(of: "0.5)", with: "0.25)"), "n.ipynb")
        let outcome = try folder.notebook("check", "n.ipynb")
        #expect(outcome.code == 1)
        #expect(outcome.output == "n.ipynb: cell 1: text, line 1: 'loss\t0.5' expected, got 'loss\t0.25'\n")
        #expect(try folder.notebook("check", "n.ipynb", "--tolerance", "0.3").code == 0)
    }

    @Test func muchTextIsBounded() throws {
        try folder.write("-- %%\nlocal line = (\"x\"):rep(999) .. \"\\n\"\nfor i = 1, 30000 do io.write(line) end\n")
        #expect(try folder.notebook("run", "n.lua").code == 0)
        let shown = try folder.outputs(folder.cells()[0])
        #expect(shown.first?[1].utf8.count == 10_000_000)
        #expect(shown.last == ["stderr", "[20000000 more bytes of text are left out]\n"])
    }

    @Test(arguments: [
        ([], "run, check, convert, release or grade expected"),
        (["fly"], "'fly': run, check, convert, release or grade expected"),
        (["run"], "a file expected after 'run'"), (["run", "a", "-p", "n"], "'-p n': NAME=VALUE expected"),
        (["run", "a", "b", "-o", "c"], "'-o' takes one notebook, got 2"),
        (["run", "a", "--to", "html"], "unrecognized option '--to' of 'notebook run'"),
        (["convert", "a"], "'--to' with html, slides, ipynb or lua expected"),
        (["run", "a", "--timeout", "x"], "'--timeout x': a number of 0 or more expected"),
        (["run", "absent.lua"], "absent.lua: No such file or directory"),
    ])
    func misuseIsTold(arguments: [String], message: String) throws {
        let outcome = try CommandProcess.run(CommandProcess.lunette, ["notebook"] + arguments, folder: folder.path)
        #expect(outcome.code == 1)
        #expect(outcome.errors.hasPrefix("lunette: \(message)\n"))
    }

    @Test(arguments: [
        ("$x$", ""), ("$\\unknown{x}$", "; one formula is shown as LaTeX, of which something is not known"),
        ("$x$ $\\one$\n\n$$\\two$$", "; 2 formulas are shown as LaTeX, of which something is not known"),
    ])
    func formulasThatAreNotKnownAreTold(_ text: String, _ told: String) throws {
        try folder.write(
            "-- %% [markdown]\n" + text.split(separator: "\n").map { "-- \($0)\n" }.joined(separator: "--\n"))
        let outcome = try folder.notebook("convert", "--to", "html", "n.lua")
        #expect(outcome.code == 0 && outcome.errors == "n.lua: written to n.html\(told)\n")
    }
}
