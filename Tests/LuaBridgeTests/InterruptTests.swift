import Foundation
import LuaBridge
import LuaTestSupport
import Support
import Testing

/// Ctrl-C, in processes of their own, as the flag and the signal belong to the whole process.
@Suite struct InterruptTests {
    @Test(arguments: [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "while true do pcall(error) end",
        "while true do xpcall(function() while true do end end, function() while true do end end) end",
        "coroutine.wrap(function() while true do end end)()",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        "while true do local co = coroutine.wrap(function() pcall(coroutine.yield) while true do end end) co() pcall(co) end",
        """
        while true do
          local co = coroutine.create(function()
            local x <close> = setmetatable({}, {__close = function() while true do end end})
            coroutine.yield()
          end)
          coroutine.resume(co)
          coroutine.close(co)
        end
        """,
        "while true do load(function() while true do end end) end",
        "setmetatable({}, {__gc = function() while true do end end}) collectgarbage() while true do end",
        "table.sort({3, 2, 1}, function() while true do end end)",
        "string.gsub('x', 'x', function() while true do end end)",
        "demo.wait()", "while true do pcall(demo.wait) end", "demo.apply(function() while true do end end, 1)",
        "while true do demo.apply(pcall, error) end",
        "for i = 1, math.huge do local t = setmetatable({}, {__index = function() return 1 end}) t = t.x end",
        "string.find(('a'):rep(40), ('a?'):rep(40) .. ('a'):rep(41))", "os.execute('sleep 100; sleep 100')",
        "pcall(string.gsub, ('a'):rep(300000), '.-.-b', '')", "table.move({}, 1, 1 << 50, 2)",
        "io.popen('sleep 100'):read()", "io.popen('sleep 100'):read('a')", "io.popen('sleep 100'):read('n')",
        "io.popen('sleep 100'):lines()()", "for line in io.lines('/dev/zero') do end",
        "io.open('/dev/zero'):read('a')", "io.popen('sleep 100'):close()",
        "error(setmetatable({}, {__tostring = function() while true do end end}))",
    ])
    func stopsTheScriptAndKeepsTheState(text: String) async {
        await #expect(processExitsWith: .success) { [text = text as String] in
            let lua = try interruptibleState(.stop)
            try lua.run("kept = 41")
            let error = #expect(throws: LuaError.self) { try lua.run("interruptSoon() " + text) }
            #expect(error?.isInterrupt == true)
            #expect(!Interrupt.isRequested)
            #expect(outcome("return kept + 1", in: lua) == "42")
        }
    }

    /// Shells that ignore the interrupt and begin the next command when one is killed: none is left over.
    @Test func noCommandOutlivesTheInterrupt() async throws {
        await #expect(processExitsWith: .success) {
            let lua = try interruptibleState(.stop)
            let seconds = "600.\(ProcessInfo.processInfo.processIdentifier)"
            #expect(throws: LuaError.self) {
                try lua.run(
                    "interruptSoon() os.execute [[trap '' INT; for i in $(seq 40); do "
                        + "(while :; do sleep \(seconds); done) & done; wait]]")
            }
            func left() throws -> [String] {
                try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
                    (try? String(contentsOfFile: "/proc/\(name)/cmdline", encoding: .utf8))?.contains(seconds) == true
                }
            }
            // A process that was killed is still there for a moment.
            var found = try left()
            for _ in 0..<100 where !found.isEmpty {
                usleep(50_000)
                found = try left()
            }
            for name in found { if let process = pid_t(name) { kill(process, SIGKILL) } }
            #expect(found.isEmpty)
        }
    }

    @Test func whatIsToBeClosedIsClosed() async {
        await #expect(processExitsWith: .success) {
            let lua = try interruptibleState(.stop)
            #expect(throws: LuaError.self) {
                try lua.run(
                    """
                    local x <close> = setmetatable({}, {__close = function() for i = 1, 100 do closed = i end end})
                    interruptSoon()
                    while true do end
                    """)
            }
            #expect(outcome("return closed", in: lua) == "100")
        }
    }

    @Test func theSecondOneEndsAScript() async {
        await #expect(processExitsWith: .signal(SIGINT)) {
            let lua = try interruptibleState(.stopThenTerminate)
            try lua.run("interruptSoon(math.maxinteger) demo.hang()")
        }
    }
}

/// A state with the function `interruptSoon`, which sends this process a SIGINT in a while, as a terminal would: to any
/// of its threads. What hears none would run for good, and is ended.
private func interruptibleState(_ policy: InterruptPolicy) throws -> LuaState {
    alarm(300)
    let lua = try demoState()
    lua.interruptPolicy = policy
    let interruptSoon = LuaFunction(
        "interruptSoon", "Sends interrupts.", Parameter("times", Int.self, default: 1, "how many")
    ) { times in
        Thread {
            for _ in 0..<times {
                usleep(50_000)
                kill(getpid(), SIGINT)
            }
        }.start()
    }
    try lua.setGlobal("interruptSoon", interruptSoon)
    return lua
}
