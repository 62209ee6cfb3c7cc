import LuaBridge
import LuaTestSupport
import Sessions
import Testing

@Suite struct ErrorTextTests {
    let workspace: Workspace

    init() throws { workspace = try Workspace(try demoState()) }

    /// The text of the error with which an entry ends.
    private func text(of code: String, name: String = "entry", source: String? = nil) throws -> ErrorText {
        switch workspace.read(code, name: name, source: source) {
        case .complete(let entry):
            let error = #expect(throws: LuaError.self) { try workspace.run(entry) }
            return ErrorText(try #require(error), in: workspace)
        case .wrong(let error): return ErrorText(error, in: workspace)
        case .incomplete: throw Failure.planned(0)
        }
    }

    @Test(
        arguments: [
            ("pritn(1)", "(global 'pritn') (did you mean 'print'?)"),
            ("string.fromat('a')", "(field 'fromat') (did you mean 'format'?)"),
            ("('x'):uper()", "(method 'uper') (did you mean 'upper'?)"),
            ("local value = {length = 1} value.lenght()", "(field 'lenght') (did you mean 'length'?)"),
            ("(function() local value = {length = 1} value.lenght() end)()", "(field 'lenght')"),
            ("zzzzzz()", "(global 'zzzzzz')"), ("xy()", "(global 'xy')"), ("error('global')", "entry:1: global"),
        ])
    func hints(code: String, ending: String) throws { #expect(try text(of: code).message.hasSuffix(ending)) }

    @Test func theLineOfSourceIsThatOfTheEntryItIsIn() throws {
        guard case .complete(let made) = workspace.read("function f()\n  error('oh')\nend", name: "one") else {
            throw Failure.planned(0)
        }
        _ = try workspace.run(made)
        let error = try text(of: "-- nothing\nlocal y = f()", name: "two")
        #expect(error.message == "one:2: oh")
        #expect(error.details.first == "    error('oh')")
        #expect(error.details.contains("stack traceback:"))
        #expect(error.text.hasPrefix("one:2: oh\n    error('oh')\nstack traceback:\n\t"))
    }

    @Test(
        arguments: [
            ("x = = 1", ["    x = = 1"]), ("error('oh', 0)", []), ("error({})", []),
            ("error(setmetatable({}, {__tostring = function() return 'entry:1: mine' end}))", []),
            ("-- 1\n" + String(repeating: "-", count: 300) + "\nerror('oh')", ["    error('oh')"]),
        ])
    func lines(code: String, details: [String]) throws { #expect(try text(of: code).details == details) }

    @Test func whatWasTypedIsShown() throws {
        #expect(try text(of: "return nothing.field", source: "nothing.field").details == ["    nothing.field"])
    }
}
