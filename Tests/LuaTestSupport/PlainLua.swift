import CLua
import LuaBridge
import Support
import Testing

/// Lua as it comes, whose results tell what ours are to be.
package enum PlainLua {
    /// The text that a script returns, or its error.
    package static func text(of script: String) -> String {
        guard let state = luaL_newstate() else { return "no state" }
        defer { lua_close(state) }
        luaL_openlibs(state)
        if luaL_loadstring(state, script) == LUA_OK { _ = lua_pcallk(state, 0, 1, 0, 0, nil) }
        var count = 0
        guard let text = lua_tolstring(state, -1, &count) else { return "no text" }
        return String(rawBytes: UnsafeRawBufferPointer(start: text, count: count))
    }

    /// Expects the same text from a script in a state of ours.
    package static func expectAlike(_ script: String, _ comment: Comment? = nil) throws {
        let lua = try LuaState()
        let expected = text(of: script)
        let found: String
        do {
            guard case .string(let text)? = try lua.run(script, name: script).first else {
                found = "no text"
                #expect(found == expected, comment)
                return
            }
            found = text
        } catch {
            found = error.message
        }
        #expect(found == expected, comment)
    }
}
