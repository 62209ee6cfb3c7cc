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

    /// An object with unknown fields; where it `isStrict`, none that nbformat knows and has rules for.
    mutating func fields(isStrict: Bool = false) -> JSON {
        var result = JSON.object([])
        for _ in 0..<number(below: 4) {
            let value = try? JSON(parsing: Self.values[number(below: Self.values.count)].utf8, keepingDigits: true)
            let name = Self.names[number(below: Self.names.count)]
            if isStrict, ["tags", "title"].contains(name) { continue }
            result = result.setting(name, to: value)
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

    // MARK: Documents

    private mutating func pick<Value>(_ values: [Value]) -> Value { values[number(below: values.count)] }

    private mutating func lines() -> JSON {
        let text = text()
        if number(below: 3) == 0 { return .string(text) }
        let parts = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        return .array(parts.enumerated().map { .string(String($1) + ($0 < parts.count - 1 ? "\n" : "")) })
    }

    private mutating func value() -> JSON {
        (try? JSON(parsing: pick(Self.values).utf8, keepingDigits: true)) ?? .null
    }

    /// Forms of several types.
    private mutating func bundle() -> JSON {
        var bundle = JSON.object([])
        for _ in 0..<number(below: 4) {
            switch number(below: 5) {
            case 0: bundle = bundle.setting("text/plain", to: lines())
            case 1: bundle = bundle.setting("image/png", to: .string("iVBORw0KGgo="))
            case 2: bundle = bundle.setting("application/json", to: value())
            case 3: bundle = bundle.setting("application/x.y+json", to: fields(isStrict: true))
            default: bundle = bundle.setting("text/x-unknown", to: lines())
            }
        }
        return bundle
    }

    private mutating func output(isStrict: Bool) -> JSON {
        let type = pick(["stream", "display_data", "execute_result", "error"] + (isStrict ? [] : ["unknown"]))
        var output = JSON.object([.init("output_type", .string(type))])
        func set(_ name: String, _ value: JSON) { output = output.setting(name, to: value) }
        switch type {
        case "stream":
            set("name", .string(pick(["stdout", "stderr"])))
            set("text", lines())
        case "error":
            set("ename", .string("E"))
            set("evalue", .string(text()))
            set("traceback", .array([.string(text())]))
        case "unknown": set("x", value())
        default:
            if type == "execute_result" { set("execution_count", .number(Double(number(below: 9)))) }
            set("data", bundle())
            set("metadata", fields(isStrict: true))
        }
        return output
    }

    private mutating func cell(_ place: Int, hasID: Bool, isStrict: Bool) -> JSON {
        let kind = pick(Cell.Kind.allCases)
        var metadata = fields(isStrict: isStrict)
        if number(below: 3) == 0 { metadata = metadata.setting("tags", to: .array([.string("skip-execution")])) }
        var cell = JSON.object([.init("cell_type", .string(kind.rawValue)), .init("metadata", metadata)])
        func set(_ name: String, _ value: JSON) { cell = cell.setting(name, to: value) }
        if hasID { set("id", .string("id-\(place)")) }
        set("source", number(below: 2) == 0 ? lines() : .string(pick(["x = 1", "print(x)", "1 + 1", "error('oh')"])))
        if kind == .code {
            set("execution_count", number(below: 2) == 0 ? .null : .number(3))
            set("outputs", .array((0..<number(below: 4)).map { _ in output(isStrict: isStrict) }))
        } else if number(below: 3) == 0 {
            set("attachments", .object([.init("a.png", .object([.init("image/png", .string("AAAA"))]))]))
        }
        if !isStrict, number(below: 3) == 0 { set("unknown", value()) }
        return cell
    }

    /// The content of an .ipynb file: of a kind that nbformat accepts, or with fields that it does not know and of any
    /// version.
    mutating func document(isStrict: Bool) -> JSON {
        let minor = isStrict ? 5 : number(below: 7)
        let cells = (0..<number(below: 6)).map { place in
            let hasID = isStrict || minor >= 5 && number(below: 4) > 0
            return cell(place, hasID: hasID, isStrict: isStrict)
        }
        var members = [
            JSON.Member("metadata", fields(isStrict: isStrict)), .init("nbformat_minor", .number(Double(minor))),
            .init("nbformat", .number(4)), .init("cells", .array(cells)),
        ]
        if !isStrict { members.insert(.init("unknown", value()), at: number(below: 4)) }
        return .object(members)
    }
}
