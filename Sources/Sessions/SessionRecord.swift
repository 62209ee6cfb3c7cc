/// What was entered in a session, in order.
package struct SessionRecord {
    private struct Item {
        let text: String
        /// The entry as it was read, without its compiled code; nil unless it ran to its end.
        var entry: Workspace.Source?
    }

    private var items: [Item] = []

    /// Nothing yet.
    package init() {}

    /// The name that messages call the next entry.
    package var nextName: String { "entry \(items.count + 1)" }

    /// Adds an entry.
    package mutating func add(_ text: String) { items.append(Item(text: text)) }

    /// Notes that the last entry ran to its end.
    package mutating func noteSuccess(_ entry: Workspace.Entry) {
        guard !items.isEmpty else { return }
        items[items.count - 1].entry = entry.source
    }

    /// The last entries, each behind its number.
    package func listing(last count: Int) -> String {
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
    package var script: String {
        let entries = items.compactMap(\.entry)
        let usesLast = entries.contains { $0.mentions("_") }
        return entries.map { "-- %%\n\(Self.statements(of: $0, keepsLast: usesLast))\n" }.joined(separator: "\n")
    }

    /// The entries that ran to their end, as they were typed, with their numbers from 1.
    package var successes: [(number: Int, text: String)] {
        items.enumerated().compactMap { index, item in item.entry.map { (index + 1, $0.text) } }
    }

    /// An entry as statements of Lua: an expression, which only the prompt takes as it is, becomes a call of `print`.
    private static func statements(of entry: Workspace.Source, keepsLast: Bool) -> String {
        guard let expression = entry.expression else { return entry.text }
        if keepsLast {
            return "_ = \(expression)" + (entry.hidesResults || !entry.isOnlyExpression ? "" : "\nprint(_)")
        }
        guard entry.isOnlyExpression else { return entry.text }
        return entry.hidesResults ? "local _ = \(expression)" : "print(\(expression))"
    }
}
