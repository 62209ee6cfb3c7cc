import Sessions
import Support

extension Notebook {
    /// The tag of the cell whose variables can be set from outside, and of the one that sets them.
    private static let tags = (defaults: "parameters", given: "injected-parameters")

    /// Adds a cell that sets variables, after the one tagged `parameters` or, without one, before all cells. It
    /// replaces the one that was added for an earlier run.
    ///
    /// Numbers, `true` and `false` become such values in Lua, all others strings.
    public mutating func setParameters(_ parameters: [(name: String, value: String)]) throws(NotebookError) {
        cells.removeAll { $0.tags.contains(Self.tags.given) }
        guard !parameters.isEmpty else { return }
        for (name, _) in parameters where !LuaTokens.isName(name) {
            throw NotebookError("parameter '\(name)': the name of a variable expected")
        }
        let source = parameters.map { "\($0.name) = \(Self.literal($0.value))" }.joined(separator: "\n")
        let tags = JSON.array([.string(Self.tags.given)])
        let cell = Cell(.code, source: source, metadata: .object([.init("tags", tags)]))
        let place = cells.firstIndex { $0.tags.contains(Self.tags.defaults) }.map { $0 + 1 } ?? 0
        cells.insert(cell, at: place)
        completeIDs()
    }

    private static func literal(_ text: String) -> String {
        let isNumber = Double(text) != nil && text.utf8.allSatisfy { "0123456789.-eE".utf8.contains($0) }
        if isNumber || text == "true" || text == "false" { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\0"..."\u{1F}", "\u{7F}": result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return "\"\(result)\""
    }
}
