import CLua

// A Lua string is bytes, a Swift String Unicode. A byte that is not part of valid UTF-8 is carried by one of the last
// private code points, U+10FF00 plus the byte (80...FF), and becomes the byte again on the way back; bytes that would
// spell such a code point are carried one by one, so that every Lua string survives the round trip.

extension String: LuaDecodable, LuaEncodable {
    /// "string".
    public static var luaTypeName: String { "string" }

    /// A string; numbers are not converted.
    @inlinable
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> String {
        guard lua_type(stack.pointer, index) == LUA_TSTRING else {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        return bytes(stack, at: index)
    }

    /// Pushes a string.
    public func push(on stack: LuaStack) throws(LuaError) {
        try stack.check(pushBytes(on: stack))
    }

    /// Pushes a string, or the error value if that fails; returns the status.
    func pushBytes(on stack: LuaStack) -> Int32 {
        var text = self
        return text.withUTF8 { utf8 in
            utf8.contains(Self.escapeLead)
                ? Self.unescape(utf8).withUnsafeBytes {
                    lunette_push_bytes(stack.pointer, $0.baseAddress, $0.count)
                } : lunette_push_bytes(stack.pointer, utf8.baseAddress, utf8.count)
        }
    }

    /// The bytes of the Lua string that this string stands for.
    public var luaBytes: [UInt8] {
        var text = self
        return text.withUTF8 { Self.unescape($0) }
    }

    /// The string at `index`, which must be one.
    @usableFromInline
    static func bytes(_ stack: LuaStack, at index: Int32) -> String {
        var count = 0
        guard let start = lua_tolstring(stack.pointer, index, &count) else { return "" }
        return fromLua(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// The string that stands for the bytes of a Lua string.
    public static func fromLua(_ bytes: UnsafeRawBufferPointer) -> String {
        if !bytes.contains(escapeLead), let text = String(validating: bytes, as: UTF8.self) { return text }
        var result = ""
        var rest = bytes[...]
        while let first = rest.first {
            if let length = sequenceLength(first), rest.count >= length, !isEscape(rest.prefix(4)),
                let scalar = String(validating: rest.prefix(length), as: UTF8.self)
            {
                result += scalar
                rest = rest.dropFirst(length)
            } else {
                result.unicodeScalars.append(Unicode.Scalar(0x10FF00 + UInt32(first)) ?? "?")
                rest = rest.dropFirst()
            }
        }
        return result
    }

    /// The first byte of the code points that carry bytes, U+10FF80 to U+10FFFF: F4 8F BE or BF.
    private static let escapeLead: UInt8 = 0xF4

    private static func isEscape(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
        bytes.count == 4 && bytes.starts(with: [escapeLead, 0x8F]) && bytes[bytes.startIndex + 2] >= 0xBE
    }

    private static func sequenceLength(_ first: UInt8) -> Int? {
        switch first {
        case 0..<0x80: 1
        case 0xC2..<0xE0: 2
        case 0xE0..<0xF0: 3
        case 0xF0..<0xF5: 4
        default: nil
        }
    }

    private static func unescape(_ utf8: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(utf8.count)
        var index = 0
        while index < utf8.count {
            if isEscape(UnsafeRawBufferPointer(utf8)[index..<Swift.min(index + 4, utf8.count)]) {
                result.append((utf8[index + 2] & 1) << 6 | utf8[index + 3] & 0x3F | 0x80)
                index += 4
            } else {
                result.append(utf8[index])
                index += 1
            }
        }
        return result
    }
}
