import Foundation
import LuaBridge
import Testing

@Test func trial() throws {

    let lua = try LuaState()
    try lua.register(testModule)
    for text in [
        "return demo.conv3d(1, 2, {stride = 3})", "return demo.conv3d(1, 'x')", "return demo.conv3d(1)",
        "return demo.conv3d(1, 2.5)", "return demo.conv3d(1, 2, {strid = 3})", "return demo.conv3d(1, 2, 3)",
        "return demo.conv3d(1, 2, {stride = 'x'})", "return demo.zeros(1,2,3), demo.zeros({1,2}), demo.zeros(1, {fill=2})",
        "return demo.zeros({1,'a'})", "return demo.pair('abc')", "return demo.nothing()",
        "local c = demo.counter(3); return c:add(4).count, tostring(c), c.double, c[2], (c + 1).count, (1 + c).count",
        "local c = demo.counter(3); return c.cuont", "local c = demo.counter(3); c.cuont = 3", "local c = demo.counter(3) c.double = 3",
        "local c = demo.counter(3)\nc:fail()", "return demo.counter(3).add(2)", "return demo.counter(3):add('x')",
        "local c = demo.counter(3); return c.add(c, 'x')",
        "local c = demo.counter(3); c:free() c:free() return c.count",
        "return demo.cuonter()", "return demo.apply(function(x) return x * 2 end, 21)",
        "local t = {} local ok, e = pcall(demo.apply, function(x) error(t) end, 21) return ok, e == t",
        "error{}", "error()", "error(setmetatable({}, {__tostring = function() return 'custom' end}))", "return x.y",
        "local f f = function() return demo.apply(f, 1) end f()",
        "return demo.increment(0/0)", "return demo.increment(2^63)",
    ] {
        do {
            say(text, "->", try lua.run(text, name: "=x"))
        } catch {
            say(text, "-> ERROR", error.message, error.traceback ?? "no traceback")
        }
    }
    for loop in [
        "for i = 1, 5000000 do end", "local f = demo.increment for i = 1, 5000000 do f(i) end",
        "local f = math.abs for i = 1, 5000000 do f(i) end",
        "local f = demo.conv3d for i = 1, 1000000 do f(1, 2) end",
        "local f = demo.conv3d for i = 1, 1000000 do f(1, 2, {stride = 2}) end",
        "local c = demo.counter() for i = 1, 1000000 do c:add() end",
        "local c = demo.counter() for i = 1, 1000000 do local x = c.count end",
        "local c = demo.counter() for i = 1, 100000 do pcall(c.fail, c) end",
    ] {
        let start = Date()
        try lua.run(loop)
        say(loop, Date().timeIntervalSince(start))
    }
}
func say(_ items: Any...) {
    FileHandle.standardError.write(Data((items.map { "\($0)" }.joined(separator: " ") + "\n").utf8))
}
