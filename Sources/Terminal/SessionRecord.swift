import LuaBridge
import Notebook
import Support

/// What was entered in a session, in order.
struct SessionRecord {
    private struct Item {
        let text: String
        /// What runs it; nil unless it ran to its end.
        var entry: Workspace.Entry?
    }

    private var items: [Item] = []

    /// The name that messages call the next entry.
    var nextName: String { "entry \(items.count + 1)" }

    /// Adds an entry.
    mutating func add(_ text: String) { items.append(Item(text: text)) }

    /// Notes that the last entry ran to its end.
    mutating func noteSuccess(_ entry: Workspace.Entry) {
        guard !items.isEmpty else { return }
        items[items.count - 1].entry = entry
    }

    /// The last entries, each behind its number.
    func listing(last count: Int) -> String {
        let first = max(items.count - count, 0)
        let width = String(items.count).count
        return items.enumerated().dropFirst(first).map { index, item in
            let number = String(index + 1)
            let indent = String(repeating: " ", count: width + 2)
            return String(repeating: " ", count: width - number.count) + number + "  "
                + item.text.replacing("\n", with: "\n" + indent)
        }.joined(separator: "\n")
    }

    /// A script that does what the entries did, those that failed left out: a cell each, which begins with `-- %%`.
    var script: String {
        let entries = items.compactMap(\.entry)
        let usesLast = entries.contains { $0.mentions("_") }
        return entries.map { "-- %%\n\(Self.statements(of: $0, keepsLast: usesLast))\n" }.joined(separator: "\n")
    }

    /// A notebook of the entries, those that failed left out: a cell each, as it was typed and without outputs.
    func notebook() throws(NotebookError) -> Notebook {
        var cells: [Cell] = []
        for (index, item) in items.enumerated() {
            guard let text = item.entry?.text else { continue }
            guard text.rawBytes.elementsEqual(text.utf8) else {
                throw NotebookError("entry \(index + 1) has bytes that are no UTF-8: only a .lua file can keep them")
            }
            cells.append(Cell(.code, source: text))
        }
        return Notebook(cells: cells)
    }

    /// An entry as statements: what only the prompt takes, an expression, is printed.
    private static func statements(of entry: Workspace.Entry, keepsLast: Bool) -> String {
        guard let expression = entry.expression else { return entry.text }
        if keepsLast {
            return "_ = \(expression)" + (entry.hidesResults || !entry.isOnlyExpression ? "" : "\nprint(_)")
        }
        guard entry.isOnlyExpression else { return entry.text }
        return entry.hidesResults ? "local _ = \(expression)" : "print(\(expression))"
    }
}
