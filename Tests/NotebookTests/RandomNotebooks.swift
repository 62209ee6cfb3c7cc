import Notebook
import Support

/// Notebooks made of pieces that are hard to read back, from a seed.
struct RandomNotebooks {
    private static let pieces = [
        "--", "-- ", " ", "%%", "\\", "[markdown]", "\n", "\n\n", "\r\n", "\t", "x = 1", "\u{301}", "\u{1F9E0}", "=",
        "\"", "[[",
        "-- %%", "--%% a=1", "#", "$x_1$",
    ]
    private static let values = [
        "1", "1.0", "-0", "1e5", "12345678901234567890", "null", "[]", "{}", "\"]=\\n\\\"\"", "[1,{\"a b\":2.50}]",
    ]
    private static let names = ["title", "tags", "a-b", "c d", "=", "\u{E9}", "unknown.field", "\""]

    private var state: UInt64

    init(seed: UInt64) { state = seed }

    private mutating func number(below limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % limit
    }

    private mutating func text() -> String {
        (0..<number(below: 8)).map { _ in Self.pieces[number(below: Self.pieces.count)] }.joined()
    }

    /// An object with unknown fields.
    mutating func fields() -> JSON {
        var result = JSON.object([])
        for _ in 0..<number(below: 4) {
            let value = try? JSON(parsing: Self.values[number(below: Self.values.count)].utf8, keepingDigits: true)
            result = result.setting(Self.names[number(below: Self.names.count)], to: value)
        }
        if number(below: 4) == 0 { result = result.setting("title", to: .string(text())) }
        return result
    }

    /// A notebook of up to five cells.
    mutating func next() -> Notebook {
        let cells = (0..<number(below: 6)).map { _ in
            Cell(Cell.Kind.allCases[number(below: 3)], source: text(), metadata: fields())
        }
        return Notebook(cells: cells)
    }
}
