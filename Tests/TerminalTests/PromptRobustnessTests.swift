import Foundation
import TestSupport
import Testing

/// What goes wrong at a prompt costs no session.
@Suite(.serialized) struct PromptRobustnessTests {
    @Test func aStartupFile() throws {
        let terminal = try TmuxTerminal(startup: "started = 'by the file'")
        try terminal.enter("started")
        try terminal.expect("by the file")
    }

    @Test func aStartupFileWithAnError() throws {
        let terminal = try TmuxTerminal(startup: "before = 5\nerror('broken start')")
        try terminal.expect("startup.lua:2: broken start", .anywhere)
        try terminal.expect("    error('broken start')")
        try terminal.enter("before + 1")
        try terminal.expect("6")
    }

    @Test func noStartupFile() throws {
        let terminal = try TmuxTerminal("--no-startup", startup: "error('broken start')")
        try terminal.enter("1 + 1")
        try terminal.expect("2")
        #expect(try !terminal.lines().contains { $0.contains("broken") })
    }

    @Test func wrongKeysAndBytes() throws {
        let terminal = try TmuxTerminal()
        try terminal.press("F5", "M-x", "C-]", "C-u", "PgUp", "M-C-d", "C-u", "C-Left", "Tab", "Tab", "C-u")
        try terminal.enter("#'äé' + 96")
        try terminal.expect("100")
        try terminal.expectPrompt()
        try terminal.type("900 + #'äxy'")
        try terminal.press("Left", "BSpace", "BSpace", "BSpace", "Enter")
        try terminal.expect("900")
        try terminal.enter("('ab'):rep(2)")
        try terminal.expect("abab")
        try terminal.expectPrompt()
        // A byte that is no UTF-8, as a paste may bring it.
        try terminal.pasteBytes([0x23, 0x27, 0xFF, 0xFE, 0x41, 0x27])
        try terminal.press("Enter")
        try terminal.expect("3")
        try terminal.enter("'\\xff'")
        try terminal.enter("1000 + 1")
        try terminal.expect("1001")
    }

    /// A terminal that is slow to answer what it was asked, such as whether it shows images.
    @Test func lateAnswersAreNoInput() throws {
        let terminal = try TmuxTerminal()
        try terminal.type("1000")
        try terminal.type("\u{1B}_Gi=4211;OK\u{1B}\\\u{1B}[?1;2c")
        try terminal.enter(" + 1")
        try terminal.expect("1001")
    }

    /// A dumb terminal pastes without brackets.
    @Test(arguments: ["xterm-256color", "dumb"])
    func aMegabyteInOneLine(term: String) throws {
        let terminal = try TmuxTerminal(term: term)
        try terminal.paste("long = '" + String(repeating: "x", count: 1 << 20) + "'")
        try terminal.press("Enter")
        try terminal.enter("#long")
        try terminal.expect("1048576")
    }

    @Test func inputForAScript() throws {
        let terminal = try TmuxTerminal()
        try terminal.paste("print('asking') answer = io.read()")
        try terminal.press("Enter")
        try terminal.expect("asking")
        try terminal.enter("42")
        try terminal.enter("answer .. ' it is'")
        try terminal.expect("42 it is")
    }

    @Test func aNarrowerTerminal() throws {
        let terminal = try TmuxTerminal()
        try terminal.type("1234567890 + 1000000000 + 1000000000 + 1000000000")
        try terminal.resize(30)
        try terminal.type(" + 1")
        try terminal.press("Enter")
        try terminal.expect("4234567891")
        try terminal.resize(100)
        try terminal.enter("1 + 1")
        try terminal.expect("2")
    }

    @Test func resizedWhileDrawing() throws {
        let terminal = try TmuxTerminal()
        try terminal.enter("x = torch.randn(20, 40, 40) for i = 1, 40 do x:show() end print('all ' .. 'drawn')")
        for columns in [30, 120, 5, 64, 80] { try terminal.resize(columns) }
        try terminal.expect("all drawn")
        try terminal.enter("for i in progress(3) do os.execute('sleep 0.3') end print('all ' .. 'counted')")
        for columns in [30, 120, 5, 64, 80] { try terminal.resize(columns) }
        try terminal.expect("all counted")
        try terminal.enter("1000 + 1")
        try terminal.expect("1001")
    }

    /// Stopped, and brought to the front again by the shell, it has the terminal as it was.
    @Test func aStoppedSession() throws {
        let terminal = try TmuxTerminal("--norc -i", program: "/bin/bash", environment: ["PS1": ">shell "])
        try terminal.enter("'\(CommandProcess.lunette)'")
        try terminal.expectPrompt()
        try terminal.enter("x = 1000 print('x is ' .. x)")
        try terminal.expect("x is 1000")
        try terminal.expectPrompt()
        try terminal.press("C-z")
        try terminal.expect("Stopped", .anywhere)
        try terminal.expectPrompt(">shell")
        try terminal.enter("fg")
        try terminal.expect("'\(CommandProcess.lunette)'", .anywhere, count: 3)
        try terminal.expectPrompt()
        try terminal.enter("x + 1")
        try terminal.expect("1001")
        #expect(try !terminal.lines().contains("x + 1"))
    }

    @Test func howOtherProgramsAreLeft() throws {
        let terminal = try TmuxTerminal()
        for (count, farewell) in ["exit", "quit()"].enumerated() {
            try terminal.enter(farewell)
            try terminal.expect("Ctrl-D, or :quit, leaves.", count: count + 1)
        }
        try terminal.enter("help")
        try terminal.expect("Modules:")
        try terminal.enter("torch")
        try terminal.expect("module 'torch': help(torch) lists its members")
    }

    @Test func anInterruptOfWhatIsShown() throws {
        let terminal = try TmuxTerminal()
        try terminal.enter("setmetatable({}, {__tostring = function() print('begun') while true do end end})")
        try terminal.expect("begun")
        try terminal.press("C-c")
        try terminal.expect("interrupted", .anywhere)
        try terminal.enter("1000 + 1")
        try terminal.expect("1001")
    }

    @Test func aSecondInterruptOfWhatCannotStop() throws {
        let terminal = try TmuxTerminal()
        try terminal.enter("local format = ('%Y'):rep(1 << 26) print('begun') return #os.date(format)")
        try terminal.expect("begun")
        try terminal.press("C-c", until: "Still stopping; Ctrl-\\ ends lunette at once.")
        try terminal.press("C-\\")
        try terminal.expect("EXIT 131", .anywhere)
    }

    @Test func coloursOnATerminal() throws {
        let terminal = try TmuxTerminal()
        try terminal.enter("error('in colour')")
        try terminal.expect("entry 1:1: in colour")
        #expect(try terminal.lines(colours: true).contains { $0.contains("\u{1B}[31mentry 1:1: in colour") })
    }

    @Test(arguments: [["NO_COLOR": "1"], ["TERM": "dumb"]])
    func noColours(environment: [String: String]) throws {
        let terminal = try TmuxTerminal(
            term: environment["TERM"] ?? "xterm", environment: environment.filter { $0.key != "TERM" })
        try terminal.enter("error('not in colour')")
        try terminal.expect("entry 1:1: not in colour")
        #expect(try !terminal.lines(colours: true).contains { $0.contains("\u{1B}[31m") })
    }

    @Test func aClosedPipe() throws {
        let command = "yes 'x = 1' | '\(CommandProcess.lunette)' -i --no-startup | head -2 | wc -l"
        // The prompt has an end, though its input has none.
        let outcome = try CommandProcess.run("/bin/sh", ["-c", command])
        #expect(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines) == "2")
    }
}
