import Study
import Support
import Testing

@Suite struct BootstrapIntervalTests {
    /// Numbers with standard deviation about 1: sums of twelve uniform ones.
    static func sample(_ count: Int, mean: Double, seed: UInt64) -> [Double] {
        let generator = RandomGenerator(seed: seed)
        return (0..<count).map { _ in mean - 6 + (0..<12).reduce(0.0) { sum, _ in sum + Double(generator.uniform()) } }
    }

    @Test func twoPairsHaveThreeMeans() throws {
        // Means 0, 1/2 and 1 with probabilities 1/4, 1/2 and 1/4.
        for (level, low, high) in [(0.95, 0.0, 1.0), (0.6, 0, 1), (0.4, 0.5, 0.5)] {
            let interval = try BootstrapInterval([0, 3], [0, 2], level: level, generator: RandomGenerator(seed: 1))
            #expect(interval.mean == 0.5 && interval.low == low && interval.high == high)
        }
    }

    @Test func equalDifferencesLeaveNoDoubt() throws {
        let interval = try BootstrapInterval([3, 4, 5], [1, 2, 3], generator: RandomGenerator(seed: 1))
        #expect(interval.mean == 2 && interval.low == 2 && interval.high == 2)
    }

    @Test(arguments: [(0.95, 1.95996), (0.8, 1.28155)])
    func isNearlyNormalWhereThereAreManyPairs(level: Double, quantile: Double) throws {
        let a = Self.sample(400, mean: 0.3, seed: 2)
        let nothing = [Double](repeating: 0, count: a.count)
        let interval = try BootstrapInterval(a, nothing, level: level, generator: RandomGenerator(seed: 3))
        let mean = a.reduce(0, +) / 400
        let deviation = (a.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 400).squareRoot()
        let half = quantile * deviation / 400.0.squareRoot()
        #expect(abs(interval.mean - mean) < 1e-12)
        #expect(abs(interval.low - (mean - half)) < 0.06 * half && abs(interval.high - (mean + half)) < 0.06 * half)
    }

    @Test func theSeedDecides() throws {
        let (a, b) = (Self.sample(12, mean: 1, seed: 4), Self.sample(12, mean: 0.5, seed: 5))
        func interval(_ seed: UInt64) throws -> BootstrapInterval {
            try BootstrapInterval(a, b, resamples: 500, generator: RandomGenerator(seed: seed))
        }
        #expect(try interval(1) == interval(1))
        #expect(try interval(1) != interval(2))
        let swapped = try BootstrapInterval(b, a, resamples: 500, generator: RandomGenerator(seed: 1))
        let straight = try interval(1)
        #expect(abs(swapped.low + straight.high) < 1e-12 && abs(swapped.high + straight.low) < 1e-12)
    }

    @Test(
        arguments: [
            ([1, 2], [1], 10, 0.9, "'b' is 1 numbers: expected 2, as of 'a'"),
            ([1], [1], 0, 0.9, "'resamples' is 0: expected 1 to 10 million"),
            ([1], [1], .max, 0.9, "'resamples' is \(Int.max): expected 1 to 10 million"),
            ([1], [1], 10, 1, "'level' is 1.0: expected a number between 0 and 1"),
            ([1], [1], 10, .nan, "'level' is nan: expected a number between 0 and 1"),
        ] as [([Double], [Double], Int, Double, String)])
    func impossibleInput(a: [Double], b: [Double], resamples: Int, level: Double, message: String) {
        do {
            _ = try BootstrapInterval(
                a, b, resamples: resamples, level: level, generator: RandomGenerator(seed: 1))
            Issue.record("nothing thrown")
        } catch {
            #expect("\(error)" == message)
        }
    }
}
