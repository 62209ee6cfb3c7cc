import CSystem

/// Sixteen floats: one AVX-512 register, or several registers of a narrower machine.
public typealias Vector = SIMD16<Float>

/// Arithmetic that is a single instruction from the first pass of the compiler on.
///
/// Swift's own operators are loops over the lanes until late in the compiler, which therefore takes even short
/// functions of vectors for long ones: it calls them instead of inlining them, and passes their arguments in pieces.
extension Vector {
    /// The sums.
    @inlinable @inline(__always)
    public static func + (a: Vector, b: Vector) -> Vector { lunette_sum(a, b) }

    /// The differences.
    @inlinable @inline(__always)
    public static func - (a: Vector, b: Vector) -> Vector { lunette_difference(a, b) }

    /// The products.
    @inlinable @inline(__always)
    public static func * (a: Vector, b: Vector) -> Vector { lunette_product(a, b) }

    /// The quotients.
    @inlinable @inline(__always)
    public static func / (a: Vector, b: Vector) -> Vector { lunette_quotient(a, b) }

    /// The sums with a number.
    @inlinable @inline(__always)
    public static func + (a: Vector, b: Float) -> Vector { lunette_sum(a, Vector(repeating: b)) }

    /// The differences from a number.
    @inlinable @inline(__always)
    public static func - (a: Vector, b: Float) -> Vector { lunette_difference(a, Vector(repeating: b)) }

    /// The products with a number.
    @inlinable @inline(__always)
    public static func * (a: Vector, b: Float) -> Vector { lunette_product(a, Vector(repeating: b)) }

    /// The vector, with the lanes of another one where the mask is set.
    @inlinable @inline(__always)
    public func replacing(with other: Vector, where mask: SIMDMask<SIMD16<Int32>>) -> Vector {
        lunette_choice(unsafeBitCast(mask, to: SIMD16<Int32>.self), other, self)
    }

    /// The vector, with a number where the mask is set.
    @inlinable @inline(__always)
    public func replacing(with number: Float, where mask: SIMDMask<SIMD16<Int32>>) -> Vector {
        replacing(with: Vector(repeating: number), where: mask)
    }

    /// Takes the lanes of another vector where the mask is set.
    @inlinable @inline(__always)
    public mutating func replace(with other: Vector, where mask: SIMDMask<SIMD16<Int32>>) {
        self = replacing(with: other, where: mask)
    }

    /// Takes a number where the mask is set.
    @inlinable @inline(__always)
    public mutating func replace(with number: Float, where mask: SIMDMask<SIMD16<Int32>>) {
        self = replacing(with: number, where: mask)
    }

    /// The vector plus the products of two others, each rounded once.
    @inlinable @inline(__always)
    public func addingProduct(_ a: Vector, _ b: Vector) -> Vector { lunette_adding_product(self, a, b) }

    /// The first and the last eight lanes, as Doubles.
    @inline(__always)
    var wide: (low: SIMD8<Double>, high: SIMD8<Double>) { (lunette_widened(lowHalf), lunette_widened(highHalf)) }

    /// The sum of the lanes, in Double.
    @inline(__always)
    var wideSum: Double { (wide.low + wide.high).sum() }
}
