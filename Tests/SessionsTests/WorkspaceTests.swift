import LuaBridge
import LuaTestSupport
import Sessions
import Testing

@Suite struct WorkspaceTests {
    let lua: LuaState
    let workspace: Workspace

    init() throws {
        lua = try demoState()
        workspace = try Workspace(lua)
    }

    /// What an entry gives, as text; its error, or "..." where it is incomplete.
    private func enter(_ text: String) -> String {
        switch workspace.read(text, name: "entry") {
        case .incomplete: return "..."
        case .wrong(let error): return error.message
        case .complete(let entry):
            do {
                return try workspace.run(entry).map { try lua.text(of: $0) }.joined(separator: " ")
            } catch {
                return "\(error)"
            }
        }
    }

    /// Where every line was tried with all lines after it, this took hours.
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            "-- a comment", "x = 1", "_ = x", "type(x) x = 1", "", "    y = 2", "if x then y = x end", "--[[ ]] x = 2",
        ])
    func cellsOfManyLinesAreRead(_ line: String) throws {
        let lines = String(repeating: line + "\n", count: 50_000)
        for (text, value) in [(lines, []), (lines + "40 +\n2\n-- done\n", ["42"])] {
            guard case .complete(let entry) = workspace.readCell(text, name: "cell") else {
                Issue.record("not read: \(text.suffix(40))")
                continue
            }
            #expect(try workspace.run(entry).map { try lua.text(of: $0) } == value)
        }
    }

    /// Entries, one after the other, and what the last gives.
    static let sessions: [([String], String)] = [
        (["local x = 1", "x + 1"], "2"),
        (["local x <const>, y = 1, 2", "x + y"], "3"),
        (["x = 5", "local x = x + 1", "x"], "6"),
        (["x = 5", "local x = 6", "_G.x"], "5"),
        (["local x = 1", "x = 2", "_G.x"], "nil"),
        (["local a\nlocal b = 2", "b"], "2"),
        (["local a = 1", "local a", "a"], "nil"),
        (["local function f(n) return n < 1 and 0 or n + f(n - 1) end", "f(4)"], "10"),
        (["local n = 0 function up() n = n + 1 end", "up() up()", "n"], "2"),
        (["local a, b = 1, 2", "local a, b = b, a", "a .. b"], "21"),
        (["local table = 7", "require 'string'; return _G.table.concat({table, 8})"], "78"),
        (["do local inner = 1 end", "inner"], "nil"),
        (["for i = 1, 2 do local inner = i end", "inner"], "nil"),
        (["if true then local inner = 1 else local other = 2 end", "inner or other"], "nil"),
        (["repeat local inner = 1 until inner", "inner"], "nil"),
        (["while true do local inner = 1 break end", "inner"], "nil"),
        (["function g() local inner = 1 return inner end", "g(), inner"], "1 nil"),
        (["do end local after = 3", "after"], "3"),
        (["local text = 'local y = 1' -- local z = 2", "text, y, z"], "local y = 1 nil nil"),
        (["local x = 1 (print or x)()", "x"], "1"),
        (["local _ENV = {} y = 1", "y"], "nil"),
        (
            ["local c <close> = setmetatable({}, {__close = function() closed = true end}) local d = 1", "closed, d"],
            "true 1"
        ),
        (
            [
                "local a, c <close>, b = 1, setmetatable({n = 5}, {__close = function(t) t.n = 6 end}), #{1, 2} + (3) "
                    + "n = c.n",
                "a, b, c.n, n",
            ], "1 5 6 5"
        ),
        // More names than Lua allows in one function.
        (
            (1...150).map { "local k\($0) <const> = 1" }
                + [(1...150).map { "k\($0)" }.joined(separator: ".x() ") + ".x() k99 = 2"],
            "entry:1: attempt to assign to const variable 'k99'"
        ),
        (["local k <const> = 1", "k = 2"], "entry:1: attempt to assign to const variable 'k'"),
        (["local k <const> = 1", "function f() k = 2 end"], "entry:1: attempt to assign to const variable 'k'"),
        (["local k <const> = 1", "function k() end"], "entry:1: attempt to assign to const variable 'k'"),
        (["local k <const> = 1", "(function() k = 2 end)()"], "entry:1: attempt to assign to const variable 'k'"),
        (["local k <close> = nil", "\n\nk = 2"], "entry:3: attempt to assign to const variable 'k'"),
        (["local k <const> = 1", "local k = 2 k = 3", "k = 4", "k"], "4"),
        (["local k <const> = 1", "do local k = 2 k = 3 end for k = 1, 2 do end", "k"], "1"),
        (
            ["local k <const> = 1", "local t = {k = 1} t.k = k + 1 function t.f(k) k = 5 return k end", "t.k + t.f()"],
            "7"
        ),
        (["local k <const> = 1", "k ="], "..."),
        (["local k <const> = error('x')", "k = 2", "k"], "2"),
        (["2 * 21", "_ + 1"], "43"),
        (["7;", "_"], "7"),
        (["7", "nil", "_"], "7"),
        (["7", "x = 8", "_"], "7"),
        (["1, 2", "_"], "1"),
        (["demo.answer", "_G._"], "nil"),
        (["for i = 1, 2 do"], "..."),
        (["f("], "..."),
        (["x = = 1"], "entry:1: unexpected symbol near '='"),
        (["local 1"], "entry:1: <name> expected near '1'"),
        (["'\u{10FFFF}' == '\\xff'"], "true"),
    ]

    @Test(arguments: sessions)
    func keeps(entries: [String], expected: String) {
        #expect(entries.map(enter).last == expected)
    }

    @Test(
        arguments: [
            ("f()", false, "f()", false), ("f();", true, "f()", false), ("1 + 1 -- ;", false, "1 + 1", true),
            ("x ; -- note", true, "x", true), ("x = 1;", true, nil, false),
        ] as [(String, Bool, String?, Bool)])
    func whatAnEntryIs(text: String, hides: Bool, expression: String?, isOnly: Bool) throws {
        guard case .complete(let entry) = workspace.read(text, name: "entry") else { throw Failure.planned(0) }
        #expect(entry.hidesResults == hides)
        #expect(entry.expression == expression)
        #expect(entry.isOnlyExpression == isOnly)
        #expect(entry.source.mentions("x") == text.contains("x"))
    }

    @Test func theLastResultAloneIsKept() {
        _ = [
            "weak = setmetatable({}, {__mode = 'v'})",
            "function make(n) local t = {} weak[n] = t return t end",
            "function alive() collectgarbage() local n = 0 for _ in pairs(weak) do n = n + 1 end return n end",
        ].map(enter)
        for number in 1...5 { #expect(enter("make(\(number))").hasPrefix("table")) }
        #expect(outcome("return alive()", in: lua) == "1")
        #expect(enter("0") == "0")
        #expect(outcome("return alive()", in: lua) == "0")
    }

    @Test func variables() throws {
        _ = ["local kept = 1", "made = 'a'", "print = print", "7"].map(enter)
        #expect(try workspace.variables().map(\.name) == ["kept", "made"])
    }

    @Test(
        arguments: [
            ("demo.conv3d", "demo.conv3d(input"), ("conv3d", "demo.conv3d(input"), ("Counter:add", "Counter:add("),
            ("demo", "demo: Functions"), ("object", "Counter: Counts."), ("object:add", "Counter:add("),
            ("own", "function(a, b, ...), written in entry, line 1"), ("print", "A function of Lua's own"),
            ("demo.Conv3D", "no help for 'demo.Conv3D' (did you mean 'demo.conv3d'?)"), ("", "Modules:\n  demo"),
        ])
    func help(name: String, beginning: String) {
        _ = enter("object = demo.counter() function own(a, b, ...) end")
        do throws(LuaError) {
            #expect(try workspace.help(about: name).hasPrefix(beginning))
        } catch {
            #expect(error.message.hasPrefix(beginning))
        }
    }

    @Test func search() {
        let help = Help(lua.documentation)
        #expect(help.search("convolves STEP") == "  demo.conv3d  Convolves.")
        #expect(help.search("counter first").hasPrefix("  demo.counter"))
        #expect(help.search("nosuchword") == "Nothing tells of 'nosuchword'.")
    }
}
