import Foundation
import Kernels
import Support
import Testing

struct RandomNumbersTests {
    private func uniform(_ count: Int, seed: UInt64 = 1, counter: UInt64 = 0) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { out, filled in
            if let base = out.baseAddress {
                RandomNumbers.uniform(count: count, seed: seed, counter: counter, out: base)
            }
            filled = count
        }
    }

    private func normal(_ count: Int, seed: UInt64 = 1, counter: UInt64 = 0) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { out, filled in
            if let base = out.baseAddress {
                RandomNumbers.normal(count: count, seed: seed, counter: counter, out: base)
            }
            filled = count
        }
    }

    @Test(arguments: [0, 5, UInt64(UInt32.max) - 7, .max - 3] as [UInt64])
    func numbersComeOfTheGeneratorsBlocks(counter: UInt64) {
        let seed: UInt64 = 0x1234_5678_9ABC_DEF0
        let numbers = uniform(128, seed: seed, counter: counter)
        for group in 0..<2 {
            for block in 0..<16 {
                let words = RandomGenerator.block(seed: seed, counter: counter &+ UInt64(16 * group + block))
                for word in 0..<4 {
                    #expect(numbers[64 * group + 16 * word + block] == Float(words[word] >> 9) * 0x1p-23)
                }
            }
        }
    }

    @Test(arguments: [0, 1, 15, 16, 17, 63, 64, 65, 1000, 16384, 16385])
    func aShorterRunIsTheBeginningOfALongerOne(count: Int) {
        #expect(uniform(count) == Array(uniform(20_000).prefix(count)))
        #expect(normal(count) == Array(normal(20_000).prefix(count)))
        #expect(RandomNumbers.blocks(count: count) * 4 >= count)
        #expect(RandomNumbers.blocks(count: count) * 4 < count + 64)
    }

    @Test func theThreadsMakeNoDifference() {
        let before = ThreadPool.shared.threads
        defer { ThreadPool.shared.threads = before }
        ThreadPool.shared.threads = 1
        let alone = normal(100_003)
        ThreadPool.shared.threads = 3
        #expect(normal(100_003) == alone)
    }

    @Test func uniformNumbersFillTheInterval() {
        let numbers = uniform(1 << 18).sorted()
        #expect((0..<1).contains(numbers[0]) && (0..<1).contains(numbers[numbers.count - 1]))
        // Kolmogorov and Smirnov: 1.95 is exceeded once in a thousand.
        let distance = numbers.enumerated().map { (Double($1) - Double($0) / Double(numbers.count)).magnitude }.max()
        #expect((distance ?? 1) * Double(numbers.count).squareRoot() < 1.95)
    }

    @Test func normalNumbersHaveTheNormalDistribution() {
        let numbers = normal(1 << 18).map(Double.init).sorted()
        let count = Double(numbers.count)
        let moments = (1...4).map { power in numbers.reduce(0) { $0 + pow($1, Double(power)) } / count }
        // Four standard errors each: 1, 2, 15 and 96 are the variances of x, x^2, x^3 and x^4.
        for (moment, (wanted, variance)) in zip(moments, [(0.0, 1.0), (1, 2), (0, 15), (3, 96)]) {
            #expect((moment - wanted).magnitude < 4 * (variance / count).squareRoot())
        }
        let distance = numbers.enumerated().map { (rank, x) in
            (erfc(-x / 2.0.squareRoot()) / 2 - Double(rank) / count).magnitude
        }.max()
        #expect((distance ?? 1) * count.squareRoot() < 1.95)
        #expect(numbers.allSatisfy { $0.isFinite })
        #expect(numbers[numbers.count - 1] > 4)
    }

    @Test func neighboursAndStreamsAreUncorrelated() {
        let (a, b) = (normal(1 << 17), normal(1 << 17, seed: 2))
        let limit = 4 / Double(a.count).squareRoot()
        func correlation(_ x: ArraySlice<Float>, _ y: ArraySlice<Float>) -> Double {
            zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) } / Double(x.count)
        }
        #expect(correlation(a[...], b[...]).magnitude < limit)
        for lag in [1, 2, 16, 32, 64] { #expect(correlation(a.dropLast(lag), a.dropFirst(lag)).magnitude < limit) }
    }
}
