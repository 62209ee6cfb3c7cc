import Foundation
import Testing

/// The prompt as its users meet it: typed and read in a terminal.
@Suite struct TranscriptTests {
    @Test(arguments: ["xterm-256color", "dumb"], [80, 40])
    func aSession(term: String, columns: Int) throws {
        let terminal = try TmuxTerminal(term: term, columns: columns)
        try enterValues(terminal)
        try complete(terminal)
        try askForHelp(terminal, columns)
        try look(terminal, isCapable: term != "dumb")
        try giveCommands(terminal)
        try followProgress(terminal)
        try interrupt(terminal)
        try terminal.expectPrompt()
        try terminal.press("C-d")
        try terminal.expect("EXIT 0", .beginning)
    }

    private func enterValues(_ terminal: TmuxTerminal) throws {
        try terminal.enter("local x = 41")
        try terminal.enter("x + 1, 'two'")
        try terminal.expect("42      two")
        try terminal.enter("_ * 2")
        try terminal.expect("84")
        try terminal.enter("'hidden';")
        try terminal.enter("_ .. ' result'")
        try terminal.expect("hidden result")
        #expect(try !terminal.lines().contains("hidden"))
        try terminal.enter("for i = 1, 2 do")
        try terminal.expect(">> ", .beginning)
        try terminal.enter("print(i * 100) end")
        try terminal.expect("200")
        try terminal.expectPrompt()
        try terminal.press("Up", "Enter")
        try terminal.expect("200", count: 2)
        try terminal.expectPrompt()
        try terminal.press("C-r")
        try terminal.type("hidd")
        try terminal.expect("hidden", .anywhere)
        try terminal.press("Enter")
        try terminal.enter("_ .. ' again'")
        try terminal.expect("hidden again")
        try terminal.expectPrompt()
        try terminal.paste("local sum = 0\nfor i = 1, 3 do\n\tsum = sum + i\nend\n\nprint('the sum is ' .. sum)")
        try terminal.press("Enter")
        try terminal.expect("the sum is 6")
    }

    private func complete(_ terminal: TmuxTerminal) throws {
        try complete("string.rev", to: "string.reverse", terminal)
        try terminal.enter("('drawer')")
        try terminal.expect("reward")
        try complete("nn.Conv3d(1, 7, 3, {padd", to: "nn.Conv3d(1, 7, 3, {padding =", terminal)
        try terminal.enter("1}).weight:size(1)")
        try terminal.expect("7")
        try complete("torch.ones(1):ite", to: "torch.ones(1):item", terminal)
        try terminal.enter("() + 990")
        try terminal.expect("991.0")
        try complete(":hist", to: ":history", terminal)
        try terminal.enter(" 1")
        try terminal.expect("  torch.ones(1):item() + 990", .anywhere)
    }

    private func complete(_ text: String, to whole: String, _ terminal: TmuxTerminal) throws {
        try terminal.expectPrompt()
        try terminal.type(text)
        try terminal.expect("> " + text)
        try terminal.press("Tab")
        try terminal.expect("> " + whole)
    }

    private func askForHelp(_ terminal: TmuxTerminal, _ columns: Int) throws {
        try terminal.enter("?nn.Conv3D")
        try terminal.expect("no help for 'nn.Conv3D' (did you mean 'nn.Conv3d'?)")
        try terminal.enter("torch.eye?")
        try terminal.expect("torch.eye(", .beginning)
        try terminal.enter("??identity matrix")
        try terminal.expect("  torch.eye ", .beginning)
        try terminal.enter("pritn(1)")
        try terminal.expect("attempt to call a nil value (global 'pritn') (did you mean 'print'?)", .anywhere)
        try terminal.enter("help(nn)")
        try terminal.expect("nn: ", .beginning)
        try terminal.expect("  nn.functional", .beginning)
        try terminal.expectPrompt()
        let page = try terminal.lines().drop { !$0.hasPrefix("nn: ") }.prefix { !$0.hasPrefix(">") }
        #expect(page.count > 40)
        #expect(page.allSatisfy { $0.count <= columns })
    }

    private func look(_ terminal: TmuxTerminal, isCapable: Bool) throws {
        try terminal.enter("torch.ones(300, 400)")
        try terminal.expect("tensor 300x400 float32, min 1, mean 1,", .beginning)
        try terminal.enter("nn.Linear(2, 3)")
        try terminal.expect("Linear(2, 3)", .beginning)
        try terminal.enter("{1, {a = 'b'}}")
        try terminal.expect("{1, {a = \"b\"}}")
        try terminal.enter("torch.arange(64):reshape(8, 8):show()")
        try terminal.expect(isCapable ? "▀" : "@@", .anywhere)
        #expect(try terminal.lines().contains { $0.contains("▀") } == isCapable)
        try terminal.enter("torch.arange(64):show('p.png')")
        try terminal.enter("io.open('p.png'):read(4):sub(2) .. ' it is'")
        try terminal.expect("PNG it is")
        try terminal.enter("plot.curves({loss = {3, 2, 1}})")
        try terminal.expect("3.0 ", .anywhere)
        try terminal.expect(" loss", .anywhere)
    }

    private func followProgress(_ terminal: TmuxTerminal) throws {
        try terminal.enter("for step in progress(7) do end")
        try terminal.expect("7/7 100%", .anywhere)
    }

    private func giveCommands(_ terminal: TmuxTerminal) throws {
        try terminal.enter("t = torch.zeros(10, 25)")
        try terminal.enter(":who")
        try terminal.expect("t    Tensor  10 x 25  1.0 kB")
        try terminal.enter(":time for i = 1, 2 do")
        try terminal.enter("end print('2 of 2')")
        try terminal.expect("2 of 2")
        try terminal.expect("a time", #/\d+(\.\d+)? (us|ms|s)/#)
        try terminal.enter(":profile torch.ones(10, 10):requires_grad_():exp():sum():backward()")
        try terminal.expect("exp ", .beginning)
        try terminal.expect("100.0%", .anywhere)
        try terminal.enter(":save all.ipynb")
        try terminal.enter(":save all.lua")
        try terminal.enter("x = nil")
        try terminal.enter(":load all.lua")
        try terminal.expect("the sum is 6", count: 2)
        try terminal.enter("'x is back: ' .. x")
        try terminal.expect("x is back: 41")
        try terminal.enter(":tiem 1")
        try terminal.expect("there is no command ':tiem' (did you mean ':time'?); :help lists the commands")
        try terminal.enter(":help")
        try terminal.expect(":quit", .beginning)
    }

    private func interrupt(_ terminal: TmuxTerminal) throws {
        try terminal.enter("local function inner() error('oh') end  local function outer() inner() end  outer()")
        try terminal.expect(":1: oh", .anywhere)
        try terminal.expect("local function inner() error('oh') end", .anywhere)
        try terminal.expect("stack traceback:")
        try terminal.expect(":1: in main chunk", .anywhere)
        try terminal.enter("print('begun') while true do pcall(function() while true do end end) end")
        try terminal.expect("begun")
        try terminal.press("C-c")
        try terminal.expect("interrupted", .anywhere)
        try terminal.expectPrompt()
        try terminal.type("half a line")
        try terminal.expect("> half a line")
        try terminal.press("C-c")
        try terminal.expect("> half a line^C")
        try terminal.press("C-c", until: "Ctrl-D, or :quit, leaves.")
        try terminal.enter("'still ' .. x")
        try terminal.expect("still 41")
    }
}
