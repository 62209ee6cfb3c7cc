import CSystem

/// Loops over one row of elements, sixteen at a time where the strides allow.
///
/// The last elements of a row go through the same vector function as the rest, so an element's bits do not depend on
/// its index.
public enum VectorLoop {
    /// Sixteen elements from `pointer`, or fewer at a row's end, `stride` apart.
    @usableFromInline @_transparent
    static func load(_ pointer: UnsafePointer<Float>, _ stride: Int, _ count: Int) -> Vector {
        if stride == 0 { return Vector(repeating: pointer[0]) }
        if stride == 1, count == 16 { return UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self) }
        return loadSome(pointer, stride, count)
    }

    /// Stores the first `count` lanes at `pointer`, `stride` apart.
    @usableFromInline @_transparent
    static func store(_ value: Vector, _ pointer: UnsafeMutablePointer<Float>, _ stride: Int, _ count: Int) {
        if stride == 1, count == 16 {
            UnsafeMutableRawPointer(pointer).storeBytes(of: value, as: Vector.self)
        } else {
            storeSome(value, pointer, stride, count)
        }
    }

    // These two are functions of their own because inlined they would make loops so long that the compiler no longer
    // inlines the function of the elements, and calls it for every vector.
    @inline(never)
    @usableFromInline
    static func loadSome(_ pointer: UnsafePointer<Float>, _ stride: Int, _ count: Int) -> Vector {
        // The loop over a number of lanes that is not known keeps the vector in memory, and takes ten times as long.
        if count == 16 { return lunette_gathered(pointer, stride) }
        var result = Vector.zero
        for lane in 0..<count { result[lane] = pointer[lane &* stride] }
        return result
    }

    @inline(never)
    @usableFromInline
    static func storeSome(_ value: Vector, _ pointer: UnsafeMutablePointer<Float>, _ stride: Int, _ count: Int) {
        if count == 16 { return lunette_scatter(value, pointer, stride) }
        for lane in 0..<count { pointer[lane &* stride] = value[lane] }
    }

    /// Calls `body` for every sixteen of `count` elements, and for those that remain.
    ///
    /// Whole vectors have a loop of their own, in which the number of lanes is a constant.
    @inline(__always)
    static func forEachVector(_ count: Int, _ body: (_ first: Int, _ lanes: Int) -> Void) {
        var first = 0
        while first &+ 16 <= count {
            body(first, 16)
            first &+= 16
        }
        if first < count { body(first, count &- first) }
    }

    /// Calls `body` for every sixteen of `count` elements, and for those that remain, with the index of the first.
    ///
    /// Where all operands are dense, whole vectors have a loop of their own: `isDense` is then a constant, and the
    /// strides that it replaces are, too.
    @usableFromInline @_transparent
    static func forEachVector(
        _ count: Int, dense: Bool, _ body: (_ first: Int, _ isDense: Bool, _ lanes: Int) -> Void
    ) {
        var first = 0
        if dense {
            while first &+ 16 <= count {
                body(first, true, 16)
                first &+= 16
            }
        }
        while first < count {
            body(first, false, min(16, count &- first))
            first &+= 16
        }
    }

    /// The elements of a row from `first` on, whose stride is 1 where `isDense`.
    @usableFromInline @_transparent
    static func load(
        _ row: UnsafePointer<Float>, _ stride: Int, from first: Int, _ isDense: Bool, _ count: Int
    ) -> Vector {
        isDense ? load(row + first, 1, count) : load(row + first &* stride, stride, count)
    }

    /// Stores elements of a row from `first` on.
    @usableFromInline @_transparent
    static func store(
        _ value: Vector, _ row: UnsafeMutablePointer<Float>, _ stride: Int, from first: Int, _ isDense: Bool,
        _ count: Int
    ) {
        if isDense { store(value, row + first, 1, count) } else { store(value, row + first &* stride, stride, count) }
    }

    /// out[i] = function(a[i]).
    @_transparent
    public static func map(
        _ n: Int, out: UnsafeMutablePointer<Float>, _ outStride: Int, a: UnsafePointer<Float>, _ aStride: Int,
        _ function: (Vector) -> Vector
    ) {
        forEachVector(n, dense: outStride == 1 && aStride == 1) { i, isDense, count in
            let x = load(a, aStride, from: i, isDense, count)
            store(function(x), out, outStride, from: i, isDense, count)
        }
    }

    /// out[i] = function(a[i], b[i]).
    @_transparent
    public static func map(
        _ n: Int, out: UnsafeMutablePointer<Float>, _ outStride: Int, a: UnsafePointer<Float>, _ aStride: Int,
        b: UnsafePointer<Float>, _ bStride: Int, _ function: (Vector, Vector) -> Vector
    ) {
        forEachVector(n, dense: outStride == 1 && aStride == 1 && bStride == 1) { i, isDense, count in
            let x = load(a, aStride, from: i, isDense, count)
            let y = load(b, bStride, from: i, isDense, count)
            store(function(x, y), out, outStride, from: i, isDense, count)
        }
    }

    /// out[i] = function(a[i], b[i], c[i]).
    @_transparent
    public static func map(
        _ n: Int, out: UnsafeMutablePointer<Float>, _ outStride: Int, a: UnsafePointer<Float>, _ aStride: Int,
        b: UnsafePointer<Float>, _ bStride: Int, c: UnsafePointer<Float>, _ cStride: Int,
        _ function: (Vector, Vector, Vector) -> Vector
    ) {
        forEachVector(n, dense: outStride == 1 && aStride == 1 && bStride == 1 && cStride == 1) { i, isDense, count in
            let x = load(a, aStride, from: i, isDense, count)
            let y = load(b, bStride, from: i, isDense, count)
            let z = load(c, cStride, from: i, isDense, count)
            store(function(x, y, z), out, outStride, from: i, isDense, count)
        }
    }

    /// The sum of a row: 64 partial sums of at most 16 elements each, which are then added up in Double.
    public static func sum(_ n: Int, _ a: UnsafePointer<Float>, _ stride: Int) -> Double {
        var wide = SIMD8<Double>.zero
        var i = 0
        while i &+ 64 <= n {
            let end = min(i &+ 1024, n &- 63)
            var (s0, s1, s2, s3) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
            while i < end {
                let elements = a + i &* stride
                s0 += load(elements, stride, 16)
                s1 += load(elements + 16 &* stride, stride, 16)
                s2 += load(elements + 32 &* stride, stride, 16)
                s3 += load(elements + 48 &* stride, stride, 16)
                i &+= 64
            }
            wide += (SIMD8(s0.lowHalf) + SIMD8(s0.highHalf)) + (SIMD8(s1.lowHalf) + SIMD8(s1.highHalf))
            wide += (SIMD8(s2.lowHalf) + SIMD8(s2.highHalf)) + (SIMD8(s3.lowHalf) + SIMD8(s3.highHalf))
        }
        var total = wide.sum()
        while i < n {
            total += Double(a[i &* stride])
            i &+= 1
        }
        return total
    }
}

/// A row of elements, and where the results go.
///
/// An operation passes on a function of rows that contains its function of elements, such as `{ $0.map { $0 * $0 } }`:
/// the compiler then inlines the function of elements in the loop over the row. Passed on itself, it would be called
/// for every sixteen elements.
public struct UnaryLoop {
    @usableFromInline let count: Int
    @usableFromInline let out: UnsafeMutablePointer<Float>
    @usableFromInline let outStride: Int
    @usableFromInline let a: UnsafePointer<Float>
    @usableFromInline let aStride: Int

    /// The row of `count` elements that begins at `a`.
    public init(
        count: Int, out: UnsafeMutablePointer<Float>, _ outStride: Int, a: UnsafePointer<Float>, _ aStride: Int
    ) {
        (self.count, self.out, self.outStride, self.a, self.aStride) = (count, out, outStride, a, aStride)
    }

    /// out[i] = function(a[i]).
    @_transparent
    public func map(_ function: (Vector) -> Vector) {
        VectorLoop.map(count, out: out, outStride, a: a, aStride, function)
    }
}

/// A row of pairs of elements, and where the results go.
public struct BinaryLoop {
    @usableFromInline let first: UnaryLoop
    @usableFromInline let b: UnsafePointer<Float>
    @usableFromInline let bStride: Int

    /// The row of `count` pairs that begins at `a` and `b`.
    public init(
        count: Int, out: UnsafeMutablePointer<Float>, _ outStride: Int, a: UnsafePointer<Float>, _ aStride: Int,
        b: UnsafePointer<Float>, _ bStride: Int
    ) {
        first = UnaryLoop(count: count, out: out, outStride, a: a, aStride)
        (self.b, self.bStride) = (b, bStride)
    }

    /// out[i] = function(a[i], b[i]).
    @_transparent
    public func map(_ function: (Vector, Vector) -> Vector) {
        VectorLoop.map(
            first.count, out: first.out, first.outStride, a: first.a, first.aStride, b: b, bStride, function)
    }
}
