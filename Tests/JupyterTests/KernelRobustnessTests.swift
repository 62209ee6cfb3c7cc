import Foundation
import Jupyter
import Support
import Testing

/// A kernel under what it should survive.
@Suite(.serialized) struct KernelRobustnessTests {
    @Test(
        arguments: [
            "while true do end", "while true do pcall(function() while true do end end) end",
            "local x = torch.randn(64, 64) while true do x = x:matmul(x):tanh() end", "os.execute('sleep 30')",
            "io.read()",
        ], [true, false])
    func isInterrupted(code: String, byMessage: Bool) throws {
        let kernel = try KernelClient()
        // Front ends give the kernel a process group of its own, as Foundation does.
        #expect(getpgid(kernel.process.processIdentifier) == kernel.process.processIdentifier)
        try kernel.run("kept = 7")
        let request = kernel.send(
            "execute_request", .record(["code": .string("print('begun') " + code), "allow_stdin": .bool(true)]))
        _ = try kernel.receive("iopub") { $0.content["text"]?.text?.hasPrefix("begun") == true }
        usleep(100_000)
        let start = Date()
        if byMessage {
            kernel.send("interrupt_request", on: "control")
            #expect(try kernel.receive("control").content["status"]?.text == "ok")
        } else {
            kill(-kernel.process.processIdentifier, SIGINT)
        }
        let outcome = try kernel.outcome(of: request)
        // A shell command that was stopped is no error of the script's own.
        if !code.hasPrefix("os.execute") { #expect(outcome.reply["ename"]?.text == "Interrupted") }
        #expect(Date().timeIntervalSince(start) < 1)
        #expect(try kernel.run("kept")["execute_result"].first?["data"]?["text/plain"]?.text == "7")
    }

    @Test func messagesThatAreWrongAreDropped() throws {
        let kernel = try KernelClient()
        let content = JSON.record(["code": .string("print('no')")])
        let message = kernel.writer.question(
            to: Message(header: .record([:]), content: content), "execute_request", content)
        kernel.send(frames: message.frames(key: MessageKey("another key")))
        kernel.send(frames: Array(message.frames(key: kernel.key).prefix(4)))
        kernel.send(frames: [[]])
        kernel.send(frames: Array(message.frames(key: kernel.key).prefix(2)), on: "control")
        kernel.send("no_such_request")
        kernel.send("no_such_request", on: "control")
        kernel.send("execute_request")
        let outcome = try kernel.run("1")
        #expect(outcome["execute_result"].count == 1)
        #expect(kernel.errors.contains("lunette jupyter: message dropped: the signature is wrong\n"))
        #expect(kernel.errors.split(separator: "\n").count == 4)
        kernel.send(frames: [Array("ping".utf8)], on: "hb")
        #expect(kernel.frames("hb") == [Array("ping".utf8)])
    }

    @Test func manyMessagesAtOnce() throws {
        let kernel = try KernelClient()
        let requests = (0..<10_000).map { _ in kernel.send("kernel_info_request") }
        for request in requests { #expect(try kernel.receive("shell").parent == request.header) }
        #expect(try kernel.run("1")["execute_result"].count == 1)
    }

    @Test func muchOutputIsSentInBoundedMemory() throws {
        let kernel = try KernelClient()
        let outcome = try kernel.run("local s = ('x'):rep(999) .. '\\n' for i = 1, 100000 do io.write(s) end")
        #expect(outcome["stream"].reduce(0) { $0 + ($1["text"]?.text?.utf8.count ?? 0) } == 100_000_000)
        let status = try String(contentsOfFile: "/proc/\(kernel.process.processIdentifier)/status", encoding: .utf8)
        let peak = status.firstMatch(of: #/VmHWM:\s+(\d+) kB/#).flatMap { Int($0.1) }
        #expect(try #require(peak) < 400_000)
    }

    /// It holds up the others for 5 seconds, and then loses what it does not take.
    @Test func oneThatStopsReadingHoldsUpNobodyForLong() throws {
        let kernel = try KernelClient()
        try kernel.subscribeWithoutReading()
        let start = Date()
        let outcome = try kernel.run("local s = ('x'):rep(99999) .. '\\n' for i = 1, 1000 do io.write(s) end")
        #expect(outcome["stream"].reduce(0) { $0 + ($1["text"]?.text?.utf8.count ?? 0) } == 100_000_000)
        #expect(Date().timeIntervalSince(start) > 4.5)
        #expect(Date().timeIntervalSince(start) < 20)
        let again = Date()
        try kernel.run("print(('x'):rep(10000000))")
        #expect(Date().timeIntervalSince(again) < 4)
    }

    @Test(arguments: ["", "while true do end"], ["shell", "control"])
    func shutsDown(code: String, channel: String) throws {
        guard code.isEmpty || channel == "control" else { return }
        let kernel = try KernelClient()
        kernel.send("execute_request", .record(["code": .string("print('begun') " + code)]))
        _ = try kernel.receive("iopub") { $0.content["text"]?.text?.hasPrefix("begun") == true }
        kernel.send("shutdown_request", .record(["restart": .bool(true)]), on: channel)
        let reply = try kernel.receive(channel) { $0.type == "shutdown_reply" }
        #expect(reply.content["restart"] == .bool(true))
        #expect(kernel.exitCode() == 0)
    }

    @Test func endsWithItsParent() throws {
        let kernel = try KernelClient(by: "$KERNEL & echo $! >&2; wait", environment: ["JPY_PARENT_PID": "1"])
        let id = try #require(pid_t(kernel.errors.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(kill(id, 0) == 0)
        kill(kernel.process.processIdentifier, SIGKILL)
        let end = Date().addingTimeInterval(8)
        while kill(id, 0) == 0, Date() < end { usleep(50_000) }
        #expect(kill(id, 0) != 0)
    }
}
