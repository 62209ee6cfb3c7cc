import Foundation
import LuaBridge
import LuaTestSupport
import Testing

@Suite struct ObjectTests {
    let lua: LuaState

    init() throws { lua = try demoState() }

    @Test(arguments: [
        (
            "local c = demo.counter(3) return c:add(4).count, tostring(c), c.double, c[2], c[9]",
            "7 Counter(7) 14 14 nil"
        ),
        ("local c = demo.counter(3) return (c + 1).count, (1 + c).count, (c + c).count", "4 4 6"),
        ("local c = demo.counter(3) c.count = 8 return c.count", "8"),
        ("local c = demo.counter(3) return c == demo.same(c), c == demo.counter(3), c == 1", "true false false"),
        ("return getmetatable(demo.counter(1)), demo.any(demo.counter(1))", "Counter Counter(1)"),
        ("local c = demo.counter(3) c:free() c:free() return tostring(c)", "released Counter"),
        ("local c do local d <close> = demo.counter(3) c = d end return tostring(c)", "released Counter"),
        (
            "local n = demo.named(2) return n:name(), n:add(3):name(), demo.same(n).count, (n + 1).count",
            "number 2 number 5 5 6"
        ),
        (
            "local n = demo.named(2) n.extra = 'x' return n.extra, demo.same(n).extra, rawequal(n, demo.same(n))",
            "x x true"
        ),
        (
            "local n = demo.named(2) n.extra = 1 n.extra = nil return pcall(function() return n.extra end)",
            "false x:1: Named has no member 'extra'"
        ),
        ("local n = demo.named(2) n:free() return tostring(demo.named(2))", "Counter(2)"),
    ])
    func use(text: String, result: String) { #expect(outcome(text, in: lua) == result) }

    @Test(arguments: [
        ("return demo.counter(3).cuont", "Counter has no member 'cuont' (did you mean 'count'?)"),
        ("return demo.counter(3):ad()", "Counter has no member 'ad' (did you mean 'add'?)"),
        ("demo.counter(3).cuont = 1", "Counter has no property 'cuont' (did you mean 'count'?)"),
        ("demo.counter(3).double = 1", "property 'double' of Counter cannot be set"),
        ("demo.named(3).add = 1", "method 'add' of Named cannot be replaced"),
        ("demo.counter(3).count = 'x'", "bad argument #2 'value' to 'count' (integer expected, got string)"),
        (
            "local c = demo.counter(3) c:free() return c.count",
            "bad argument #1 'self' to 'count' (Counter expected, got released Counter)"
        ),
        ("return demo.grow(1)[1]", "a Ballast cannot be indexed with a number"),
        ("return demo.counter(1) + 'x'", "bad argument #2 'b' to '__add' (Counter or integer expected, got string)"),
    ])
    func errors(text: String, message: String) { #expect(outcome(text, in: lua) == "x:1: " + message) }

    @Test func theStateReleasesItsObjects() async {
        await #expect(processExitsWith: .success) {
            let lua = try demoState()
            try lua.run("kept = {} for i = 1, 1000 do kept[i] = demo.counter(i) end")
            #expect(Counter.live.load(ordering: .relaxed) == 1000)
            try lua.run("kept = nil collectgarbage()")
            #expect(Counter.live.load(ordering: .relaxed) == 0)
            try lua.run("kept = demo.counter(1) table.unpack({setmetatable({}, {__gc = function() kept:add() end})})")
            lua.close()
            #expect(Counter.live.load(ordering: .relaxed) == 0)
        }
    }

    @Test func aMillionFailedCallsLeakNothing() async {
        // The test library of the new process is not to record a backtrace of each error.
        setenv("SWT_SWIFT_ERROR_BACKTRACING_ENABLED", "0", 1)
        await #expect(processExitsWith: .success) {
            let lua = try demoState()
            let failing = """
                local c = demo.counter(1)
                for i = 1, ... do
                    pcall(c.fail, c)
                    pcall(demo.conv3d, c)
                    pcall(demo.apply, function() error(c) end, c)
                    pcall(demo.odd, 1, {by = 0})
                end
                """
            try lua.run(failing, arguments: [.integer(1000)])
            try lua.run("collectgarbage()")
            let resident = residentBytes()
            try lua.run(failing, arguments: [.integer(250_000)])
            try lua.run("collectgarbage()")
            #expect(Counter.live.load(ordering: .relaxed) == 0)
            #expect(residentBytes() - resident < 8 << 20)
        }
    }

    @Test func referencesOutliveTheirState() throws {
        let values = try lua.run("return {1}, print, demo.counter(1)")
        lua.close()
        guard case .table(let table) = values[0], case .function(let function) = values[1] else {
            Issue.record("a table and a function expected")
            return
        }
        #expect(throws: LuaError.self) { try table.count() }
        #expect(throws: LuaError.self) { try function() }
        #expect(throws: LuaError.self) { try lua.run("return 1") }
    }
}
