/// The differences a - b of paired observations, such as the scores of two methods on the same volumes.
struct PairedDifferences {
    /// The differences, in the order of the pairs; at least one.
    let values: [Double]

    /// Throws where there are no pairs, one is incomplete, or a number is not finite.
    init(_ a: [Double], _ b: [Double]) throws(StatisticsError) {
        guard !a.isEmpty else { throw .parameter("a", value: "empty", expected: "at least one number") }
        guard a.count == b.count else {
            throw .parameter("b", value: "\(b.count) numbers", expected: "\(a.count), as of 'a'")
        }
        for (name, values) in [("a", a), ("b", b)] {
            guard let index = values.firstIndex(where: { !$0.isFinite }) else { continue }
            throw .parameter(name, value: "\(values[index]) in pair \(index + 1)", expected: "a finite number")
        }
        values = zip(a, b).map { $0 - $1 }
    }

    /// The mean of the differences.
    var mean: Double { values.reduce(0, +) / Double(values.count) }
}
