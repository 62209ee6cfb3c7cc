import Foundation
import LuaBridge
import LuaTestSupport
import Sessions
import Testing

@Suite struct CompleterTests {
    let lua: LuaState
    let completer: Completer

    init() throws {
        lua = try demoState()
        completer = Completer(try Workspace(lua))
        try lua.run(
            """
            object, named = demo.counter(2), demo.named(1)
            named.remark = "kept"
            Class = {} Class.__index = Class
            function Class:method_one() end
            Class.constant = 1
            own = setmetatable({field = 1, ["not a name"] = 2, ["end"] = 3}, Class)
            calls = 0
            careful = setmetatable({shown = 1}, {__index = function() calls = calls + 1 return {} end})
            text = "abc"
            """)
    }

    @Test(
        arguments: [
            ("obj", "obj", ["object"]), ("x = ow", "ow", ["own"]), ("fun", "fun", ["function"]),
            ("demo.co", "co", ["conv3d", "counter"]), ("demo.inner.", "", ["one"]),
            ("object:", "", ["add", "fail", "free"]), ("object.", "", ["add", "count", "double", "fail", "free"]),
            ("named:na", "na", ["name"]), ("named.re", "re", ["remark"]), ("named:re", "re", []),
            ("own.", "", ["constant", "field", "method_one"]), ("own.__", "__", ["__index"]),
            ("own:m", "m", ["method_one"]),
            ("own.field.", "", []), ("careful.", "", ["shown"]), ("careful.deep.", "", []),
            ("text:up", "up", ["upper"]), ("('a'):rep", "rep", ["rep"]), ("demo.counter(1):a", "a", ["add"]),
            ("object:add(1):fa", "fa", ["fail"]), ("demo.counter(1).", "", []), ("nosuch.", "", []),
            ("demo.conv3d(1, 2, {", "", ["groups = ", "stride = "]),
            ("demo.conv3d(1, 2, {st", "st", ["stride = "]), ("demo.conv3d(1, 2, {groups = 1, ", "", ["stride = "]),
            ("demo.odd{b", "b", ["by = "]), ("demo.zeros(1, 2, {\nfi", "fi", ["fill = "]),
            ("demo.conv3d(1, 2, {stride = obj", "obj", ["object"]), ("x = {obj", "obj", ["object"]),
            ("print({obj", "obj", ["object"]), ("-- obj", "", []), ("[[obj", "", []), ("12", "", []),
            ("demo.answer.x, obj", "obj", ["object"]), ("f(obj", "obj", ["object"]), ("f(x)", "", []),
            ("help('demo.inn", "demo.inn", ["demo.inner", "demo.inner.one"]),
            ("help\"Counter:a", "Counter:a", ["Counter:add"]),
            ("careful.shown + obj", "obj", ["object"]), ("for i = 1, 2 do\nobj", "obj", ["object"]),
        ] as [(String, String, [String])])
    func completes(text: String, word: String, candidates: [String]) throws {
        let found = completer.complete(text)
        #expect(found.word == word)
        #expect(found.candidates == candidates)
        #expect(try lua.run("return calls").map { try lua.text(of: $0) } == ["0"])
    }

    @Test func files() throws {
        let folder = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for name in ["scan one.nii", "scans/deep", ".hidden", "quo\"te", "other"] {
            let path = folder + "/" + name
            try FileManager.default.createDirectory(
                atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
            try Data().write(to: URL(fileURLWithPath: path))
        }
        #expect(completer.complete("f('\(folder)/sc").candidates == ["scan one.nii", "scans/"])
        #expect(completer.complete("f('\(folder)/sc").word == "sc")
        #expect(completer.complete("x = \"\(folder)/scans/").candidates == ["deep"])
        #expect(completer.complete("'\(folder)/").candidates == ["other", "scan one.nii", "scans/"])
        #expect(completer.complete("'\(folder)/.h").candidates == [".hidden"])
        #expect(completer.complete("'\(folder)/none/x").candidates == [])
    }

    /// Ten times as many take about ten times as long, not a hundred times: in processor time of this thread, the
    /// least of several, which no other work on the machine changes much.
    @Test func tenThousandGlobals() throws {
        func time(_ count: Int) throws -> UInt64 {
            try lua.run("for i = 1, \(count) do _G['variable_' .. i] = i end")
            return (0..<5).map { _ in
                let start = threadTime()
                #expect(completer.complete("x = variable_").candidates.count == count)
                return threadTime() - start
            }.min() ?? 0
        }
        let (few, many) = (try time(1000), try time(10000))
        #expect(many < 40 * few, "\(few) and \(many) ns")
    }

    /// The processor time that this thread has had, in nanoseconds.
    private func threadTime() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
