import LuaBridge

/// Values as the prompt and notebooks show them: as `tostring` does, but the fields of plain tables, as far as there is room.
public struct ValueText {
    private let lua: LuaState
    private static let maximumFields = 20
    private static let maximumDepth = 3
    private static let lineLength = 76

    /// Shows values of a state.
    public init(_ lua: LuaState) { self.lua = lua }

    /// A result.
    public func text(_ value: LuaValue) throws(LuaError) -> String {
        guard case .table(let table) = value else { return try lua.text(of: value) }
        do {
            return try text(table, depth: 0)
        } catch {
            throw (error as? LuaError) ?? LuaError(message: String(describing: error))
        }
    }

    private func text(_ table: LuaTable, depth: Int) throws -> String {
        guard try !table.hasMetatable() else { return try lua.text(of: .table(table)) }
        let fields = try table.pairs(limit: Self.maximumFields + 1)
        guard !fields.isEmpty else { return "{}" }
        guard depth < Self.maximumDepth else { return "{...}" }
        var parts: [String] = []
        var position = 1
        for (key, value) in fields.prefix(Self.maximumFields) {
            let shown = try field(value, depth: depth)
            if case .integer(position) = key {
                parts.append(shown)
                position += 1
            } else {
                parts.append("\(try self.key(key)) = \(shown)")
            }
        }
        if fields.count > Self.maximumFields { parts.append("...") }
        let line = "{" + parts.joined(separator: ", ") + "}"
        if line.count <= Self.lineLength, !line.contains("\n") { return line }
        let indent = String(repeating: "  ", count: depth + 1)
        return "{\n" + parts.map { indent + $0 }.joined(separator: ",\n") + "\n" + indent.dropLast(2) + "}"
    }

    private func field(_ value: LuaValue, depth: Int) throws -> String {
        switch value {
        case .string(let text): Self.quoted(text)
        case .table(let table): try text(table, depth: depth + 1)
        default: try lua.text(of: value)
        }
    }

    private func key(_ key: LuaValue) throws -> String {
        guard case .string(let name) = key else { return "[\(try lua.text(of: key))]" }
        let isName =
            !name.isEmpty && name.utf8.first.map { $0 > 57 || $0 < 48 } == true
            && name.utf8.allSatisfy { byte in
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 32 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                    || byte == UInt8(ascii: "_")
            }
        return isName ? name : "[\(Self.quoted(name))]"
    }

    /// A string as it is written in Lua, cut where it is long.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for character in text.unicodeScalars.prefix(200) {
            switch character {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where character.value < 32 || character.value == 127: result += "\\\(character.value)"
            default: result.unicodeScalars.append(character)
            }
        }
        return result + "\"" + (text.unicodeScalars.count > 200 ? "..." : "")
    }
}
