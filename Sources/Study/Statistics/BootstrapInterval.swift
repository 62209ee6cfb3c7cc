import Support

/// A bootstrap interval of the mean difference of paired observations: how far it may be off because the pairs are few.
///
/// The percentile interval (Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter 13): pairs are drawn
/// with replacement, as many as there are, again and again; the interval leaves out (1 - level) / 2 of the means of
/// their differences on each side.
public struct BootstrapInterval: Equatable, Sendable {
    /// The mean of the differences a - b.
    public let mean: Double
    /// The interval's lower end.
    public let low: Double
    /// The interval's upper end.
    public let high: Double

    /// Resamples the pairs of `a` and `b`, `resamples` times (default 10,000), for an interval at `level` (default 0.95).
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
