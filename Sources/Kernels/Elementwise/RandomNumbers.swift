import Support

/// Random numbers written to memory; number i depends on the seed, the first counter and i alone.
public enum RandomNumbers {
    private static let blocksPerTask = 4096

    /// The blocks of a generator that `count` numbers use up.
    public static func blocks(count: Int) -> Int { (count + 15) / 16 * 4 }

    /// Uniform numbers in [0, 1), of 23 bits.
    public static func uniform(count: Int, seed: UInt64, counter: UInt64, out: UnsafeMutablePointer<Float>) {
        fill(count: count, seed: seed, counter: counter, out: out) { a, _ in
            uniform(a)
        }
    }

    /// Normal numbers of mean 0 and variance 1, by Box and Muller's transform (1958).
    public static func normal(count: Int, seed: UInt64, counter: UInt64, out: UnsafeMutablePointer<Float>) {
        fill(count: count, seed: seed, counter: counter, out: out) { a, lane in
            // Lanes pair up as radius and angle: each pair of uniforms gives a pair of normals.
            let uniforms = uniform(a) + 0x1p-24
            let radius = (VectorMath.log(duplicate(uniforms.evenHalf)) * -2).squareRoot()
            let (sine, cosine) = VectorMath.sineCosineOfTurns(duplicate(uniforms.oddHalf))
            return radius * cosine.replacing(with: sine, where: lane)
        }
    }

    /// 23 of the 32 random bits as a number in [0, 1).
    @inline(__always)
    private static func uniform(_ bits: SIMD16<UInt32>) -> Vector {
        unsafeBitCast((bits &>> 9) | 0x3F80_0000, to: Vector.self) - 1
    }

    @inline(__always)
    private static func duplicate(_ half: SIMD8<Float>) -> Vector {
        var result = Vector.zero
        result.evenHalf = half
        result.oddHalf = half
        return result
    }

    @inline(__always)
    private static func fill(
        count: Int, seed: UInt64, counter: UInt64, out: UnsafeMutablePointer<Float>,
        _ function: (SIMD16<UInt32>, SIMDMask<SIMD16<Int32>>) -> Vector
    ) {
        var odd = SIMDMask<SIMD16<Int32>>(repeating: false)
        for lane in stride(from: 1, to: 16, by: 2) { odd[lane] = true }
        let groups = (count + 15) / 16
        let perTask = blocksPerTask / 4
        ThreadPool.shared.run((groups + perTask - 1) / perTask) { task in
            for group in task * perTask..<min((task + 1) * perTask, groups) {
                let value = function(philox(seed: seed, counter: counter &+ UInt64(group) &* 4), odd)
                let start = group * 16
                Rows.store(value, out + start, 1, min(16, count - start))
            }
        }
    }

    /// Four blocks of Philox 4x32-10 from `counter` on; block b's word w is lane 4 b + w.
    @inline(__always)
    private static func philox(seed: UInt64, counter: UInt64) -> SIMD16<UInt32> {
        var result = SIMD16<UInt32>.zero
        for block in 0..<4 {
            let words = RandomGenerator.block(seed: seed, counter: counter &+ UInt64(block))
            for word in 0..<4 { result[4 * block + word] = words[word] }
        }
        return result
    }
}
