/// The transpose of 16 by 16 numbers: four times, the rows of both halves are dealt out alternately.
@inline(__always)
func transposed(_ rows: InlineArray<16, Vector>) -> InlineArray<16, Vector> {
    var rows = rows
    for _ in 0..<4 {
        let old = rows
        for i in 0..<8 {
            rows[2 &* i].evenHalf = old[i].lowHalf
            rows[2 &* i].oddHalf = old[i &+ 8].lowHalf
            rows[2 &* i &+ 1].evenHalf = old[i].highHalf
            rows[2 &* i &+ 1].oddHalf = old[i &+ 8].highHalf
        }
    }
    return rows
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
