import LuaBridge
import LuaTestSupport
import Support
import Testing

@Suite struct DocumentationTests {
    let lua: LuaState

    init() throws { lua = try demoState() }

    @Test func everyDeclarationIsFound() {
        let names = lua.documentation.entries.map(\.name)
        #expect(Set(names).count == names.count)
        for name in [
            "help", "demo", "demo.conv3d", "demo.answer", "Counter", "Counter:add", "Counter.count", "demo.inner.one",
        ] {
            #expect(names.contains(name))
            #expect(Help(lua.documentation).text(about: name) != nil)
        }
        #expect(lua.documentation.find("conv3d").map(\.name) == ["demo.conv3d"])
        #expect(lua.documentation.find("Counter.add").map(\.name) == ["Counter:add"])
        #expect(lua.documentation.find("demo.Counter").map(\.name) == ["Counter"])
        #expect(lua.documentation.find("demo.Counter:add").map(\.name) == ["Counter:add"])
        #expect(lua.documentation.find("other.Counter").isEmpty)
    }

    @Test func helpOnAFunction() {
        #expect(
            Help(lua.documentation).text(about: "demo.conv3d") == """
                demo.conv3d(input, padding, {options})
                    Convolves.
                Parameters:
                  input    number. the input
                  padding  integer. zeros
                Options:
                  stride  integer, default 1. the step
                  groups  integer, default nil. how many
                Returns: a sum
                Example: demo.conv3d(1, 2, {stride = 3})
                """)
    }

    @Test func helpTellsRangesAndContradictions() {
        #expect(
            Help(lua.documentation).text(about: "demo.draw") == """
                demo.draw(count, {options})
                    Draws numbers.
                Parameters:
                  count  integer. how many; 1 or more
                Options:
                  std           number, default nil. the width; above 0; not together with log_variance
                  log_variance  number, default 0. the width's logarithm; finite
                  share         number, default 0.5. the share kept; from 0 to 1; only with std
                  size          integer or list of integers, default nil. one or several; from 2 to 8
                Returns: the count
                """)
        #expect(
            ReferenceManual(lua.documentation).markdown.contains(
                "- `share` (option, number, default `0.5`): the share kept; from 0 to 1; only with std"))
    }

    @Test(arguments: [
        ("", "Modules:"), ("'demo.conv3d'", "demo.conv3d(input"), ("demo.conv3d", "demo.conv3d(input"),
        ("demo.counter().add", "Counter:add([by])"), ("demo", "demo: Functions"), ("demo.inner", "demo.inner: Within"),
        ("demo.counter()", "Counter: Counts."), ("print", "function(text), written in x, line 1"),
        ("tostring", "A function of Lua's own"),
        ("demo.named(1)", "Named: Counts"),
    ])
    func help(argument: String, beginning: String) {
        let text = "local shown print = function(text) shown = text end help(\(argument)) return shown"
        #expect(outcome(text, in: lua).hasPrefix(beginning))
    }

    @Test func unknownNames() {
        #expect(outcome("help('demo.conv3')", in: lua) == "x:1: no help for 'demo.conv3' (did you mean 'demo.conv3d'?)")
    }

    @Test func manual() {
        let manual = ReferenceManual(lua.documentation).markdown
        #expect(manual.contains("### demo.pool(size, [stride], [padding], {options})"))
        #expect(manual.contains("- `padding` (option, integer, default `0`): zeros; by its position, too"))
        #expect(manual.contains("# demo\n\nFunctions to test the bridge with."))
        #expect(manual.contains("- `stride` (option, integer, default `1`): the step"))
        #expect(manual.contains("```lua\ndemo.conv3d(1, 2, {stride = 3})\n```"))
    }

    @Test(
        arguments: [
            ("paddign", "padding"), ("Conv3D", "Conv3d"), ("stirde", "stride"), ("xyz", nil), ("", nil), ("sun", "sum"),
        ] as [(String, String?)])
    func nearest(name: String, expected: String?) {
        #expect(nearestName(to: name, among: ["padding", "stride", "Conv3d", "sum"]) == expected)
    }
}
