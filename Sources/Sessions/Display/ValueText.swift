import LuaBridge

/// Values as the prompt and notebooks show them: figures drawn, plain tables with their fields as far as there is room,
/// all else as `tostring` does.
public struct ValueText {
    private let lua: LuaState
    private let isPrompt: Bool
    private static let maximumFields = 20
    private static let mostSorted = 1000
    private static let maximumDepth = 3
    private static let lineLength = 76

    /// Shows values of a state; `isPrompt` says whether objects that have a text for the prompt are shown by it, as
    /// figures are drawn.
    public init(_ lua: LuaState, isPrompt: Bool = true) { (self.lua, self.isPrompt) = (lua, isPrompt) }

    /// All results of a call, separated by tabs.
    public func text(_ values: [LuaValue]) throws(LuaError) -> String {
        try values.map { value throws(LuaError) in try text(value) }.joined(separator: "\t")
    }

    /// A result.
    public func text(_ value: LuaValue) throws(LuaError) -> String {
        try LuaError.wrapping {
            if isPrompt, let text = try value.displayedObject?.promptText { return text }
            guard case .table(let table) = value else { return try lua.text(of: value) }
            return try text(table, within: [])
        }
    }

    /// A table that lies in tables with the addresses `outer`, the outermost first.
    private func text(_ table: LuaTable, within outer: [String]) throws -> String {
        let plain = try lua.text(of: .table(table))
        guard try !table.hasMetatable() else { return plain }
        guard !outer.contains(plain) else { return "<cycle>" }
        let fields = try table.pairs(limit: Self.mostSorted).sorted { Self.rank($0.key) < Self.rank($1.key) }
        guard !fields.isEmpty else { return "{}" }
        guard outer.count < Self.maximumDepth else { return "{...}" }
        var parts: [String] = []
        var position = 1
        for (key, value) in fields.prefix(Self.maximumFields) {
            let shown = try field(value, within: outer + [plain])
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
        let indent = String(repeating: "  ", count: outer.count + 1)
        return "{\n" + parts.map { indent + $0 }.joined(separator: ",\n") + "\n" + indent.dropLast(2) + "}"
    }

    /// Where a key stands: numbers first, then names by their letters. Lua's order differs from process to process.
    private static func rank(_ key: LuaValue) -> (Int, Double, String) {
        switch key {
        case .integer(let number): (0, Double(number), "")
        case .number(let number): (0, number, "")
        case .string(let name): (1, 0, name)
        default: (2, 0, "")
        }
    }

    private func field(_ value: LuaValue, within outer: [String]) throws -> String {
        switch value {
        case .string(let text): Self.quoted(text)
        case .table(let table): try text(table, within: outer)
        default: try value.displayedObject?.displayLine ?? lua.text(of: value)
        }
    }

    private func key(_ key: LuaValue) throws -> String {
        guard case .string(let name) = key else { return "[\(try lua.text(of: key))]" }
        return LuaTokens.isNameOrKeyword(name) ? name : "[\(Self.quoted(name))]"
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
