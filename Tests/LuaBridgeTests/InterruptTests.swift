import Foundation
import LuaBridge
import Support
import Testing

/// Ctrl-C on this process's own thread, as a terminal would send it to any thread.
@Suite(.serialized) struct InterruptTests {
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
        "for i = 1, 1e9 do local t = setmetatable({}, {__index = function() return 1 end}) t = t.x end",
    ])
    func stopsTheScriptAndKeepsTheState(text: String) throws {
        let lua = try demoState()
        lua.interruptPolicy = .stop
        try lua.run("kept = 41")
        let timer = Thread {
            usleep(100_000)
            kill(getpid(), SIGINT)
        }
        timer.start()
        let start = Date()
        let error = #expect(throws: LuaError.self) { try lua.run(text) }
        #expect(error?.isInterrupt == true)
        #expect(Date().timeIntervalSince(start) < 1.1)
        #expect(!Interrupt.isRequested)
        #expect(outcome("return kept + 1", in: lua) == "42")
    }

    @Test func whatIsToBeClosedIsClosed() throws {
        let lua = try demoState()
        lua.interruptPolicy = .stop
        let timer = Thread {
            usleep(50_000)
            kill(getpid(), SIGINT)
        }
        timer.start()
        #expect(throws: LuaError.self) {
            try lua.run(
                """
                local x <close> = setmetatable({}, {__close = function() for i = 1, 100 do closed = i end end})
                while true do end
                """)
        }
        #expect(outcome("return closed", in: lua) == "100")
    }
}
