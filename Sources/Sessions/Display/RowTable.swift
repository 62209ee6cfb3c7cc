import LuaBridge
import Report

/// A list of rows that are alike, as a table: all have the same names, or all are lists of one length, and all values
/// are texts, numbers or truth values.
struct RowTable: DisplayedObject {
    private static let mostRows = 20
    private static let mostColumns = 20
    private static let longestText = 200
    /// Larger integers would be written with an exponent.
    private static let largestInteger = 1_000_000_000

    private let html: String

    /// The table as HTML; of many rows the first 20.
    var richForm: RichForm? { .html(html) }

    /// The table of a list; nil of any other table.
    init?(_ list: LuaTable) throws {
        guard try !list.hasMetatable() else { return nil }
        let count = try list.count()
        // With keys other than 1 ... count there are more pairs than `count`, or a key is no integer.
        let first = try list.pairs(limit: Self.mostRows + 1)
        guard count > 0, first.count == min(count, Self.mostRows + 1) else { return nil }
        guard first.allSatisfy({ if case .integer = $0.key { true } else { false } }) else { return nil }
        var rows: [[String: ReportTable.Value]] = []
        for position in 1...min(count, Self.mostRows) {
            guard let row = try Self.row(list.get(position, as: LuaValue.self)) else { return nil }
            guard rows.isEmpty || rows[0].keys == row.keys else { return nil }
            rows.append(row)
        }
        let names = Self.order(rows)
        let table = try ReportTable(columns: names, rows: rows.map { row in names.compactMap { row[$0] } }, digits: 4)
        let rest = count - rows.count
        html = table.tableHTML + (rest > 0 ? "<p>and \(rest) more rows</p>\n" : "")
    }

    /// The order of the columns: those with texts first, then by name; columns without names by their numbers.
    private static func order(_ rows: [[String: ReportTable.Value]]) -> [String] {
        func isText(_ name: String) -> Bool {
            rows.contains { if case .text? = $0[name] { true } else { false } }
        }
        let names = rows.first.map { Array($0.keys) } ?? []
        if names.allSatisfy({ Int($0) != nil }) { return names.sorted { Int($0) ?? 0 < Int($1) ?? 0 } }
        return names.sorted { (isText($0) ? 0 : 1, $0) < (isText($1) ? 0 : 1, $1) }
    }

    private static func row(_ value: LuaValue) throws -> [String: ReportTable.Value]? {
        guard case .table(let table) = value, try !table.hasMetatable() else { return nil }
        let fields = try table.pairs(limit: mostColumns + 1)
        guard 1...mostColumns ~= fields.count else { return nil }
        var values: [String: ReportTable.Value] = [:]
        for (key, value) in fields {
            guard let shown = shown(value) else { return nil }
            switch key {
            case .string(let name): values[name] = shown
            case .integer(let position) where 1...fields.count ~= position: values["\(position)"] = shown
            default: return nil
            }
        }
        return values.count == fields.count ? values : nil
    }

    private static func shown(_ value: LuaValue) -> ReportTable.Value? {
        switch value {
        case .string(let text): .text(text.count > longestText ? text.prefix(longestText) + "..." : text)
        case .integer(let number) where number.magnitude >= largestInteger: .text("\(number)")
        case .integer(let number): .number(Double(number))
        case .number(let number): .number(number)
        case .boolean(let truth): .text("\(truth)")
        default: nil
        }
    }
}
