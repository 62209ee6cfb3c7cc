import Support

/// Random numbers written to memory; number i depends on the seed, the first counter and i alone.
///
/// Sixteen blocks of Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011) make 64
/// numbers: number 16 w + b of the 64 comes from word w of block b.
public enum RandomNumbers {
    private static let groupSize = 64
    /// A task's numbers: whole groups.
    private static let taskSize = 256 * groupSize

    /// The blocks of a generator that `count` numbers use up.
    public static func blocks(count: Int) -> Int { max(count, 0).pieces(of: groupSize) * 16 }

    /// Uniform numbers in [0, 1), of 23 bits.
    public static func uniform(count: Int, seed: UInt64, counter: UInt64, out: UnsafeMutablePointer<Float>) {
        fill(with: Uniform.self, count: count, seed: seed, counter: counter, out: out)
    }

    /// Normal numbers of mean 0 and variance 1, by Box and Muller's transform (1958).
    public static func normal(count: Int, seed: UInt64, counter: UInt64, out: UnsafeMutablePointer<Float>) {
        fill(with: Normal.self, count: count, seed: seed, counter: counter, out: out)
    }

    /// Numbers of the exponential distribution of the rate 1, from 6e-8 to 16.6.
    public static func exponential(count: Int, seed: UInt64, counter: UInt64, out: UnsafeMutablePointer<Float>) {
        fill(with: Exponential.self, count: count, seed: seed, counter: counter, out: out)
    }

    /// Calls `body` as tasks for pieces of the numbers that `normal` would write, with the index of a piece's first
    /// number and their count: for numbers that are used once and not kept.
    public static func withNormalPieces(
        count: Int, seed: UInt64, counter: UInt64,
        _ body: (_ index: Int, _ count: Int, _ numbers: UnsafePointer<Float>) -> Void
    ) {
        ThreadPool.shared.run(count, ranges: taskSize) { range in
            Scratch.withFloats(range.count) { numbers in
                normal(
                    count: range.count, seed: seed, counter: counter &+ UInt64(blocks(count: range.lowerBound)),
                    out: numbers)
                body(range.lowerBound, range.count, numbers)
            }
        }
    }

    /// 23 of the 32 random bits as a number in [0, 1).
    @inline(__always)
    private static func uniform(_ bits: Words) -> Vector {
        unsafeBitCast((bits &>> Words(repeating: 9)) | Words(repeating: 0x3F80_0000), to: Vector.self) - 1
    }

    private enum Uniform: Distribution {
        @inline(__always)
        static func numbers(_ a: Words, _ b: Words) -> (Vector, Vector) { (uniform(a), uniform(b)) }
    }

    private enum Normal: Distribution {
        @inline(__always)
        static func numbers(_ a: Words, _ b: Words) -> (Vector, Vector) {
            // Half a step is added, as the logarithm of 0 is infinite.
            let radius = VectorMath.squareRoot(VectorMath.log(uniform(a) + 0x1p-24) * -2)
            let (sine, cosine) = VectorMath.sineCosineOfTurns(uniform(b))
            return (radius * cosine, radius * sine)
        }
    }

    private enum Exponential: Distribution {
        @inline(__always)
        static func numbers(_ a: Words, _ b: Words) -> (Vector, Vector) { (waiting(a), waiting(b)) }

        // Half a step is added, as in `Normal`.
        @inline(__always)
        private static func waiting(_ bits: Words) -> Vector { -VectorMath.log(uniform(bits) + 0x1p-24) }
    }

    private static func fill<Numbers: Distribution>(
        with _: Numbers.Type, count: Int, seed: UInt64, counter: UInt64, out: UnsafeMutablePointer<Float>
    ) {
        ThreadPool.shared.run(count.pieces(of: groupSize), ranges: taskSize / groupSize) { groups in
            for group in groups {
                let words = philox(seed: seed, counter: counter &+ UInt64(group) &* 16)
                let first = Numbers.numbers(words.0, words.1)
                let second = Numbers.numbers(words.2, words.3)
                let start = group * groupSize
                store(first.0, out, start, count)
                store(first.1, out, start + 16, count)
                store(second.0, out, start + 32, count)
                store(second.1, out, start + 48, count)
            }
        }
    }

    @inline(__always)
    private static func store(_ value: Vector, _ out: UnsafeMutablePointer<Float>, _ start: Int, _ count: Int) {
        if start < count { VectorLoop.store(value, out + start, 1, min(16, count - start)) }
    }

    /// The four words of the blocks `counter` to `counter` + 15, as `RandomGenerator.block` makes them.
    @inline(__always)
    private static func philox(seed: UInt64, counter: UInt64) -> (Words, Words, Words, Words) {
        let even = philox(seed: seed, counters: Halves(repeating: counter) &+ Halves(0, 2, 4, 6, 8, 10, 12, 14))
        let odd = philox(seed: seed, counters: Halves(repeating: counter) &+ Halves(1, 3, 5, 7, 9, 11, 13, 15))
        @inline(__always)
        func words(_ even: Halves, _ odd: Halves) -> Words {
            let low = even & Halves(repeating: 0xFFFF_FFFF)
            return unsafeBitCast(low | (odd &<< Halves(repeating: 32)), to: Words.self)
        }
        return (words(even.0, odd.0), words(even.1, odd.1), words(even.2, odd.2), words(even.3, odd.3))
    }

    /// 32-bit numbers in 64 bits each: their full product is then a single instruction.
    private typealias Halves = SIMD8<UInt64>

    /// The four words of eight blocks.
    @inline(__always)
    private static func philox(seed: UInt64, counters: Halves) -> (Halves, Halves, Halves, Halves) {
        // Vectors on both sides: operations of a vector and a number are compiled one element at a time.
        let (lower, half) = (Halves(repeating: 0xFFFF_FFFF), Halves(repeating: 32))
        let factors = (Halves(repeating: 0xD251_1F53), Halves(repeating: 0xCD9E_8D57))
        let steps = (Halves(repeating: 0x9E37_79B9), Halves(repeating: 0xBB67_AE85))
        var keys = (Halves(repeating: seed & 0xFFFF_FFFF), Halves(repeating: seed >> 32))
        var (x0, x1, x2, x3) = (counters, counters &>> half, Halves.zero, Halves.zero)
        for _ in 0..<10 {
            let (first, second) = ((x0 & lower) &* factors.0, (x2 & lower) &* factors.1)
            (x0, x1, x2, x3) = (
                (second &>> half) ^ x1 ^ keys.0, second, (first &>> half) ^ x3 ^ keys.1, first
            )
            keys = (keys.0 &+ steps.0, keys.1 &+ steps.1)
        }
        return (x0, x1, x2, x3)
    }
}

private typealias Words = SIMD16<UInt32>

/// A distribution: makes two vectors of numbers from two vectors of words. It is a type because a closure would not be
/// inlined, and would be passed its vectors in pieces.
private protocol Distribution {
    static func numbers(_ a: Words, _ b: Words) -> (Vector, Vector)
}
