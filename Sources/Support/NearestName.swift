/// The candidate that `name` was most likely meant to be, or nil where none is near.
///
/// Near is an edit distance (insertions, deletions, substitutions, neighbours exchanged; letter case costs nothing) of
/// at most a third of the length, rounded, or 1 for the shortest names.
public func nearestName(to name: String, among candidates: [String]) -> String? {
    let wanted = Array(name.lowercased())
    let limit = max(1, (wanted.count + 1) / 3)
    return candidates.map { ($0, editDistance(wanted, Array($0.lowercased()))) }
        .filter { $0.1 <= limit }
        .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
}

/// The number of edits between two words (Damerau, with each pair of neighbours exchanged once).
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    guard !a.isEmpty, !b.isEmpty, a.count < 100, b.count < 100 else { return max(a.count, b.count) }
    var before = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
        var row = [i]
        for j in 1...b.count {
            var cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, before[j - 2] + 1) }
            row.append(cost)
        }
        (before, last) = (last, row)
    }
    return last[b.count]
}

/// " (did you mean 'NAME'?)" where a candidate is near, otherwise nothing.
public func nameHint(for name: String, among candidates: [String]) -> String {
    nearestName(to: name, among: candidates).map { " (did you mean '\($0)'?)" } ?? ""
}

extension [String] {
    /// The names as a choice: "'full' or 'short'".
    public var choiceText: String {
        let quoted = map { "'\($0)'" }
        return quoted.count < 2
            ? quoted.joined() : quoted.dropLast().joined(separator: ", ") + " or \(quoted[quoted.count - 1])"
    }
}
