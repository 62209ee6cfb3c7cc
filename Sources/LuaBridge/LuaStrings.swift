import CLua
import Support

// A Lua string is bytes; those that are not UTF-8 are carried (`String.rawBytes`), so that all survive the round trip.

extension String: LuaDecodable, LuaEncodable {
    /// "string".
    public static var luaTypeName: String { "string" }

    /// A string; numbers are not converted.
    @inlinable
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> String {
        try require(LUA_TSTRING, stack, at: index)
        return bytes(stack, at: index)
    }

    /// Pushes a string.
    public func push(on stack: LuaStack) throws(LuaError) {
        try stack.check(pushBytes(on: stack))
    }

    /// Pushes a string, or the error value if that fails; returns the status.
    func pushBytes(on stack: LuaStack) -> Int32 {
        guard !carriesBytes else {
            return rawBytes.withUnsafeBytes { lunette_push_bytes(stack.pointer, $0.baseAddress, $0.count) }
        }
        var text = self
        return text.withUTF8 { lunette_push_bytes(stack.pointer, $0.baseAddress, $0.count) }
    }

    /// The string at `index`, which must be one.
    @usableFromInline
    static func bytes(_ stack: LuaStack, at index: Int32) -> String {
        var count = 0
        guard let start = lua_tolstring(stack.pointer, index, &count) else { return "" }
        return String(rawBytes: UnsafeRawBufferPointer(start: start, count: count))
    }
}

/// The path of a file or folder: any bytes but 0, which the system gets as they are.
public struct Path: LuaDecodable, Sendable {
    /// The path; bytes that are not UTF-8 are carried.
    public let text: String

    /// "string".
    public static var luaTypeName: String { String.luaTypeName }

    /// A string without the byte 0.
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> Path {
        let text = try String.decode(stack, at: index)
        guard !text.utf8.contains(0) else {
            throw LuaMismatch("a path expected, got '\(text.shown)', in which a byte is 0")
        }
        guard !text.isEmpty else { throw LuaMismatch("a path expected, got an empty string") }
        return Path(text: text)
    }
}
