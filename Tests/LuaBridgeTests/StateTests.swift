import Foundation
import LuaBridge
import LuaTestSupport
import Support
import Testing

/// The memory that this process holds.
func residentBytes() -> Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4096 : 0
}

@Suite struct StateTests {
    let lua: LuaState

    init() throws { lua = try demoState() }

    @Test(arguments: [
        ("error('text')", "x:1: text"), ("error('text', 0)", "text"), ("error()", "(error object is a nil value)"),
        ("error({})", "(error object is a table value)"), ("error(12)", "12"),
        ("error(setmetatable({}, {__tostring = function() return 'own' end}))", "own"),
        ("error(setmetatable({}, {__tostring = function() error('again') end}))", "x:1: again"),
        ("x = = 1", "x:1: unexpected symbol near '='"),
        ("return nothing.field", "x:1: attempt to index a nil value (global 'nothing')"),
    ])
    func errors(text: String, message: String) { #expect(outcome(text, in: lua) == message) }

    @Test func tracebacksHaveTheScriptsFramesOnly() {
        let error = #expect(throws: LuaError.self) {
            try lua.run("local function f()\n demo.increment('x')\nend\nf()", name: "=x")
        }
        #expect(
            error?.traceback == """
                stack traceback:
                \t[C]: in function 'lunette.demo.increment'
                \tx:2: in local 'f'
                \tx:4: in main chunk
                """)
    }

    @Test func errorInTheMessageHandler() {
        let text = "return xpcall(error, function() error('again') end)"
        #expect(outcome(text, in: lua).hasPrefix("false"))
    }

    @Test(arguments: [
        "load(string.dump(function() end))", "load(string.dump(function() end), 'n', 'b')",
        "load(string.dump(function() end), 'n', 'bt')", "load(function() return '\\27Lua' end)",
        "loadfile(...)", "loadfile(..., 'b')", "pcall(dofile, ...)", "pcall(require, 'bytecode')",
    ])
    func bytecodeIsRefused(call: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("bytecode.lua").path
        let text = """
            package.path = '\(folder.path)/?.lua'
            local file = io.open(..., 'wb') file:write(string.dump(function() end)) file:close()
            local first, message = \(call)
            return not first and message:find('binary chunk', 1, true) ~= nil
            """
        #expect(try lua.run(text, arguments: [.string(file)]).map { try lua.text(of: $0) } == ["true"])
        #expect(throws: LuaError.self) { try lua.run("\u{1B}Lua") }
        #expect(throws: LuaError.self) { try lua.runFile(file) }
    }

    @Test func theCollectorStaysIncremental() {
        #expect(
            outcome("return collectgarbage('generational'), collectgarbage('incremental')", in: lua)
                == "incremental incremental")
    }

    @Test func theStandardLibraryIsAsItWas() {
        let text = """
            local co = coroutine.create(function(a) local b = coroutine.yield(a + 1) error({b}) end)
            assert(select(2, coroutine.resume(co, 1)) == 2)
            local fine, value = coroutine.resume(co, 7)
            assert(not fine and value[1] == 7 and coroutine.status(co) == 'dead')
            local next = coroutine.wrap(function() for i = 1, 2 do pcall(coroutine.yield, i) end end)
            assert(next() == 1 and next() == 2 and next() == nil and not pcall(next))
            assert(coroutine.close(coroutine.create(print)))
            assert(select('#', pcall(table.unpack, {}, 1, 200)) == 201)
            local order = {}
            local closing = coroutine.wrap(function()
              local x <close> = setmetatable({}, {__close = function(_, e) order[1] = e end})
              error('first', 0)
            end)
            assert(select(2, pcall(closing)) == 'first' and order[1] == 'first')
            assert(select(2, xpcall(error, function(m) return m .. '!' end, 'e')) == 'e!')
            assert(load('return ...', 'n', 't', {})(3) == 3 and load('x', 'n') == nil)
            return 'fine'
            """
        #expect(outcome(text, in: lua) == "fine")
    }

    @Test func tensorMemoryCounts() async {
        await #expect(processExitsWith: .success) {
            let lua = try demoState()
            var peak = 0
            try lua.setGlobal("watch", LuaFunction("watch", "Notes it.") { peak = max(peak, MemoryLedger.liveBytes) })
            try lua.run("for i = 1, 20000 do local t = demo.grow(1 << 20) watch() end")
            #expect(peak < 200 << 20)
            try lua.run("collectgarbage() kept = {} for i = 1, 300 do kept[i] = demo.grow(1 << 20) end")
            #expect(MemoryLedger.liveBytes == 300 << 20)
        }
    }

    @Test func memoryIsReclaimedWithinACallOnly() async {
        await #expect(processExitsWith: .success) {
            let lua = try demoState()
            try lua.run("for i = 1, 50 do demo.grow(1 << 20) end")
            #expect(MemoryLedger.liveBytes == 50 << 20)
            MemoryLedger.reclaim()
            #expect(MemoryLedger.liveBytes == 50 << 20)
            try lua.run("demo.reclaim()")
            #expect(MemoryLedger.liveBytes == 0)
        }
    }
}
