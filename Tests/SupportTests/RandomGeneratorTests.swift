import Support
import Testing

struct RandomGeneratorTests {
    /// The vectors published with Random123 (kat_vectors) for Philox 4x32-10 of which the counter's upper half is 0.
    @Test func theFirstPublishedBlockIsMet() {
        #expect(RandomGenerator.block(seed: 0, counter: 0) == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
    }

    @Test(arguments: [(0, 0), (1, 1 << 40), (0xDEAD_BEEF_0123_4567, 42), (.max, .max)] as [(UInt64, UInt64)])
    func blocksFollowTheDefinition(seed: UInt64, counter: UInt64) {
        // The rounds as the paper writes them, in arithmetic wide enough for the products.
        var x = [counter & 0xFFFF_FFFF, counter >> 32, 0, 0]
        var key = [seed & 0xFFFF_FFFF, seed >> 32]
        for _ in 0..<10 {
            let (a, b) = (x[0] * 0xD251_1F53, x[2] * 0xCD9E_8D57)
            x = [(b >> 32) ^ x[1] ^ key[0], b & 0xFFFF_FFFF, (a >> 32) ^ x[3] ^ key[1], a & 0xFFFF_FFFF]
            key = [(key[0] + 0x9E37_79B9) & 0xFFFF_FFFF, (key[1] + 0xBB67_AE85) & 0xFFFF_FFFF]
        }
        let block = RandomGenerator.block(seed: seed, counter: counter)
        #expect((0..<4).map { UInt64(block[$0]) } == x)
    }

    @Test func theStateIsTwoNumbers() {
        let generator = RandomGenerator(seed: 9)
        _ = (generator.uniform(), generator.below(10), generator.permutation(5))
        let copy = RandomGenerator(seed: generator.seed, counter: generator.counter)
        #expect(copy.nextBlock() == generator.nextBlock())
        generator.restore(seed: 9)
        #expect(generator.nextBlock() == RandomGenerator(seed: 9).nextBlock())
        #expect(generator.reserve(blocks: 5) == 1)
        #expect(generator.reserve(blocks: -3) == 6)
        #expect(generator.counter == 6)
    }

    @Test func integersAreEvenlySpread() {
        let generator = RandomGenerator(seed: 4)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[generator.below(7)] += 1 }
        // The chi-squared value of six degrees of freedom exceeds 22.5 once in a thousand.
        #expect(counts.reduce(0.0) { $0 + Double(($1 - 10_000) * ($1 - 10_000)) / 10_000 } < 22.5)
        #expect(generator.below(1) == 0 && generator.below(0) == 0 && generator.below(-5) == 0)
    }

    @Test func permutationsHoldEachIndexOnce() {
        let generator = RandomGenerator(seed: 5)
        #expect(generator.permutation(100).sorted() == Array(0..<100))
        #expect(generator.permutation(100) != generator.permutation(100))
        #expect(generator.permutation(0) == [] && generator.permutation(-1) == [])
        var first = [Int](repeating: 0, count: 4)
        for _ in 0..<4000 { first[generator.permutation(4)[0]] += 1 }
        #expect(first.allSatisfy { (850...1150).contains($0) })
    }

    @Test func splitStreamsDiffer() {
        let generator = RandomGenerator(seed: 6)
        let (a, b) = (generator.split(), generator.split())
        #expect(a.seed != b.seed)
        #expect(a.nextBlock() != b.nextBlock())
    }
}
