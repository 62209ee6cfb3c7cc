import Foundation
import Support

/// A profile as `:profile` shows it: a line for each function and operation that took most of the time.
struct ProfileTable {
    private let profile: OperationProfile
    private let width: Int?
    private static let maximumRows = 20
    /// The columns that a narrow terminal shows: the name, the time of both directions, and its share.
    private static let essentials = [0, 4, 5]

    /// A table for a terminal of so many columns; nil for any number.
    init(_ profile: OperationProfile, width: Int? = nil) { (self.profile, self.width) = (profile, width) }

    /// The table; the functions and operations beyond the first rows share one line.
    var text: String {
        let rows = profile.rows
        let total = rows.reduce(0) { $0 + $1.total }
        func cells(_ name: String, _ calls: Int, _ forward: Double, _ backward: Double) -> [String] {
            let share = total > 0 ? (forward + backward) / total : 0
            return [
                name, calls > 0 ? "\(calls)" : "", Self.time(forward), Self.time(backward),
                Self.time(forward + backward), String(format: "%.1f%%", 100 * share),
            ]
        }
        func sum(_ name: String, _ rows: some Collection<OperationProfile.Row>) -> [String] {
            cells(name, 0, rows.reduce(0) { $0 + $1.forward }, rows.reduce(0) { $0 + $1.backward })
        }
        var lines = [["", "calls", "forward", "backward", "total", "share"]]
        let shown = rows.prefix(rows.count > Self.maximumRows ? Self.maximumRows - 1 : Self.maximumRows)
        lines += shown.map { row in
            let calls = row.name == OperationProfile.base ? 0 : max(row.calls, row.backwardCalls)
            return cells(row.name, calls, row.forward, row.backward)
        }
        if shown.count < rows.count {
            lines.append(sum("\(rows.count - shown.count) others", rows.dropFirst(shown.count)))
        }
        lines.append(sum("total", rows))
        let text = TextColumns(lines, alignsRight: true).text
        guard let width, text.split(separator: "\n").contains(where: { $0.count > width }) else { return text }
        return TextColumns(lines.map { line in Self.essentials.map { line[$0] } }, alignsRight: true).text
    }

    private static func time(_ seconds: Double) -> String { seconds > 0 ? TimeText.text(seconds: seconds) : "" }
}
