/// Half a vector: one AVX2 register.
typealias HalfVector = SIMD8<Float>

extension SIMD where Scalar == Float {
    /// The values from `pointer` on, at any address.
    @inline(__always)
    init(at pointer: UnsafePointer<Float>) { self = UnsafeRawPointer(pointer).loadUnaligned(as: Self.self) }

    /// The first `count` values from `pointer` on, and zeros in the other lanes.
    @inline(__always)
    init(at pointer: UnsafePointer<Float>, count: Int) {
        if count == Self.scalarCount {
            self.init(at: pointer)
        } else {
            self.init()
            for lane in 0..<count { self[lane] = pointer[lane] }
        }
    }

    /// Stores the values from `pointer` on, at any address.
    @inline(__always)
    func put(at pointer: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Self.self)
    }

    /// Stores the first `count` values.
    @inline(__always)
    func put(at pointer: UnsafeMutablePointer<Float>, count: Int) {
        if count == Self.scalarCount {
            put(at: pointer)
        } else {
            for lane in 0..<count { pointer[lane] = self[lane] }
        }
    }
}

extension UnsafePointer<Float> {
    /// The same memory as vectors; its address must be a multiple of 64.
    @inline(__always)
    var vectors: UnsafePointer<Vector> { UnsafeRawPointer(self).assumingMemoryBound(to: Vector.self) }
}

extension UnsafeMutablePointer<Float> {
    /// The same memory as vectors; its address must be a multiple of 64.
    @inline(__always)
    var vectors: UnsafeMutablePointer<Vector> { UnsafeMutableRawPointer(self).assumingMemoryBound(to: Vector.self) }
}

/// The transpose of 8 by 8 numbers: a perfect shuffle of the rows, done three times.
@inline(__always)
func transposed(_ rows: InlineArray<8, HalfVector>) -> InlineArray<8, HalfVector> { shuffled(shuffled(shuffled(rows))) }

/// The 64 numbers of 8 rows, those of the first four rows and those of the last four in turns.
@inline(__always)
private func shuffled(_ rows: InlineArray<8, HalfVector>) -> InlineArray<8, HalfVector> {
    [
        interleaved(rows[0].lowHalf, rows[4].lowHalf),
        interleaved(rows[0].highHalf, rows[4].highHalf),
        interleaved(rows[1].lowHalf, rows[5].lowHalf),
        interleaved(rows[1].highHalf, rows[5].highHalf),
        interleaved(rows[2].lowHalf, rows[6].lowHalf),
        interleaved(rows[2].highHalf, rows[6].highHalf),
        interleaved(rows[3].lowHalf, rows[7].lowHalf),
        interleaved(rows[3].highHalf, rows[7].highHalf),
    ]
}

/// The numbers of both vectors in turns.
@inline(__always)
private func interleaved(_ even: SIMD4<Float>, _ odd: SIMD4<Float>) -> HalfVector {
    var result = HalfVector.zero
    result.evenHalf = even
    result.oddHalf = odd
    return result
}
