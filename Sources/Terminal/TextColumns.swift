/// Rows of text in columns, each as wide as its widest cell.
struct TextColumns {
    private let rows: [[String]]
    private let alignsRight: Bool

    /// `alignsRight`: whether all columns but the first end, and not begin, at the same place.
    init(_ rows: [[String]], alignsRight: Bool = false) { (self.rows, self.alignsRight) = (rows, alignsRight) }

    /// The rows as lines, two spaces between the columns.
    var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.compactMap { $0.indices.contains(column) ? $0[column].count : nil }.max() ?? 0
        }
        return rows.map { row in
            let cells = zip(row, widths).enumerated().map { column, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return alignsRight && column > 0 ? space + cell.0 : cell.0 + space
            }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }
}
