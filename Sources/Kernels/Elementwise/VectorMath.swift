/// Sixteen floats: one AVX-512 register, or a few of a narrower machine.
public typealias Vector = SIMD16<Float>

/// Elementary functions of sixteen floats at a time.
///
/// The polynomials are those of Cephes (Moshier 1992, single precision): errors are a few units in the last place,
/// which the tests measure against the Double functions of the C library.
public enum VectorMath {
    /// e^x; 0 below -103.97 and infinity above 88.72; NaN stays NaN.
    @inlinable @inline(__always)
    public static func exp(_ x: Vector) -> Vector {
        let clamped = pointwiseMin(pointwiseMax(x, Vector(repeating: -104)), Vector(repeating: 89))
        // Adding 1.5 * 2^23 leaves the nearest integer in the low bits.
        let shifted = Vector(repeating: 12_582_912).addingProduct(clamped, Vector(repeating: 1.442_695_04))
        let n = shifted - 12_582_912
        let r = clamped.addingProduct(n, Vector(repeating: -0.693_359_375))
            .addingProduct(n, Vector(repeating: 2.121_944_4e-4))
        var p = Vector(repeating: 1.987_569_15e-4)
        p = Vector(repeating: 1.398_199_95e-3).addingProduct(p, r)
        p = Vector(repeating: 8.333_451_9e-3).addingProduct(p, r)
        p = Vector(repeating: 4.166_579_6e-2).addingProduct(p, r)
        p = Vector(repeating: 1.666_666_55e-1).addingProduct(p, r)
        p = Vector(repeating: 5.000_000_1e-1).addingProduct(p, r)
        let y = (r + 1).addingProduct(p, r * r)
        // 2^n in two factors, so that results below the smallest normal number and above half the largest are right.
        let exponent = unsafeBitCast(shifted, to: SIMD16<Int32>.self) &- 0x4B40_0000
        let half = exponent &>> 1
        let scaled = y * power(half) * power(exponent &- half)
        return scaled.replacing(with: x, where: x .!= x)
    }

    /// 2^n for n in -126 ... 127.
    @inlinable @inline(__always)
    static func power(_ n: SIMD16<Int32>) -> Vector {
        unsafeBitCast((n &+ 127) &<< 23, to: Vector.self)
    }

    /// The natural logarithm; -infinity at 0, NaN below.
    @inlinable @inline(__always)
    public static func log(_ x: Vector) -> Vector {
        // Subnormal numbers are scaled into the normal range first.
        let tiny = x .< Float.leastNormalMagnitude
        let scaled = x.replacing(with: x * 0x1p23, where: tiny)
        let bits = unsafeBitCast(scaled, to: SIMD16<Int32>.self)
        var exponent = small(integers: (bits &>> 23) & 0xFF) - 126
        exponent.replace(with: exponent - 23, where: tiny)
        var m = unsafeBitCast((bits & 0x007F_FFFF) | 0x3F00_0000, to: Vector.self)
        let low = m .< 0.707_106_77
        exponent.replace(with: exponent - 1, where: low)
        m.replace(with: m + m, where: low)
        let r = m - 1
        let z = r * r
        var p = Vector(repeating: 7.037_683_6e-2)
        p = Vector(repeating: -1.151_461_03e-1).addingProduct(p, r)
        p = Vector(repeating: 1.167_699_87e-1).addingProduct(p, r)
        p = Vector(repeating: -1.242_014_08e-1).addingProduct(p, r)
        p = Vector(repeating: 1.424_932_28e-1).addingProduct(p, r)
        p = Vector(repeating: -1.666_805_77e-1).addingProduct(p, r)
        p = Vector(repeating: 2.000_071_48e-1).addingProduct(p, r)
        p = Vector(repeating: -2.499_999_4e-1).addingProduct(p, r)
        p = Vector(repeating: 3.333_333_1e-1).addingProduct(p, r)
        var y = p * r * z
        y = y.addingProduct(exponent, Vector(repeating: -2.121_944_4e-4))
        y = y.addingProduct(z, Vector(repeating: -0.5))
        var result = (r + y).addingProduct(exponent, Vector(repeating: 0.693_359_375))
        result.replace(with: x, where: x .== .infinity)
        result.replace(with: -.infinity, where: x .== 0)
        result.replace(with: .nan, where: (x .< 0) .| (x .!= x))
        return result
    }

    /// Integers in 0 ..< 2^23 as floats.
    @inlinable @inline(__always)
    static func small(integers: SIMD16<Int32>) -> Vector {
        unsafeBitCast(integers | 0x4B00_0000, to: Vector.self) - 8_388_608
    }

    /// 1 / (1 + e^-x).
    @inlinable @inline(__always)
    public static func sigmoid(_ x: Vector) -> Vector { 1 / (1 + exp(-x)) }

    /// The hyperbolic tangent.
    @inlinable @inline(__always)
    public static func tanh(_ x: Vector) -> Vector {
        let magnitude = pointwiseMin(absolute(x), Vector(repeating: 20))
        let e = exp(magnitude + magnitude)
        let large = 1 - 2 / (e + 1)
        let z = x * x
        var p = Vector(repeating: -5.704_988_7e-3)
        p = Vector(repeating: 2.063_908_9e-2).addingProduct(p, z)
        p = Vector(repeating: -5.373_971_2e-2).addingProduct(p, z)
        p = Vector(repeating: 1.333_144_2e-1).addingProduct(p, z)
        p = Vector(repeating: -3.333_328_2e-1).addingProduct(p, z)
        let small = x.addingProduct(p * z, x)
        let signed = large.replacing(with: -large, where: x .< 0)
        return signed.replacing(with: small, where: absolute(x) .< 0.625).replacing(with: x, where: x .!= x)
    }

    /// log(1 + e^x), without overflow.
    @inlinable @inline(__always)
    public static func softplus(_ x: Vector) -> Vector {
        let e = exp(-absolute(x))
        // log(1 + e) loses e below half a unit of 1: the series takes over there.
        let tail = log(1 + e).replacing(with: e - e * e * 0.5, where: e .< 1e-4)
        return pointwiseMax(x, .zero) + tail
    }

    /// The absolute value.
    @inlinable @inline(__always)
    public static func absolute(_ x: Vector) -> Vector {
        unsafeBitCast(unsafeBitCast(x, to: SIMD16<UInt32>.self) & 0x7FFF_FFFF, to: Vector.self)
    }

    /// x to the power of `exponent`: repeated products for whole numbers from -4 to 4, else exp(exponent log x).
    @inlinable @inline(__always)
    public static func power(_ x: Vector, _ exponent: Float) -> Vector {
        guard exponent.rounded() == exponent, exponent.magnitude <= 4 else {
            return power(x, Vector(repeating: exponent))
        }
        var product = Vector(repeating: 1)
        for _ in 0..<Int(exponent.magnitude) { product *= x }
        return exponent < 0 ? 1 / product : product
    }

    /// x to the power of y: exp(y log x), so NaN for negative x; 1 where y is 0.
    @inlinable @inline(__always)
    public static func power(_ x: Vector, _ y: Vector) -> Vector {
        exp(y * log(x)).replacing(with: 1, where: y .== 0)
    }

    /// The sine and cosine of x radians; exact arguments up to some thousands of turns.
    @inlinable @inline(__always)
    public static func sineCosine(_ x: Vector) -> (sine: Vector, cosine: Vector) {
        let quarters = (x * 0.636_619_77).rounded(.toNearestOrEven)
        // x - quarters pi / 2 in three steps keeps the digits that one product would lose (Cody and Waite 1980).
        var rest = x.addingProduct(quarters, Vector(repeating: -1.570_312_5))
        rest = rest.addingProduct(quarters, Vector(repeating: -4.837_512_97e-4))
        rest = rest.addingProduct(quarters, Vector(repeating: -7.549_79e-8))
        let turn = quarters * 0.25
        let fraction = turn - turn.rounded(.down)
        return sineCosine(angle: rest, quarters: fraction * 4)
    }

    /// The sine and cosine of 2 pi x, for x in [0, 1].
    @inlinable @inline(__always)
    public static func sineCosineOfTurns(_ x: Vector) -> (sine: Vector, cosine: Vector) {
        // The nearest quarter turn, and the angle left, within an eighth of a turn.
        let shifted = Vector(repeating: 12_582_912).addingProduct(x, Vector(repeating: 4))
        let quarter = shifted - 12_582_912
        return sineCosine(
            angle: x.addingProduct(quarter, Vector(repeating: -0.25)) * 6.283_185_3, quarters: quarter)
    }

    /// The sine and cosine of an angle of at most an eighth of a turn, plus 0 to 4 quarter turns.
    @inlinable @inline(__always)
    static func sineCosine(angle: Vector, quarters: Vector) -> (sine: Vector, cosine: Vector) {
        let z = angle * angle
        var s = Vector(repeating: -1.951_529_6e-4)
        s = Vector(repeating: 8.332_160_9e-3).addingProduct(s, z)
        s = Vector(repeating: -1.666_665_5e-1).addingProduct(s, z)
        let sine = angle.addingProduct(s * z, angle)
        var c = Vector(repeating: 2.443_315_7e-5)
        c = Vector(repeating: -1.388_731_6e-3).addingProduct(c, z)
        c = Vector(repeating: 4.166_664_6e-2).addingProduct(c, z)
        let cosine = (c * z * z).addingProduct(z, Vector(repeating: -0.5)) + 1
        let q = unsafeBitCast(quarters + 12_582_912, to: SIMD16<Int32>.self) & 3
        let swap = (q & 1) .== 1
        let first = sine.replacing(with: cosine, where: swap)
        let second = cosine.replacing(with: sine, where: swap)
        return (
            first.replacing(with: -first, where: q .> 1),
            second.replacing(with: -second, where: (q .== 1) .| (q .== 2))
        )
    }
}
