import Support

/// Random numbers written to memory; number i depends on the seed, the first counter and i alone.
///
/// Sixteen blocks of Philox 4x32-10 make 64 numbers: number 16 w + b of the 64 comes of word w of block b.
public enum RandomNumbers {
    private typealias Words = SIMD16<UInt32>
    private static let groupSize = 64
    private static let groupsPerTask = 256

    /// The blocks of a generator that `count` numbers use up.
    public static func blocks(count: Int) -> Int { (max(count, 0) + groupSize - 1) / groupSize * 16 }

    /// Uniform numbers in [0, 1), of 23 bits.
    public static func uniform(count: Int, seed: UInt64, counter: UInt64, out: UnsafeMutablePointer<Float>) {
        fill(count: count, seed: seed, counter: counter, out: out) { a, b in (uniform(a), uniform(b)) }
    }

    /// Normal numbers of mean 0 and variance 1, by Box and Muller's transform (1958).
    public static func normal(count: Int, seed: UInt64, counter: UInt64, out: UnsafeMutablePointer<Float>) {
        fill(count: count, seed: seed, counter: counter, out: out) { a, b in
            // The logarithm's argument is moved off 0.
            let radius = VectorMath.squareRoot(VectorMath.log(uniform(a) + 0x1p-24) * -2)
            let (sine, cosine) = VectorMath.sineCosineOfTurns(uniform(b))
            return (radius * cosine, radius * sine)
        }
    }

    /// Calls `body` for pieces of the numbers that `normal` would write, on the threads of the pool, with the place of a
    /// piece's first number and how many there are: for numbers that are used once and not kept.
    public static func withNormalPieces(
        count: Int, seed: UInt64, counter: UInt64,
        _ body: (_ place: Int, _ count: Int, _ numbers: UnsafePointer<Float>) -> Void
    ) {
        let piece = groupSize * groupsPerTask
        ThreadPool.shared.run((count + piece - 1) / piece) { task in
            let place = task * piece
            let length = min(piece, count - place)
            Scratch.withFloats(length) { numbers in
                normal(
                    count: length, seed: seed, counter: counter &+ UInt64(blocks(count: place)), out: numbers)
                body(place, length, numbers)
            }
        }
    }

    /// 23 of the 32 random bits as a number in [0, 1).
    @inline(__always)
    private static func uniform(_ bits: Words) -> Vector {
        unsafeBitCast((bits &>> 9) | 0x3F80_0000, to: Vector.self) - 1
    }

    /// Makes two vectors of numbers of each two vectors of words.
    @inline(__always)
    private static func fill(
        count: Int, seed: UInt64, counter: UInt64, out: UnsafeMutablePointer<Float>,
        _ function: (Words, Words) -> (Vector, Vector)
    ) {
        let groups = (count + groupSize - 1) / groupSize
        ThreadPool.shared.run((groups + groupsPerTask - 1) / groupsPerTask) { task in
            for group in task * groupsPerTask..<min((task + 1) * groupsPerTask, groups) {
                let words = philox(seed: seed, counter: counter &+ UInt64(group) &* 16)
                let first = function(words.0, words.1)
                let second = function(words.2, words.3)
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
        if start < count { Rows.store(value, out + start, 1, min(16, count - start)) }
    }

    /// The four words of the blocks `counter` to `counter` + 15, as `RandomGenerator.block` makes them.
    @inline(__always)
    private static func philox(seed: UInt64, counter: UInt64) -> (Words, Words, Words, Words) {
        var (x0, x1, x2, x3) = (Words.zero, Words.zero, Words.zero, Words.zero)
        for lane in 0..<16 {
            let place = counter &+ UInt64(lane)
            x0[lane] = UInt32(truncatingIfNeeded: place)
            x1[lane] = UInt32(truncatingIfNeeded: place >> 32)
        }
        var key0 = UInt32(truncatingIfNeeded: seed)
        var key1 = UInt32(truncatingIfNeeded: seed >> 32)
        for _ in 0..<10 {
            let (high0, low0) = product(x0, 0xD251_1F53)
            let (high1, low1) = product(x2, 0xCD9E_8D57)
            (x0, x1, x2, x3) = (high1 ^ x1 ^ key0, low1, high0 ^ x3 ^ key1, low0)
            key0 &+= 0x9E37_79B9
            key1 &+= 0xBB67_AE85
        }
        return (x0, x1, x2, x3)
    }

    /// The high and low words of the products with `factor`, made of even and odd lanes as 64-bit numbers.
    @inline(__always)
    private static func product(_ x: Words, _ factor: UInt64) -> (high: Words, low: Words) {
        let pairs = unsafeBitCast(x, to: SIMD8<UInt64>.self)
        let even = (pairs & 0xFFFF_FFFF) &* SIMD8(repeating: factor)
        let odd = (pairs &>> 32) &* SIMD8(repeating: factor)
        let high = (even &>> 32) | (odd & 0xFFFF_FFFF_0000_0000)
        let low = (even & 0xFFFF_FFFF) | (odd &<< 32)
        return (unsafeBitCast(high, to: Words.self), unsafeBitCast(low, to: Words.self))
    }
}
