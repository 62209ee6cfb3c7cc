/// Half a vector.
typealias HalfVector = SIMD8<Float>

/// The transpose of 8 by 8 numbers: three times, the rows of both halves are dealt out alternately.
@inline(__always)
func transposed(_ rows: InlineArray<8, HalfVector>) -> InlineArray<8, HalfVector> { dealt(dealt(dealt(rows))) }

/// Rows 0 and 4, 1 and 5 and so on, number by number.
@inline(__always)
private func dealt(_ rows: InlineArray<8, HalfVector>) -> InlineArray<8, HalfVector> {
    [
        alternating(rows[0].lowHalf, rows[4].lowHalf),
        alternating(rows[0].highHalf, rows[4].highHalf),
        alternating(rows[1].lowHalf, rows[5].lowHalf),
        alternating(rows[1].highHalf, rows[5].highHalf),
        alternating(rows[2].lowHalf, rows[6].lowHalf),
        alternating(rows[2].highHalf, rows[6].highHalf),
        alternating(rows[3].lowHalf, rows[7].lowHalf),
        alternating(rows[3].highHalf, rows[7].highHalf),
    ]
}

/// The numbers of both, in turns.
@inline(__always)
private func alternating(_ even: SIMD4<Float>, _ odd: SIMD4<Float>) -> HalfVector {
    var result = HalfVector.zero
    result.evenHalf = even
    result.oddHalf = odd
    return result
}

extension HalfVector {
    /// The first `count` values from `pointer` on, up to 8, and zeros.
    @inline(__always)
    init(_ pointer: UnsafePointer<Float>, count: Int) {
        self = .zero
        if count == 8 {
            self = Self(at: pointer)
        } else {
            for lane in 0..<count { self[lane] = pointer[lane] }
        }
    }

    /// Stores the first `count` values, up to 8.
    @inline(__always)
    func put(at pointer: UnsafeMutablePointer<Float>, count: Int) {
        if count == 8 {
            put(at: pointer)
        } else {
            for lane in 0..<count { pointer[lane] = self[lane] }
        }
    }
}

extension SIMD where Scalar == Float {
    /// The values from `pointer` on.
    @inline(__always)
    init(at pointer: UnsafePointer<Float>) { self = UnsafeRawPointer(pointer).loadUnaligned(as: Self.self) }

    /// Stores the values from `pointer` on.
    @inline(__always)
    func put(at pointer: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Self.self)
    }
}

extension UnsafePointer<Float> {
    /// The 16 values from `offset` on.
    @inline(__always)
    func unalignedVector(_ offset: Int) -> Vector {
        UnsafeRawPointer(self + offset).loadUnaligned(as: Vector.self)
    }

    /// The same memory as vectors; its address must be a multiple of 64.
    @inline(__always)
    var vectors: UnsafePointer<Vector> { UnsafeRawPointer(self).assumingMemoryBound(to: Vector.self) }

    /// The first `count` values, up to 16, and zeros.
    @inline(__always)
    func vector(count: Int) -> Vector {
        if count == 16 { return unalignedVector(0) }
        var vector = Vector.zero
        for lane in 0..<count { vector[lane] = self[lane] }
        return vector
    }
}

extension UnsafeMutablePointer<Float> {
    /// The same memory as vectors; its address must be a multiple of 64.
    @inline(__always)
    var vectors: UnsafeMutablePointer<Vector> { UnsafeMutableRawPointer(self).assumingMemoryBound(to: Vector.self) }

    /// Stores the first `count` values, up to 16.
    @inline(__always)
    func store(_ vector: Vector, count: Int) {
        if count == 16 {
            UnsafeMutableRawPointer(self).storeBytes(of: vector, as: Vector.self)
        } else {
            for lane in 0..<count { self[lane] = vector[lane] }
        }
    }
}
