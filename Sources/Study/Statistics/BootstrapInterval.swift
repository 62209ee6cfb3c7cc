import Support

/// A bootstrap interval of the mean difference of paired observations: how far it may be off because the pairs are few.
///
/// The percentile interval (Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter 13): pairs are
/// drawn with replacement, as many as there are, again and again; the interval leaves out (1 - level) / 2 of the means
/// of their differences on each side.
public struct BootstrapInterval: Equatable, Sendable {
    /// The mean of the differences a - b.
    public let mean: Double
    /// The interval's lower end.
    public let low: Double
    /// The interval's upper end.
    public let high: Double

    /// Resamples the pairs of `a` and `b`, `resamples` times (default 10,000), for an interval at `level` (default
    /// 0.95).
    ///
    /// Throws where there are no pairs, one is incomplete, a number is not finite, the level is not between 0 and 1, or
    /// there are not 1 to 10 million resamples.
    public init(
        _ a: [Double], _ b: [Double], resamples: Int = 10_000, level: Double = 0.95, generator: RandomGenerator
    ) throws(StatisticsError) {
        guard (1...10_000_000).contains(resamples) else {
            throw .parameter("resamples", value: "\(resamples)", expected: "1 to 10 million")
        }
        guard level > 0, level < 1 else {
            throw .parameter("level", value: "\(level)", expected: "a number between 0 and 1")
        }
        let differences = try PairedDifferences(a, b)
        let count = differences.values.count
        var means: [Double] = []
        means.reserveCapacity(resamples)
        for _ in 0..<resamples {
            guard !Interrupt.isRequested else { throw .interrupted }
            var sum = 0.0
            for _ in 0..<count { sum += differences.values[generator.below(count)] }
            means.append(sum / Double(count))
        }
        let tail = (1 - level) / 2
        mean = differences.mean
        low = means.quantile(tail) ?? mean
        high = means.quantile(1 - tail) ?? mean
    }
}

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
