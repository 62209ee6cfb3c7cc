import CSystem

/// Sixteen pairs, triples or quadruples of numbers that lie one after another in memory: the first, second, ... number
/// of each is read or replaced by shuffles of whole vectors.
enum InterleavedRow {
    /// The number `index`, 0 or 1, of each pair from `source` on.
    @inline(__always)
    static func pairs(_ source: UnsafePointer<Float>, _ index: Int) -> Vector {
        lunette_every_second(Vector(at: source), Vector(at: source + 16), index)
    }

    /// Replaces that number.
    @inline(__always)
    static func setPairs(_ target: UnsafeMutablePointer<Float>, _ index: Int, _ value: Vector) {
        let (first, second) = paired(value, pairs(target, 1 &- index), index)
        first.put(at: target)
        second.put(at: target + 16)
    }

    /// Both halves of pairs of which `value` has the number `index`, and `other` the other one.
    @inline(__always)
    private static func paired(_ value: Vector, _ other: Vector, _ index: Int) -> (first: Vector, second: Vector) {
        let (even, odd) = index == 0 ? (value, other) : (other, value)
        return (lunette_in_turns(even, odd, 0), lunette_in_turns(even, odd, 1))
    }

    /// The number `index`, from 0 to 2, of each triple from `source` on.
    ///
    /// As 3 and 16 have no divisor in common, each of the sixteen lies in a lane of its own of three vectors.
    @inline(__always)
    static func triples(_ source: UnsafePointer<Float>, _ index: Int) -> Vector {
        let together = Vector(at: source)
            .replacing(with: Vector(at: source + 16), where: lanes(of: index, in: 1))
            .replacing(with: Vector(at: source + 32), where: lanes(of: index, in: 2))
        return lunette_every_third(together, index)
    }

    /// Replaces that number.
    @inline(__always)
    static func setTriples(_ target: UnsafeMutablePointer<Float>, _ index: Int, _ value: Vector) {
        let apart = lunette_to_every_third(value, index)
        for part in 0..<3 {
            let place = target + 16 &* part
            Vector(at: place).replacing(with: apart, where: lanes(of: index, in: part)).put(at: place)
        }
    }

    /// The lanes of the vector `part` of three that hold the number `index` of a triple.
    @inline(__always)
    private static func lanes(of index: Int, in part: Int) -> SIMDMask<SIMD16<Int32>> {
        let remainders = SIMD16<Int32>(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0)
        // 16 leaves 1 when it is divided by 3, so each vector begins one later.
        return remainders .== SIMD16(repeating: Int32(truncatingIfNeeded: (index &- part &+ 3) % 3))
    }

    /// The number `index`, from 0 to 3, of each quadruple from `source` on: a pair of pairs.
    @inline(__always)
    static func quadruples(_ source: UnsafePointer<Float>, _ index: Int) -> Vector {
        lunette_every_second(pairs(source, index & 1), pairs(source + 32, index & 1), index &>> 1)
    }

    /// Replaces that number.
    @inline(__always)
    static func setQuadruples(_ target: UnsafeMutablePointer<Float>, _ index: Int, _ value: Vector) {
        let (inner, outer) = (index & 1, index &>> 1)
        let other = lunette_every_second(pairs(target, inner), pairs(target + 32, inner), 1 &- outer)
        let (first, second) = paired(value, other, outer)
        setPairs(target, inner, first)
        setPairs(target + 32, inner, second)
    }
}
