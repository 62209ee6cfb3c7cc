import Foundation

/// Rows of text in columns, each as wide as its longest text.
struct TextColumns {
    private let rows: [[String]]
    private let alignsRight: Bool

    /// Arranges `rows`; with `alignsRight`, all columns but the first are aligned to the right.
    init(_ rows: [[String]], alignsRight: Bool = false) { (self.rows, self.alignsRight) = (rows, alignsRight) }

    /// The rows as lines, two spaces between the columns.
    var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.compactMap { $0.indices.contains(column) ? $0[column].count : nil }.max() ?? 0
        }
        return rows.map { row in
            let texts = zip(row, widths).enumerated().map { column, pair in
                let (text, width) = pair
                let space = String(repeating: " ", count: width - text.count)
                return alignsRight && column > 0 ? space + text : text + space
            }
            return String(texts.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }
}

/// Spans of time for people to read.
enum TimeText {
    /// A number and its unit, three digits below a second and two decimals above: "1.20 s", "24.1 ms", "35.0 us".
    static func text(seconds: Double) -> String {
        switch seconds {
        case 1...: String(format: "%.2f s", seconds)
        case 1e-3...: number(seconds * 1e3) + " ms"
        default: number(seconds * 1e6) + " us"
        }
    }

    private static func number(_ value: Double) -> String {
        String(format: value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value)
    }
}
