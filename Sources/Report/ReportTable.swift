import Support
import Foundation

/// A table of texts and numbers, with the best numbers in bold.
///
/// So that they can be compared, the numbers of a column have equally many decimals: as many as the largest needs for
/// `digits` significant digits, one fewer where it is between 0.01 and 0.1, none where all are whole. A number that
/// would round to 0 is written with two significant digits instead, and NaN as a dash. The number of decimals of a
/// column may also be given.
public struct ReportTable: Sendable {
    /// What a row has in one column.
    public enum Value: Equatable, Sendable {
        case text(String)
        case number(Double)
    }

    /// Where the contents of a column lie.
    public enum Alignment: String, CaseIterable, Sendable {
        case left, right, center
    }

    /// Which number of a column is the best.
    public enum Best: String, CaseIterable, Sendable {
        case max, min
    }

    private let columns: [String]
    private let texts: [[String]]
    private let bold: Set<[Int]>
    private let caption: String
    private let alignments: [Alignment]

    /// Arranges `rows` under the names of `columns`.
    ///
    /// - Parameters:
    ///   - alignments: One for each column; by default columns with numbers are aligned right, others left.
    ///   - best: The columns whose best number is bold, by name; equal ones (as they are shown) all are.
    ///   - bestWithin: The name of a column; only rows that agree in it are compared.
    ///   - digits: 1 to 15, default 3.
    ///   - decimals: By the name of a column, its number of decimals, 0 to 15, whatever its numbers are.
    ///
    /// Throws `ReportError.parameter` where a row does not have one value for each column, a name is that of no column,
    /// or a number is outside its range.
    public init(
        columns: [String], rows: [[Value]], caption: String = "", alignments: [Alignment]? = nil,
        best: [String: Best] = [:], bestWithin: String? = nil, digits: Int = 3, decimals: [String: Int] = [:]
    ) throws(ReportError) {
        try ReportError.require(!columns.isEmpty, "columns", "none", "one or more")
        let perColumn = "\(columns.count), one a column,"
        for (index, row) in rows.enumerated() {
            try ReportError.require(row.count == columns.count, "row \(index + 1)", "\(row.count) cells", perColumn)
        }
        if let alignments {
            try ReportError.require(alignments.count == columns.count, "align", alignments.count, perColumn)
        }
        try ReportError.require((1...15).contains(digits), "digits", digits, "1 to 15")
        for count in decimals.values.sorted() {
            try ReportError.require((0...15).contains(count), "decimals", count, "0 to 15")
        }
        let named = [("best", best.keys.sorted()), ("best_within", bestWithin.map { [$0] } ?? [])]
        for (parameter, names) in named + [("decimals", decimals.keys.sorted())] {
            for name in names {
                try ReportError.require(columns.contains(name), parameter, "'\(name)'", "the name of a column")
            }
        }
        let values = columns.indices.map { column in rows.map { $0[column] } }
        let shown = zip(columns, values).map { Self.texts(of: $1, digits: digits, decimals: decimals[$0]) }
        self.columns = columns
        self.caption = caption
        self.alignments =
            alignments
            ?? values.map { column in column.contains { $0.number != nil } ? .right : .left }
        texts = rows.indices.map { row in shown.map { $0[row] } }
        let groups = bestWithin.flatMap(columns.firstIndex).map { shown[$0] }
        var bold: Set<[Int]> = []
        for (column, name) in columns.enumerated() {
            guard let best = best[name] else { continue }
            for rows in Dictionary(grouping: rows.indices, by: { groups?[$0] ?? "" }).values {
                let numbers = rows.compactMap { row in
                    values[column][row].number.flatMap { $0.isNaN ? nil : (row: row, value: $0) }
                }
                let winner = best == .max ? numbers.max { $0.value < $1.value } : numbers.min { $0.value < $1.value }
                guard let winner else { continue }
                let same = numbers.filter { shown[column][$0.row] == shown[column][winner.row] }
                bold.formUnion(same.map { [$0.row, column] })
            }
        }
        self.bold = bold
    }

    /// The table, which can be moved sideways where the page is narrow, and its caption under it.
    var html: String {
        "<figure>\n<div>\n\(tableHTML)</div>\n\(ReportPage.html(caption: caption))</figure>\n"
    }

    /// The table alone.
    package var tableHTML: String {
        func element(_ tag: String, _ text: String, _ column: Int) -> String {
            "<\(tag) style=\"text-align: \(alignments[column].rawValue)\">\(text)</\(tag)>"
        }
        let head = columns.enumerated().map { element($1.isEmpty ? "td" : "th", $1.htmlText, $0) }.joined()
        let body = texts.enumerated().map { row, texts in
            let elements = texts.enumerated().map { column, text in
                element("td", bold.contains([row, column]) ? "<b>\(text.htmlText)</b>" : text.htmlText, column)
            }
            return "<tr>\(elements.joined())</tr>\n"
        }
        return "<table>\n<thead><tr>\(head)</tr></thead>\n<tbody>\n\(body.joined())</tbody>\n</table>\n"
    }

    /// The table as text, for a terminal; the best numbers have a star after them.
    package var text: String {
        let cells =
            [columns]
            + texts.enumerated().map { row, texts in
                texts.enumerated().map { column, text in bold.contains([row, column]) ? text + "*" : text }
            }
        let widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        let lines = cells.map { row in
            let parts = row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                return alignments[column] == .left ? text + space : space + text
            }
            return parts.joined(separator: "  ")
        }
        return lines.joined(separator: "\n")
    }

    /// What is shown of the values of a column.
    private static func texts(of column: [Value], digits: Int, decimals fixed: Int?) -> [String] {
        let numbers = column.compactMap(\.number).filter(\.isFinite)
        let largest = numbers.map { abs($0) }.max() ?? 0
        let isWhole = numbers.allSatisfy { $0 == $0.rounded() }
        var exponent = largest > 0 ? Int(log10(largest).rounded(.up)) - 1 : 0
        // A largest number between 0.01 and 0.1 is mostly a standard deviation, beside means from 0.1 to 1.
        if exponent == -2 { exponent = -1 }
        let decimals = fixed ?? (isWhole ? 0 : min(max(digits - 1 - exponent, 0), 15))
        return column.map { value in
            switch value {
            case .text(let text): return text
            case .number(let number):
                if number.isNaN { return "–" }
                if number.isInfinite { return number < 0 ? "-∞" : "∞" }
                let text = String(format: "%.\(decimals)f", number)
                let isLost = number != 0 && !text.contains { ("1"..."9").contains($0) }
                if isLost, fixed == nil { return String(format: "%.2g", number) }
                return abs(number) >= 1e9 ? String(format: "%.\(digits)g", number) : text
            }
        }
    }
}

extension ReportTable.Value {
    /// The number; nil of a text.
    fileprivate var number: Double? {
        if case .number(let value) = self { value } else { nil }
    }
}
