import Foundation
import TestSupport
import Testing

/// Whether this system offers what a sandbox needs; where not, nothing may be run in one.
enum SandboxOffer {
    static let outcome = try? CommandProcess.run(
        CommandProcess.lunette, ["--sandbox", NSTemporaryDirectory(), "-e", "print('runs')"])
    static let isThere = outcome?.code == 0
}

@Suite struct SandboxOfferTests {
    @Test func whereTheSystemCannotKeepThePromiseNothingRuns() throws {
        let outcome = try #require(SandboxOffer.outcome)
        if SandboxOffer.isThere {
            #expect(outcome.output == "runs\n")
        } else {
            #expect(outcome.output == "" && outcome.errors.contains("this system"), "\(outcome.errors)")
        }
    }
}

/// `--sandbox`: what the code of others can and cannot do.
@Suite(.enabled(if: SandboxOffer.isThere)) struct SandboxTests {
    private let outside = NSTemporaryDirectory() + UUID().uuidString
    private var inside: String { outside + "/inside" }

    init() throws {
        try FileManager.default.createDirectory(atPath: inside, withIntermediateDirectories: true)
        try "secret".write(toFile: outside + "/secret.txt", atomically: false, encoding: .utf8)
        try "mine".write(toFile: inside + "/mine.txt", atomically: false, encoding: .utf8)
    }

    private func run(_ script: String, _ options: String...) throws -> CommandProcess.Outcome {
        defer { try? FileManager.default.removeItem(atPath: outside) }
        let path = outside + "/script.lua"
        try script.write(toFile: path, atomically: false, encoding: .utf8)
        return try CommandProcess.run(
            CommandProcess.lunette, ["--sandbox", inside] + options + [path], folder: inside)
    }

    @Test(
        arguments: [
            "assert(io.open('../secret.txt'))", "assert(io.open('../made.txt', 'w'))",
            "assert(os.remove('../secret.txt'))", "assert(os.rename('mine.txt', '../mine.txt'))",
            "assert(os.rename('../secret.txt', 'secret.txt'))", "study.write_text('../made.txt', 'x')",
            "torch.save({x = torch.ones(1)}, '../made.safetensors')", "torch.load('../secret.txt')",
            "volumes.read('../secret.txt')", "dofile('../secret.txt')", "assert(io.open('/proc/self/mem'))",
            "assert(io.open('/proc/self/environ'))", "assert(io.open('/proc/1/status'))",
            "assert(io.open('/etc/shadow'))",
            "for line in io.lines('../secret.txt') do print(line) end",
            "assert(io.output('../made.txt'))",
            "plot.curves({a = {1, 2}}):save('../made.png')", "volumes.dataset('..')", "require 'secret'",
        ])
    func filesOutsideAreKept(_ code: String) throws {
        let outcome = try run(code)
        #expect(outcome.code == 1, "\(outcome.output)")
        #expect(!(outcome.output + outcome.errors).contains("secret\n"))
    }

    @Test(
        arguments: [
            ("os.execute('true')", "'os.execute' is not there in a sandbox: it starts no processes"),
            ("io.popen('ls')", "'io.popen' is not there in a sandbox: it starts no processes"),
            ("package.loadlib('libm.so.6', 'sin')", "'package.loadlib' is not there in a sandbox: it loads no code"),
            ("debug.getregistry()", "attempt to call a nil value (field 'getregistry')"),
            ("require('debug').setupvalue(print, 1, 2)", "attempt to call a nil value (field 'setupvalue')"),
            ("assert(load(string.dump(function() end)))", "attempt to load a binary chunk"),
            ("require 'no.such'", "no field package.preload"),
        ])
    func whatReachesOutIsRefusedWithAReason(_ code: String, _ reason: String) throws {
        let outcome = try run(code)
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains(reason), "\(outcome.errors)")
    }

    @Test func whatResearchersDoStillWorks() throws {
        let outcome = try run(
            """
            local net = nn.UNet{channels = {1, 4, 8, 8, 8}}
            local scan, truth = volumes.phantom{kind = "ms", size = {16, 16, 16}, seed = 1}
            local sample = volumes.prepare(scan, truth)
            local loss = nn.SegmentationLoss()(net(sample.image), sample.label)
            loss:backward()
            plot.curves({loss = {1, 2, 3}}, {title = "Loss"}):save("loss.png")
            volumes.write("scan.nii.gz", scan)
            assert(volumes.read("scan.nii.gz").shape[1] == 16)
            study.write_text("deep/er/note.txt", "kept")
            local name = os.tmpname()
            assert(os.rename(name, "deep/renamed") and os.remove("deep/renamed"))
            assert(io.open("mine.txt"):read("a") == "mine")
            print(select(2, pcall(error, "an error")), os.time() > 0, debug.traceback("here"):match("^here"))
            """)
        #expect(outcome.errors == "")
        #expect(outcome.output == "an error\ttrue\there\n")
    }

    @Test func whatIsReadableIsReadAndNotWritten() throws {
        let outcome = try run(
            """
            print(io.open("../secret.txt"):read("a"), (select(2, io.open("../secret.txt", "a"))))
            """, "--readable", outside + "/secret.txt")
        #expect(outcome.output == "secret\t../secret.txt: Permission denied\n", "\(outcome.errors)")
    }

    @Test(
        arguments: [
            (["--sandbox"], "lunette: '--sandbox': a folder expected\n"),
            (["--sandbox", "/no/such"], "lunette: --sandbox: /no/such: the sandbox's folder is not there\n"),
            (["--readable", "/"], "lunette: '--readable' without '--sandbox': all may be read\n"),
            (["--memory", "much"], "lunette: '--memory much': a size from 1M to 1000T, such as 4G, expected\n"),
            (["--memory", "1G", "--memory", "2G"], "lunette: '--memory' is given twice\n"),
            (["--sandbox", "/tmp", "--sandbox", "/"], "lunette: '--sandbox' is given twice\n"),
            (["--time", "9", "--time", "8"], "lunette: '--time' is given twice\n"),
            (["--time", "0"], "lunette: '--time 0': seconds above 0, at most 1e9, expected\n"),
        ])
    func wrongOptionsAreErrors(_ options: [String], _ message: String) throws {
        let outcome = try CommandProcess.run(CommandProcess.lunette, options)
        #expect(outcome.code == 1 && outcome.errors == message, "\(outcome.errors)")
    }

    @Test func itsNotebooksRunAndAreKept() throws {
        try "-- %%\nprint(io.open('../secret.txt'))\n\n-- %%\n1 + 1\n".write(
            toFile: inside + "/n.lua", atomically: false, encoding: .utf8)
        let outcome = try CommandProcess.run(
            CommandProcess.lunette, ["--sandbox", inside, "notebook", "run", "n.lua"], folder: inside)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let text = try String(contentsOfFile: inside + "/n.ipynb", encoding: .utf8)
        #expect(text.contains("Permission denied") && text.contains("\"2\""))
        try FileManager.default.removeItem(atPath: outside)
    }
}

/// `--memory` and `--time`.
@Suite struct ProcessLimitTests {
    private func run(_ options: [String], _ code: String) throws -> CommandProcess.Outcome {
        try CommandProcess.run(CommandProcess.lunette, options + ["-e", code])
    }

    @Test func memoryThatRunsOutSaysWhoHoldsIt() throws {
        let outcome = try run(
            ["--memory", "100M"],
            """
            local kept = {torch.ones(10000000)}
            print(pcall(function() kept[2] = torch.ones(20000000) end))
            kept[1] = nil
            kept[2] = torch.ones(20000000)
            print("goes on")
            kept[2] = nil
            local texts = {}
            for i = 1, 1000 do texts[i] = ("x"):rep(1000000 + i) end
            """)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 2 && lines[1] == "goes on")
        #expect(lines[0].contains("out of memory: 80.0 MB asked for"), "\(outcome.output)")
        #expect(lines[0].contains("of 100.0 MB allowed, tensors hold 4"))
        #expect(outcome.code == 1)
        let expected = "not enough memory: 1.0 MB asked for; of 100.0 MB allowed, tensors hold 0 bytes"
        #expect(outcome.errors.contains(expected))
    }

    /// Lua's own attempt to free memory runs no finalisers: they run before the script has the error.
    @Test func garbageTensorsMakeRoomForLuasValues() throws {
        let outcome = try run(
            ["--memory", "100M"],
            """
            local kept = torch.ones(20000000)
            kept = nil
            print(pcall(string.rep, "x", 40000000))
            print(#("x"):rep(40000000))
            """)
        let lines = outcome.output.split(separator: "\n")
        #expect(
            lines.first?.contains("40.0 MB asked for; of 100.0 MB allowed, tensors hold 83.9 MB and Lua's") == true)
        // Beside the tensor, as much of Lua's own values as there happened to be.
        #expect(lines.first?.wholeMatch(of: /.*; 8[3-5]\.\d MB of that were garbage, and are free now/) != nil)
        #expect(lines.last == "40000000", "\(outcome.output)\(outcome.errors)")
    }

    /// A variable can be given up at the prompt where it leaves no room for another value.
    @Test(arguments: ["{x}", "{x, torch.zeros(1)}"])
    func thePromptGoesOnWhereMemoryIsFull(value: String) throws {
        let entries = "while true do x = \(value) end\n"
        let outcome = try CommandProcess.run(
            CommandProcess.lunette, ["--memory", "20M", "-i", "--no-startup"],
            input: "x = nil\n" + String(repeating: entries, count: 5) + "x = nil\n#('x'):rep(2000000)\n")
        #expect(outcome.output.contains("\n2000000\n"), "\(outcome.output.suffix(500))")
    }

    /// Small tensors that are garbage are freed before they hold an eighth of the limit.
    @Test func garbageTensorsHoldLittleOfTheLimit() throws {
        let outcome = try run(
            ["--memory", "100M"],
            """
            local most = 0
            for i = 1, 500 do
                local t = torch.ones(250000)
                most = math.max(most, torch.memory_stats().tensors)
            end
            print(most <= 15000000, #("x"):rep(40000000))
            """)
        #expect(outcome.output == "true\t40000000\n", "\(outcome.output)\(outcome.errors)")
    }

    @Test(arguments: [
        ([], "nil\tfalse\t20000000.0\tfalse\tnil\t40000000"),
        (["--memory", "200M"], "200000000\tfalse\t20000000.0\tfalse\t200000000\t40000000"),
    ])
    func aScriptLowersTheLimit(options: [String], result: String) throws {
        let outcome = try run(
            options,
            """
            local function limit() return torch.memory_stats().limit end
            local before = limit()
            torch.set_memory_limit(20e6)
            local tensor, during = pcall(torch.ones, 20000000), limit()
            local text = pcall(string.rep, "x", 20000000)
            torch.set_memory_limit()
            print(before, tensor, during + 0.0, text, limit(), #("x"):rep(40000000))
            """)
        #expect(outcome.output == result + "\n", "\(outcome.errors)")
    }

    @Test func aScriptsLimitCannotBeAboveTheProcesssNorBelowWhatIsHeld() throws {
        let outcome = try run(
            ["--memory", "100M"],
            """
            local kept = torch.ones(10000000)
            print(pcall(torch.set_memory_limit, 200e6))
            print(pcall(torch.set_memory_limit, 30e6))
            local garbage = torch.ones(10000000)
            garbage = nil
            print(pcall(torch.set_memory_limit, 60e6))
            print(pcall(torch.set_memory_limit, 0))
            """)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[0].hasSuffix("(at most 100.0 MB expected, which '--memory' allows, got 200.0 MB)"))
        #expect(lines[1].contains(" MB expected, a megabyte more than is held, got 30.0 MB)"), "\(lines[1])")
        #expect(lines[2] == "true")
        #expect(lines[3].hasPrefix("false"))
    }

    @Test func withoutALimitMemoryIsTheMachines() throws {
        #expect(try run([], "print(#torch.ones(30000000))").output == "30000000\n")
    }

    @Test(
        arguments: [
            "for i = 1, 50 do local t = torch.ones(15000000) end",
            "for i = 1, 50 do local s = ('x'):rep(30000000 + i) end",
        ])
    func memoryThatIsGivenBackCanBeTakenAgain(_ code: String) throws {
        let outcome = try run(["--memory", "100M"], code + " print('done')")
        #expect(outcome.output == "done\n", "\(outcome.errors)")
    }

    @Test func timeThatIsOverStopsWhatRuns() throws {
        let start = Date()
        let outcome = try run(["--time", "0.5"], "while true do pcall(function() while true do end end) end")
        #expect(outcome.errors.hasPrefix("lunette: the 0.5 s of --time are over\n"), "\(outcome.errors)")
        #expect(outcome.code != 0)
        #expect(Date().timeIntervalSince(start) < 60)
    }
}
