import Foundation
import Study
import Support
import TestSupport
import Testing

/// The mean of crossed differences against closed formulas, whole matrices, and statsmodels.
@Suite struct CrossedEffectsTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let values: [Double]
        let splits, volumes: [Int]
        let level, mean, low, high, p, standardError, degreesOfFreedom: Double
        let variances: [Double]
        let reml: [Double]?

        var testDescription: String { name }
    }

    private struct File: Decodable {
        let cases: [Case]
    }

    static let cases = Result {
        let url = try #require(
            Bundle.module.url(forResource: "crossed", withExtension: "json", subdirectory: "Fixtures"))
        return try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).cases
    }

    private static func isClose(_ a: Double, _ b: Double, _ tolerance: Double = 1e-9) -> Bool {
        abs(a - b) <= tolerance * max(1, abs(b))
    }

    @Test func thereAre26Cases() throws { #expect(try Self.cases.get().count == 26) }

    @Test(arguments: (try? cases.get()) ?? [])
    func agreesWithWholeMatrices(_ example: Case) throws {
        let effects = try CrossedEffects(
            example.values, splits: example.splits, volumes: example.volumes, level: example.level)
        let variances = [effects.splitVariance ?? 0, effects.volumeVariance ?? 0, effects.residualVariance]
        let found = [effects.mean, effects.low, effects.high, effects.standardError, effects.degreesOfFreedom]
        let expected = [
            example.mean, example.low, example.high, example.standardError, example.degreesOfFreedom,
        ]
        for (a, b) in zip(found + variances, expected + example.variances) { #expect(Self.isClose(a, b), "\(a), \(b)") }
        #expect(abs(effects.pValue - example.p) <= 1e-8 * example.p, "\(effects.pValue), \(example.p)")
        for (a, b) in zip(variances, example.reml ?? []) { #expect(Self.isClose(a, b, 1e-3), "\(a), \(b)") }
    }

    /// A complete table has the mean squares of the analysis of variance, and its variances and degrees of freedom are
    /// those of the textbooks.
    @Test(arguments: [(2, 9), (4, 3), (5, 6), (12, 20)])
    func completeTablesHaveMeanSquares(splits: Int, volumes: Int) throws {
        let generator = RandomGenerator(seed: UInt64(splits))
        let rows = (0..<splits).map { _ in 3 * Double(generator.uniform()) }
        let columns = (0..<volumes).map { _ in 4 * Double(generator.uniform()) }
        let table = rows.map { row in columns.map { row + $0 + 0.5 * Double(generator.uniform()) } }
        let (s, v) = (Double(splits), Double(volumes))
        let rowMeans = table.map { $0.reduce(0, +) / v }
        let columnMeans = (0..<volumes).map { column in table.reduce(0) { $0 + $1[column] } / s }
        let mean = rowMeans.reduce(0, +) / s
        let ofSplits = rowMeans.reduce(0) { $0 + v * ($1 - mean) * ($1 - mean) } / (s - 1)
        let ofVolumes = columnMeans.reduce(0) { $0 + s * ($1 - mean) * ($1 - mean) } / (v - 1)
        var rest = 0.0
        for row in 0..<splits {
            for column in 0..<volumes {
                let difference = table[row][column] - rowMeans[row] - columnMeans[column] + mean
                rest += difference * difference / (s - 1) / (v - 1)
            }
        }
        let effects = try CrossedEffects(
            table.flatMap { $0 }, splits: (0..<splits).flatMap { [Int](repeating: $0, count: volumes) },
            volumes: (0..<splits).flatMap { _ in Array(0..<volumes) })
        let sum = ofSplits + ofVolumes - rest
        let squares =
            ofSplits * ofSplits / (s - 1) + ofVolumes * ofVolumes / (v - 1) + rest * rest / (s - 1) / (v - 1)
        #expect(Self.isClose(effects.residualVariance, rest))
        #expect(Self.isClose(try #require(effects.splitVariance), (ofSplits - rest) / v))
        #expect(Self.isClose(try #require(effects.volumeVariance), (ofVolumes - rest) / s))
        #expect(Self.isClose(effects.standardError, (sum / s / v).squareRoot()))
        #expect(Self.isClose(effects.degreesOfFreedom, max(sum * sum / squares, 1)))
        #expect(effects.splitCount == splits && effects.volumeCount == volumes)
    }

    @Test func oneSplitIsATestOverVolumes() throws {
        // Mean 2, standard deviation 1, and t(0.975) at two degrees of freedom is 4.302653.
        let effects = try CrossedEffects([1, 2, 3], splits: ["a", "a", "a"], volumes: ["x", "y", "z"])
        #expect(effects.splitVariance == nil && effects.volumeVariance == 0 && effects.splitCount == 1)
        #expect(Self.isClose(effects.residualVariance, 1) && effects.degreesOfFreedom == 2)
        #expect(Self.isClose(effects.high, 2 + 4.302652729696142 / 3.0.squareRoot()))
        #expect(Self.isClose(effects.pValue, 0.07417990022744853))
        let turned = try CrossedEffects([1, 2, 3], splits: [1, 2, 3], volumes: [1, 1, 1])
        #expect(turned.volumeVariance == nil && turned.low == effects.low && turned.pValue == effects.pValue)
    }

    @Test func equalValuesAreJudgedByTheirSigns() throws {
        func effects(_ value: Double, _ splits: [Int], _ volumes: [Int]) throws -> CrossedEffects {
            try CrossedEffects([Double](repeating: value, count: splits.count), splits: splits, volumes: volumes)
        }
        let zero = try effects(0, [1, 1, 2, 2], [1, 2, 1, 2])
        #expect(zero.pValue == 1 && zero.low == 0 && zero.high == 0 && zero.standardError == 0)
        let three = try effects(0.1, [1, 1, 2, 2, 3, 3], [1, 2, 3, 4, 1, 2])
        #expect(three.pValue == 0.25 && three.low == 0.1 && three.high == 0.1 && three.degreesOfFreedom == 2)
        #expect(try effects(-4, [1, 1, 1], [1, 2, 3]).pValue == 0.25)
        #expect(try effects(-4, [1, 2], [3, 3]).pValue == 0.5)
    }

    @Test func unitsAndNamesDoNotMatter() throws {
        let example = try #require(try Self.cases.get().first { $0.name == "uneven" })
        let effects = try CrossedEffects(example.values, splits: example.splits, volumes: example.volumes)
        let names = example.volumes.map { "volume \(100 - $0)" }
        #expect(try CrossedEffects(example.values, splits: example.splits, volumes: names) == effects)
        let moved = try CrossedEffects(
            example.values.map { $0 + 7 }, splits: example.splits, volumes: example.volumes)
        #expect(Self.isClose(moved.low, effects.low + 7) && Self.isClose(moved.standardError, effects.standardError))
        for unit in [1e-99, 1e-12, 1e98] {
            let scaled = try CrossedEffects(
                example.values.map { -unit * $0 }, splits: example.splits, volumes: example.volumes)
            #expect(Self.isClose(-scaled.high / unit, effects.low) && Self.isClose(-scaled.low / unit, effects.high))
            #expect(Self.isClose(scaled.pValue, effects.pValue))
        }
    }

    @Test(
        arguments: [
            ([1], [1], [1], 0.9, "'values' is a list of 1: expected at least two numbers"),
            ([1, 2], [1], [1, 2], 0.9, "'splits' is a list of 1: expected 2, as of 'values'"),
            ([1, 2], [1, 1], [1, 2, 3], 0.9, "'volumes' is a list of 3: expected 2, as of 'values'"),
            ([1, .nan], [1, 1], [1, 2], 0.9, "'values' is nan at index 2: expected finite numbers of at most 1e100"),
            (
                [-1e101, 1], [1, 1], [1, 2], 0.9,
                "'values' is -1e+101 at index 1: expected finite numbers of at most 1e100"
            ),
            ([1, 2], [1, 1], [1, 2], 1, "'level' is 1.0: expected a number between 0 and 1"),
            (
                [1, 2, 3], [1, 2, 1], [5, 5, 5], 0.9,
                "'volumes' is the same at index 1 and 3, in one split: expected one value of a volume in a split"
            ),
            (
                [Double](repeating: 1, count: 4000), [Int](repeating: 1, count: 4000), Array(1...4000), 0.9,
                "'volumes' is 4001 with the splits: expected at most 4000 of both together"
            ),
        ] as [([Double], [Int], [Int], Double, String)])
    func impossibleInput(values: [Double], splits: [Int], volumes: [Int], level: Double, message: String) {
        #expect(
            message
                == thrownMessage { _ = try CrossedEffects(values, splits: splits, volumes: volumes, level: level) })
    }
}
