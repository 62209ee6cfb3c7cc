import Foundation
import Jupyter
import Support
import Testing

/// What front ends ask of a kernel.
@Suite(.serialized) struct KernelTests {
    @Test func cellsRunInOneSession() throws {
        let kernel = try KernelClient()
        let first = try kernel.run("x = 41; local y = 'ä'")
        #expect(first.reply["status"]?.text == "ok")
        #expect(first["execute_result"].isEmpty)
        #expect(first.published.map(\.type) == ["status", "execute_input", "status"])
        let second = try kernel.run("io.write('one ')\nprint(y)\nx + 1")
        #expect(second.text() == "one ä\n")
        #expect(second["execute_result"].first?["data"]?["text/plain"]?.text == "42")
        #expect(second["execute_result"].first?["execution_count"]?.integer == 2)
        let third = try kernel.run("local function f()\n  error('oh')\nend\nf()")
        #expect(third.reply["status"]?.text == "error")
        #expect(third["error"].first?["evalue"]?.text == "cell 3:2: oh")
        let traceback = third["error"].first?["traceback"]?.elements ?? []
        #expect(traceback.contains(.string("    error('oh')")))
        // The line of source is that of the cell that the message names.
        _ = try kernel.run("function g()\n  a.b.c = 1\nend")
        let later = try kernel.run("-- 1\n-- 2\ng()")["error"].first
        #expect(later?["evalue"]?.text == "cell 4:2: attempt to index a nil value (global 'a')")
        #expect(later?["traceback"]?.elements?.contains(.string("    a.b.c = 1")) == true)
        #expect(try kernel.run("x;").published.count == 3)
    }

    @Test func whatIsPrintedInAnyWayIsSent() throws {
        let kernel = try KernelClient()
        let outcome = try kernel.run(
            "os.execute('echo child')\nio.stderr:write('wrong\\n')\nio.popen('echo piped >&2'):close()\nprint('last')")
        #expect(outcome.text() == "child\nlast\n")
        #expect(outcome.text("stderr") == "wrong\npiped\n")
    }

    @Test func whatIsPrintedComesBeforeWhatFollows() throws {
        let kernel = try KernelClient()
        let outcome = try kernel.run("for i = 1, 20 do print(i) display('d' .. i) end")
        let texts = outcome.published.map { message in
            message.content["text"]?.text ?? message.content["data"]?["text/plain"]?.text ?? ""
        }
        #expect(texts.joined() == (1...20).map { "\($0)\nd\($0)" }.joined())
    }

    @Test func displays() throws {
        let kernel = try KernelClient()
        let outcome = try kernel.run(
            "for i = 1, 3 do display(i, {id = 'n'}) end display.clear_output() plot.curves{y = {1, 2}}")
        #expect(outcome["display_data"].map { $0["data"]?["text/plain"]?.text } == ["1"])
        #expect(outcome["update_display_data"].map { $0["data"]?["text/plain"]?.text } == ["2", "3"])
        #expect(outcome["update_display_data"].first?["transient"]?["display_id"]?.text == "n")
        #expect(outcome["clear_output"].count == 1)
        let figure = try kernel.run("plot.curves{y = {1, 2}}")["execute_result"].first?["data"]
        #expect(figure?["image/png"]?.text?.hasPrefix("iVBOR") == true)
        let own = try kernel.run(
            "setmetatable({}, {__display = function() return {['text/html'] = '<b>x</b>'} end})")
        #expect(own["execute_result"].first?["data"]?["text/html"]?.text == "<b>x</b>")
        let json = try kernel.run(
            "setmetatable({}, {__display = function() return {['application/json'] = '{\"a\": [1.50]}'} end})")
        #expect(json["execute_result"].first?["data"]?["application/json"]?["a"]?.elements?.first?.number == 1.5)
        let broken = try kernel.run("'a\\xFF'")["execute_result"].first
        #expect(broken?["data"]?["text/plain"]?.text == "a\u{FFFD}")
        #expect(try kernel.run("error('a\\xFF')").reply["evalue"]?.text == "cell 6:1: a\u{FFFD}")
        #expect(
            try kernel.run("setmetatable({}, {__display = function() return 1 end})").reply["status"]?.text == "error")
    }

    @Test func whatIsShownIsDisplayed() throws {
        let kernel = try KernelClient()
        let outcome = try kernel.run("plot.curves{y = {1, 2}}:show() torch.arange(1, 200):show() print(1)")
        #expect(outcome["display_data"].map { $0["data"]?["image/png"] != nil } == [true, true])
        #expect(outcome.text() == "1\n")
    }

    @Test func exitEndsTheCellAlone() throws {
        let kernel = try KernelClient()
        let outcome = try kernel.run("x = 5 pcall(os.exit, 3) x = 6")
        #expect(outcome["error"].first?["ename"]?.text == "Exit")
        #expect(
            outcome["error"].first?["evalue"]?.text
                == "os.exit(3) ended the cell; the kernel goes on until the front end shuts it down")
        #expect(try kernel.run("x")["execute_result"].first?["data"]?["text/plain"]?.text == "5")
    }

    @Test func barsOfProgressAreUpdatedInPlace() throws {
        let kernel = try KernelClient()
        let start = ContinuousClock.now
        let outcome = try kernel.run("for i in progress(100) do os.execute('sleep 0.01') end")
        // One at the start, ten a second, and one at the end.
        let most = 2 + Int((ContinuousClock.now - start) / .seconds(0.1))
        #expect(outcome.text("stderr").isEmpty)
        let shown = outcome["display_data"] + outcome["update_display_data"]
        #expect(outcome["display_data"].count == 1)
        #expect((2...most).contains(shown.count))
        #expect(Set(shown.map { $0["transient"]?["display_id"]?.text }).count == 1)
        #expect(shown.last?["data"]?["text/plain"]?.text?.hasPrefix("progress: 100/100 100%") == true)
        #expect(shown.last?["data"]?["text/html"]?.text?.contains("<progress value=\"100\" max=\"100\"") == true)
        let again = try kernel.run("for i in progress(3) do end")
        #expect(again["display_data"].count == 1)
    }

    @Test(
        arguments: [
            ("io.read()", "\"a line\""), ("io.read('n')", "nil"), ("io.stdin:read('L')", "\"a line\\n\""),
            ("io.read(3)", "\"a l\""),
        ])
    func readsLines(code: String, expected: String) throws {
        let kernel = try KernelClient()
        let request = kernel.send(
            "execute_request", .record(["code": .string("{\(code)}"), "allow_stdin": .bool(true)]))
        let question = try kernel.receive("stdin")
        #expect(question.type == "input_request")
        kernel.send("input_reply", .record(["value": .string("a line")]), on: "stdin")
        let result = try kernel.outcome(of: request)["execute_result"].first?["data"]?["text/plain"]?.text
        #expect(result == (expected == "nil" ? "{}" : "{\(expected)}"))
        #expect(try kernel.run("io.read()").reply["evalue"]?.text?.hasSuffix("the front end takes no input") == true)
    }

    @Test func answersQuestionsAboutCode() throws {
        let kernel = try KernelClient()
        try kernel.run("thing = {member = 1}")
        let completion = try kernel.ask(
            "complete_request", .record(["code": .string("🧠 thing.me"), "cursor_pos": .number(10)])
        ).reply
        #expect(completion["matches"]?.elements == [.string("member")])
        #expect(completion["cursor_start"]?.integer == 8)
        #expect(completion["cursor_end"]?.integer == 10)
        let help = try kernel.ask(
            "inspect_request", .record(["code": .string("nn.Conv3d(1, "), "cursor_pos": .number(13)])
        ).reply
        #expect(help["data"]?["text/plain"]?.text?.hasPrefix("nn.Conv3d(") == true)
        #expect(try kernel.run("?nn.Conv3d").reply["payload"]?.elements?.first?["source"]?.text == "page")
        for (code, status) in [("x = 1", "complete"), ("for i = 1, 2 do", "incomplete"), ("x = )", "invalid")] {
            let reply = try kernel.ask("is_complete_request", .record(["code": .string(code)])).reply
            #expect(reply["status"]?.text == status)
        }
        let history = try kernel.ask("history_request", .record(["hist_access_type": .string("tail")])).reply
        #expect(history["history"]?.elements?.count == 2)
        #expect(try kernel.ask("kernel_info_request").reply["language_info"]?["name"]?.text == "lua")
        #expect(try kernel.ask("kernel_info_request", on: "control").reply["protocol_version"]?.text == "5.3")
        #expect(try kernel.ask("comm_info_request").reply["comms"]?.members?.isEmpty == true)
        let silent = try kernel.ask(
            "execute_request",
            .record([
                "code": .string("thing.member"), "silent": .bool(true),
                "user_expressions": .record(["a": .string("1 + 1"), "b": .string("1 +")]),
            ]))
        #expect(silent.published.map(\.type) == ["status", "status"])
        #expect(silent.reply["user_expressions"]?["a"]?["data"]?["text/plain"]?.text == "2")
        #expect(silent.reply["user_expressions"]?["b"]?["status"]?.text == "error")
    }

    @Test func cellsAfterAnErrorAreGivenUp() throws {
        let kernel = try KernelClient()
        let failing = kernel.send(
            "execute_request", .record(["code": .string("io.read() error('oh')"), "allow_stdin": .bool(true)]))
        let next = kernel.send("execute_request", .record(["code": .string("done = true")]))
        // The second was sent before the first can go on.
        _ = try kernel.receive("stdin")
        kernel.send("input_reply", .record(["value": .string("")]), on: "stdin")
        #expect(try kernel.outcome(of: failing).reply["status"]?.text == "error")
        #expect(try kernel.outcome(of: next).reply["status"]?.text == "aborted")
        #expect(try kernel.run("{done}")["execute_result"].first?["data"]?["text/plain"]?.text == "{}")
    }
}
