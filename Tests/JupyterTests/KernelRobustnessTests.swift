import Foundation
import Jupyter
import Support
import TestSupport
import Testing

/// A kernel under what it should survive.
@Suite(.serialized) struct KernelRobustnessTests {
    /// None of these would end; each tells when it has begun.
    @Test(
        arguments: [
            "print('begun') while true do end",
            "print('begun') while true do pcall(function() while true do end end) end",
            "local x = torch.randn(64, 64) print('begun') while true do x = x:matmul(x):tanh() end",
            "os.execute('echo begun; exec sleep 9999')", "io.read()",
        ], [true, false])
    func isInterrupted(code: String, byMessage: Bool) throws {
        let kernel = try KernelClient()
        // Front ends give the kernel a process group of its own, as Foundation does.
        #expect(getpgid(kernel.process.processIdentifier) == kernel.process.processIdentifier)
        try kernel.run("kept = 7")
        let request = kernel.send(
            "execute_request", .record(["code": .string(code), "allow_stdin": .bool(true)]))
        if code.hasPrefix("io.read") {
            _ = try kernel.receive("stdin")
        } else {
            _ = try kernel.receive("iopub") { $0.content["text"]?.text?.hasPrefix("begun") == true }
        }
        if byMessage {
            kernel.send("interrupt_request", on: "control")
            #expect(try kernel.receive("control").content["status"]?.text == "ok")
        } else {
            kill(-kernel.process.processIdentifier, SIGINT)
        }
        let outcome = try kernel.outcome(of: request)
        // A shell command that was stopped is no error of the script's own.
        if !code.hasPrefix("os.execute") { #expect(outcome.reply["ename"]?.text == "Interrupted") }
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
        // The channels are read side by side.
        try wait(until: { kernel.errors.split(separator: "\n").count >= 4 }, missing: { kernel.errors })
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

    /// It holds up the others for 5 seconds, and then loses what it does not take for a minute.
    @Test func oneThatStopsReadingHoldsUpNobodyForLong() throws {
        let kernel = try KernelClient()
        try kernel.subscribeWithoutReading()
        let start = ContinuousClock.now
        let outcome = try kernel.run("local s = ('x'):rep(99999) .. '\\n' for i = 1, 1000 do io.write(s) end")
        #expect(outcome["stream"].reduce(0) { $0 + ($1["text"]?.text?.utf8.count ?? 0) } == 100_000_000)
        #expect(ContinuousClock.now - start > .seconds(4.5))
        try kernel.run("print(('x'):rep(10000000))")
        let told = kernel.errors.split(separator: "\n").count
        #expect(kernel.errors.contains("a front end has taken nothing for 5 s"), "\(kernel.errors)")
        #expect(told <= 1 + Int((ContinuousClock.now - start) / .seconds(60)), "\(kernel.errors)")
    }

    @Test(arguments: [("", "shell"), ("", "control"), ("while true do end", "control")])
    func shutsDown(code: String, channel: String) throws {
        let kernel = try KernelClient()
        kernel.send("execute_request", .record(["code": .string("print('begun') " + code)]))
        _ = try kernel.receive("iopub") { $0.content["text"]?.text?.hasPrefix("begun") == true }
        kernel.send("shutdown_request", .record(["restart": .bool(true)]), on: channel)
        let reply = try kernel.receive(channel) { $0.type == "shutdown_reply" }
        #expect(reply.content["restart"] == .bool(true))
        #expect(try kernel.exitCode() == 0)
    }

    @Test func endsWithItsParent() throws {
        let kernel = try KernelClient(by: "kernel & echo $! >&2; wait", environment: ["JPY_PARENT_PID": "1"])
        try wait(until: { kernel.errors.hasSuffix("\n") }, missing: { "the kernel's number did not come" })
        let id = try #require(pid_t(kernel.errors.trimmingCharacters(in: .whitespacesAndNewlines)))
        // Whoever takes in processes without a parent may leave them as they are once they have ended.
        func hasEnded() -> Bool {
            let state = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
            return state?.contains(") Z ") ?? true
        }
        #expect(!hasEnded())
        kill(kernel.process.processIdentifier, SIGKILL)
        try wait(until: hasEnded, missing: { "the kernel goes on without its parent" })
    }
}
