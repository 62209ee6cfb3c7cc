import LuaBridge
import Notebook
import Testing

struct CellCodeTests {
    @Test(arguments: [
        ("", ""),
        ("x", "return x"),
        ("1 + 1 -- two", "return 1 + 1 -- two"),
        ("x = 3", "x = 3"),
        ("x = 3\nx\n", "x = 3\nreturn x\n"),
        ("x = 3\nx;", "x = 3\nx;"),
        ("f(x)", "return f(x)"),
        ("x = 3\nf {\n  a = 1,\n}\n\n-- done", "x = 3\nreturn f {\n  a = 1,\n}\n\n-- done"),
        ("for i = 1, 3 do\n  print(i)\nend", "for i = 1, 3 do\n  print(i)\nend"),
        ("function f()\n  g()\nend", "function f()\n  g()\nend"),
        ("s = [[\nf()\n]]", "s = [[\nf()\n]]"),
        // The lines after the first go on with its statement.
        ("x = f\n(y).z()", "x = f\n(y).z()"),
        ("x = f\n{1}", "x = f\n{1}"),
        ("x = 1\n-- comment", "x = 1\n-- comment"),
        ("return 5", "return 5"),
        ("x = = 3", "x = = 3"),
    ])
    func theLastExpressionIsReturned(source: String, expected: String) throws {
        let lua = try LuaState()
        #expect(CellCode.returningLast(source) { (try? lua.load($0)) != nil } == expected)
    }
}
