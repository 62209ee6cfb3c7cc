import LuaBridge
import LuaTestSupport
import Sessions
import Testing

@Suite struct LuaTokensTests {
    @Test(
        arguments: [
            ("x = y.z + 0x1p-4 .. 3.5e+2", ["x", "=", "y", ".", "z", "+", "0x1p-4", "..", "3.5e+2"]),
            ("a--comment\nb --[[long\n]] c", ["a", "b", "c"]),
            (#"'it\'s' .. "a\"b" .. [==[x]]y]==]"#, [#"'it\'s'"#, "..", #""a\"b""#, "..", "[==[x]]y]==]"]),
            ("a[b[1]]", ["a", "[", "b", "[", "1", "]", "]"]),
            ("::top:: goto top", ["::", "top", "::", "goto", "top"]),
            ("a//b<<c~=d...", ["a", "//", "b", "<<", "c", "~=", "d", "..."]),
            ("'broken\nx", ["x"]),
            ("'a\\z  \n b' c", ["'a\\z  \n b'", "c"]),
            ("é = 1", ["\u{FFFD}", "\u{FFFD}", "=", "1"]),
        ] as [(String, [String])])
    func tokens(text: String, expected: [String]) {
        let source = LuaTokens(text)
        #expect(source.tokens.map { source.text($0) } == expected)
        #expect(source.end == .code)
    }

    @Test(
        arguments: [
            ("x = 1 -- a", .comment), ("--[[ a\nb", .comment), ("x = 'ab", .string(start: 5)), ("[[a\n", .longString),
            ("'\\", .string(start: 1)), ("x = ", .code), ("--[[a]]", .code),
        ] as [(String, LuaTokens.End)])
    func end(text: String, expected: LuaTokens.End) { #expect(LuaTokens(text).end == expected) }

    @Test(arguments: [("ab_1", true), ("1a", false), ("", false), ("end", false), ("a.b", false), ("é", false)])
    func names(text: String, expected: Bool) { #expect(LuaTokens.isName(text) == expected) }
}
