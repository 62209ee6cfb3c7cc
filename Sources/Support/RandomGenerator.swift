/// A source of random numbers that is a function of its seed and a counter: Philox 4x32-10 (Salmon et al., "Parallel
/// random numbers: as easy as 1, 2, 3", SC 2011).
///
/// Block k of a stream can be computed without blocks 0 ..< k, so threads fill parts of one tensor and the result does
/// not depend on how many there are. The state is two numbers, which checkpoints keep.
public final class RandomGenerator {
    /// The seed, which chooses the stream.
    public private(set) var seed: UInt64
    /// The number of 128-bit blocks used so far.
    public private(set) var counter: UInt64

    /// Makes a generator at the start of the stream `seed`, or at a counter that was kept.
    public init(seed: UInt64, counter: UInt64 = 0) {
        self.seed = seed
        self.counter = counter
    }

    /// Goes back to the start of the stream `seed`, or to a state that was kept.
    public func restore(seed: UInt64, counter: UInt64 = 0) {
        self.seed = seed
        self.counter = counter
    }

    /// Reserves `blocks` blocks of four 32-bit numbers, and returns the counter of the first.
    public func reserve(blocks: Int) -> UInt64 {
        let first = counter
        counter &+= UInt64(max(blocks, 0))
        return first
    }

    /// A seed made of another and a name: the 64-bit FNV-1a hash (Fowler, Noll and Vo; draft-eastlake-fnv) of `seed`, 8
    /// bytes, the lowest first, and `name` in UTF-8.
    public static func seed(_ seed: UInt64, for name: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: seed >> (8 * $0)) } + Array(name.utf8)
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }

    /// A new generator whose stream is chosen by this one's next block.
    public func split() -> RandomGenerator {
        let block = nextBlock()
        return RandomGenerator(seed: UInt64(block[0]) | UInt64(block[1]) << 32)
    }

    /// The next four 32-bit numbers.
    public func nextBlock() -> SIMD4<UInt32> { Self.block(seed: seed, counter: reserve(blocks: 1)) }

    /// A uniform number in [0, 1), of 23 bits.
    public func uniform() -> Float { Float(nextBlock()[0] >> 9) * 0x1p-23 }

    /// A uniform integer in 0 ..< bound; 0 where the bound is not positive.
    public func below(_ bound: Int) -> Int {
        guard bound > 1 else { return 0 }
        let block = nextBlock()
        let wide = UInt64(block[0]) | UInt64(block[1]) << 32
        return Int(wide.multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A permutation of 0 ..< count (Fisher and Yates).
    public func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<max(count, 0))
        for i in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(i, below(i + 1)) }
        return order
    }

    /// The block of four 32-bit numbers at `counter` in the stream `seed`.
    @inlinable
    public static func block(seed: UInt64, counter: UInt64) -> SIMD4<UInt32> {
        var x0 = UInt32(truncatingIfNeeded: counter)
        var x1 = UInt32(truncatingIfNeeded: counter >> 32)
        var x2: UInt32 = 0
        var x3: UInt32 = 0
        var key0 = UInt32(truncatingIfNeeded: seed)
        var key1 = UInt32(truncatingIfNeeded: seed >> 32)
        for _ in 0..<10 {
            let product0 = UInt64(x0) &* 0xD251_1F53
            let product1 = UInt64(x2) &* 0xCD9E_8D57
            let high0 = UInt32(truncatingIfNeeded: product0 >> 32)
            let high1 = UInt32(truncatingIfNeeded: product1 >> 32)
            (x0, x1, x2, x3) = (
                high1 ^ x1 ^ key0, UInt32(truncatingIfNeeded: product1), high0 ^ x3 ^ key1,
                UInt32(truncatingIfNeeded: product0)
            )
            key0 &+= 0x9E37_79B9
            key1 &+= 0xBB67_AE85
        }
        return SIMD4(x0, x1, x2, x3)
    }
}
