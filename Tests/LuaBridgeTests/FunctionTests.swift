import LuaBridge
import LuaTestSupport
import Testing

@Suite struct FunctionTests {
    let lua: LuaState

    init() throws { lua = try demoState() }

    @Test(arguments: [
        ("return demo.conv3d(1, 2)", "3.0"),
        ("return demo.conv3d(1, 2, {})", "3.0"),
        ("return demo.conv3d(1, 2, nil)", "3.0"),
        ("return demo.conv3d(1, 2, {stride = 3, groups = 4})", "11.0"),
        ("return demo.conv3d(1, 2.0)", "3.0"),
        ("return demo.pool(2)", "2 [] 0 false"),
        ("return demo.pool(2, {1, 3})", "2 [1, 3] 0 false"),
        ("return demo.pool(2, {1, 3}, 4, nil)", "2 [1, 3] 4 false"),
        ("return demo.pool(2, nil, 4, {ceil = true})", "2 [] 4 true"),
        ("return demo.pool(2, {1}, {padding = 5})", "2 [1] 5 false"),
        ("return demo.pool(2, {stride = {7}, padding = 5})", "2 [7] 5 false"),
        ("return demo.zeros()", "0"),
        ("return demo.zeros(1, 2, 3)", "6"),
        ("return demo.zeros({1, 2, 3})", "6"),
        ("return demo.zeros({fill = 4})", "4"),
        ("return demo.zeros(1, 2, {fill = 4})", "7"),
        ("return demo.zeros({1, 2}, {fill = 4})", "7"),
        ("return demo.pair('abc')", "abc 3"),
        ("return demo.nothing()", ""),
        ("return demo.increment(math.maxinteger) == math.mininteger", "true"),
        ("return demo.flag(true)", "false"),
        ("return demo.single(0.1)", "0.10000000149012"),
        ("return #demo.list({}), demo.list({1, 2.0})[2]", "0 4"),
        ("return demo.fields({a = 1, b = 2}).b", "4.0"),
        ("return demo.echo(nil), demo.echo(1), demo.echo(1.0), demo.echo('s'), demo.echo(false)", "nil 1 1.0 s false"),
        (
            "local t, f = {}, print return demo.echo(t) == t, demo.echo(f) == f, demo.echo(io.stdout) == io.stdout",
            "true true true"
        ),
        ("local t = {a = 1, b = 2, 9} return demo.change(t), t.sum", "1 3"),
        ("return demo.apply(function(x) return x * 2 end, 21)", "42"),
        ("return demo.answer, demo.inner.one()", "42 1"),
        ("return require 'lunette.demo' == demo, require('lunette.demo.inner') == demo.inner", "true true"),
    ])
    func calls(text: String, result: String) { #expect(outcome(text, in: lua) == result) }

    @Test(arguments: [
        ("demo.conv3d(1, 'x')", "bad argument #2 'padding' to 'conv3d' (integer expected, got string)"),
        ("demo.conv3d(1)", "bad argument #2 'padding' to 'conv3d' (integer expected, got no value)"),
        ("demo.conv3d(nil, 1)", "bad argument #1 'input' to 'conv3d' (number expected, got nil)"),
        ("demo.conv3d(1, 2.5)", "bad argument #2 'padding' to 'conv3d' (number has no integer representation)"),
        ("demo.increment(0/0)", "bad argument #1 'x' to 'increment' (number has no integer representation)"),
        ("demo.increment(2^63)", "bad argument #1 'x' to 'increment' (number has no integer representation)"),
        ("demo.increment('1')", "bad argument #1 'x' to 'increment' (integer expected, got string)"),
        ("demo.conv3d(1, 2, 3)", "bad argument #3 to 'conv3d' (at most 2 arguments expected, got 3)"),
        ("demo.pool(2, {1}, 4, true)", "bad argument #4 to 'pool' (at most 3 arguments expected, got 4)"),
        ("demo.pool(2, {1}, 'x')", "bad option 'padding' to 'pool' (integer expected, got string)"),
        (
            "demo.pool(2, {1}, {stride = {2}})",
            "bad argument #3 to 'pool' ('stride' is given by its position, too)"
        ),
        (
            "demo.conv3d(1, 2, {strid = 3})",
            "bad argument #3 to 'conv3d' (unknown option 'strid', did you mean 'stride'?)"
        ),
        ("demo.conv3d(1, 2, {zzz = 3})", "bad argument #3 to 'conv3d' (unknown option 'zzz')"),
        ("demo.conv3d(1, 2, {7})", "bad argument #3 to 'conv3d' (an option's name expected, got a number)"),
        ("demo.conv3d(1, 2, {stride = 'x'})", "bad option 'stride' to 'conv3d' (integer expected, got string)"),
        ("demo.odd(2)", "bad argument #1 'x' to 'odd' (must be odd, got 2)"),
        ("demo.odd(1, {by = -1})", "bad option 'by' to 'odd' (must be positive, got -1)"),
        ("demo.zeros({1, 'a'})", "bad argument #1 'sizes' to 'zeros' (integer expected, got string at index 2)"),
        ("demo.zeros(1, 'a')", "bad argument #2 'sizes' to 'zeros' (integer expected, got string)"),
        (
            "demo.list({1, x = 2})",
            "bad argument #1 'list' to 'list' (list of integers expected, got a table with other keys)"
        ),
        ("demo.list({1, nil, 3})", "bad argument #1 'list' to 'list' (integer expected, got nil at index 2)"),
        ("demo.fields({1})", "bad argument #1 'fields' to 'fields' (string keys expected, got number)"),
        (
            "demo.fields({a = 'x'})",
            "bad argument #1 'fields' to 'fields' (number expected, got string in field 'a')"
        ),
        ("demo.flag(1)", "bad argument #1 'flag' to 'flag' (boolean expected, got number)"),
        ("demo.counter(1):add('x')", "bad argument #1 'by' to 'add' (integer expected, got string)"),
        ("local c = demo.counter(1) c.add(c, 'x')", "bad argument #2 'by' to 'add' (integer expected, got string)"),
        ("local c = demo.counter(1) c.add(5)", "bad argument #1 'self' to 'add' (Counter expected, got number)"),
        ("local t = {add = demo.counter(1).add} t:add()", "calling 'add' on bad self (Counter expected, got table)"),
        ("demo.counter(1):fail()", "planned failure at 1"),
        ("demo.same(io.stdout)", "bad argument #1 'object' to 'same' (Counter expected, got userdata)"),
        ("demo.cuonter()", "module 'demo' has no member 'cuonter' (did you mean 'counter'?)"),
        ("return demo[1]", "module 'demo' has no member '1'"),
        ("return demo.apply(1)", "bad argument #1 'f' to 'apply' (function expected, got number)"),
        ("return demo.change({a = 'x', b = 1})", "integer expected, got string"),
    ])
    func errorsReadAsLuasOwn(text: String, message: String) {
        #expect(outcome(text, in: lua) == "x:1: " + message)
    }

    @Test(arguments: [
        ("0", "bad argument #1 'count' to 'draw' (1 or more expected, got 0)"),
        ("2^40", "bad argument #1 'count' to 'draw' (at most 2147483647 expected, got 1099511627776)"),
        ("1, {std = 0}", "bad option 'std' to 'draw' (above 0 expected, got 0)"),
        ("1, {std = 0/0}", "bad option 'std' to 'draw' (a finite number expected, got nan)"),
        ("1, {std = 1e300}", "bad option 'std' to 'draw' (a finite number expected, got inf)"),
        ("1, {log_variance = -1/0}", "bad option 'log_variance' to 'draw' (a finite number expected, got -inf)"),
        ("1, {std = 1, share = 1.5}", "bad option 'share' to 'draw' (from 0 to 1 expected, got 1.5)"),
        ("1, {size = 9}", "bad option 'size' to 'draw' (from 2 to 8 expected, got 9)"),
        ("1, {size = {2, 1}}", "bad option 'size' to 'draw' (from 2 to 8 expected, got 1 at index 2)"),
        ("1, {size = {}}", "bad option 'size' to 'draw' (at least one number expected, got an empty list)"),
        (
            "1, {std = 1, log_variance = 0}",
            "bad option 'std' to 'draw' (it contradicts the option 'log_variance': only one of the two can be given)"
        ),
        ("1, {share = 1}", "bad option 'share' to 'draw' (it says nothing without the option 'std')"),
    ])
    func rangesAndContradictions(arguments: String, message: String) {
        #expect(outcome("demo.draw(\(arguments))", in: lua) == "x:1: " + message)
    }

    @Test(arguments: ["1", "1, {log_variance = -3}", "2147483647, {std = 1e-30, share = 0, size = {2, 8}}"])
    func withinRanges(arguments: String) {
        #expect(outcome("return demo.draw(\(arguments)) > 0", in: lua) == "true")
    }

    @Test func stringsKeepTheirBytes() throws {
        let check = """
            local pieces = {"", "plain", "\\0", "ü€𝄞", "\\xff\\xfe", "a\\x80b", "\\xc3", "\\xf4\\x8f\\xbe\\x80", "\\xf4\\x8f\\xbf\\xbf",
              "\\xed\\xa0\\x80", "\\xf0\\x9f\\x98", "\\xc0\\x80"}
            for byte = 0, 255 do pieces[#pieces + 1] = string.char(byte, 255 - byte, byte) end
            for _, text in ipairs(pieces) do assert(demo.bytes(text) == text, text) end
            assert(demo.bytes(table.concat(pieces)) == table.concat(pieces))
            return true
            """
        #expect(outcome(check, in: lua) == "true")
    }

    @Test func errorValuesOfCallbacksKeepTheirIdentity() {
        let text = """
            local value = {}
            local fine, caught = pcall(demo.apply, function() error(value) end, 1)
            return fine, caught == value, select(2, pcall(demo.apply, function() error(nil) end, 1)),
              select(2, pcall(demo.apply, function() error("text", 0) end, 1))
            """
        #expect(outcome(text, in: lua) == "false true nil text")
    }

    @Test func recursionThroughSwiftEndsInAnError() {
        #expect(outcome("local f f = function() return demo.apply(f, 1) end return f()", in: lua).contains("overflow"))
        #expect(outcome("local f f = function() return pcall(demo.apply, f, 1) end return f()", in: lua) == "true true")
        #expect(outcome("return demo.increment(1)", in: lua) == "2")
    }

    @Test func nestedTablesEndInAnError() {
        let text = "local t = {} for i = 1, 100000 do t = {t} end return pcall(demo.list, t)"
        #expect(outcome(text, in: lua).hasPrefix("false"))
    }
}
