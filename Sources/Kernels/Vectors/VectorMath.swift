import CSystem

/// Elementary functions of sixteen floats at a time.
///
/// The polynomials are those of Cephes (Moshier 1992, single precision), except for the exponential. Errors are a few
/// units in the last place; the tests measure them against the Double functions of the C library.
public enum VectorMath {
    /// e^x; 0 below -103.97 and infinity above 88.72; NaN stays NaN.
    @inlinable @inline(__always)
    public static func exp(_ x: Vector) -> Vector {
        let (fraction, exponent) = expParts(clampedForExp(x))
        return scaled(fraction + 1, exponent)
    }

    /// x where it is positive, e^x - 1 elsewhere, without the loss of digits near 0.
    @inlinable @inline(__always)
    public static func elu(_ x: Vector) -> Vector {
        // Far below zero e^x - 1 rounds to -1. Limited to -32, the power of two stays in range.
        let below = larger(smaller(x, .zero), Vector(repeating: -32))
        // Adding 1.5 * 2^23 + 127 leaves the power's exponent in the low bits.
        let shifted = Vector(repeating: 12_583_039).addingProduct(below, Vector(repeating: 1.442_695_04))
        let factor = unsafeBitCast(unsafeBitCast(shifted, to: SIMD16<Int32>.self) &<< 23, to: Vector.self)
        // One step of the reduction is enough: its error is multiplied by the power of two, which is at most 1.
        let fraction = expFraction(below.addingProduct(shifted - 12_583_039, Vector(repeating: -0.693_147_18)))
        return larger(x, .zero) + (factor - 1).addingProduct(fraction, factor)
    }

    /// The gradient of x, from that of y = `elu(x)`; the error is at most 6e-8 of the gradient of y.
    @inlinable @inline(__always)
    public static func eluGradient(_ gradient: Vector, _ y: Vector) -> Vector { gradient * (smaller(y, .zero) + 1) }

    /// x where it is positive, 0 elsewhere; NaN stays NaN.
    @inlinable @inline(__always)
    public static func relu(_ x: Vector) -> Vector { larger(x, .zero) }

    /// The gradient of x, from that of y = `relu(x)`.
    @inlinable @inline(__always)
    public static func reluGradient(_ gradient: Vector, _ y: Vector) -> Vector {
        gradient.replacing(with: 0, where: y .<= 0)
    }

    /// x limited to the range in which `scaled` can make e^x.
    @inlinable @inline(__always)
    static func clampedForExp(_ x: Vector) -> Vector {
        smaller(larger(x, Vector(repeating: -104)), Vector(repeating: 89))
    }

    /// e^r - 1 and n, where x = r + n log 2 and |r| is at most half of log 2; |x| is at most 104.
    @inlinable @inline(__always)
    static func expParts(_ x: Vector) -> (fraction: Vector, exponent: SIMD16<Int32>) {
        // Adding 1.5 * 2^23 leaves the nearest integer in the low bits.
        let shifted = Vector(repeating: 12_582_912).addingProduct(x, Vector(repeating: 1.442_695_04))
        let n = shifted - 12_582_912
        let r = x.addingProduct(n, Vector(repeating: -0.693_359_375))
            .addingProduct(n, Vector(repeating: 2.121_944_4e-4))
        return (expFraction(r), unsafeBitCast(shifted, to: SIMD16<Int32>.self) &- 0x4B40_0000)
    }

    /// e^r - 1 for |r| of at most half of log 2, by the minimax polynomial of degree 6, whose error is at most 3e-9.
    @inlinable @inline(__always)
    static func expFraction(_ r: Vector) -> Vector {
        var p = Vector(repeating: 1.395_054_05e-3)
        p = Vector(repeating: 8.368_917_74e-3).addingProduct(p, r)
        p = Vector(repeating: 4.166_620_6e-2).addingProduct(p, r)
        p = Vector(repeating: 1.666_651_82e-1).addingProduct(p, r)
        p = Vector(repeating: 0.5).addingProduct(p, r)
        return r.addingProduct(p, r * r)
    }

    /// y 2^n, in two factors, so that results below the smallest normal number and above half the largest are right.
    @inlinable @inline(__always)
    static func scaled(_ y: Vector, _ n: SIMD16<Int32>) -> Vector {
        let half = n &>> 1
        return y * power(half) * power(n &- half)
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

    /// The gradient of x, from that of softplus(x): the product with 1 / (1 + e^-x), without a loss of digits far below
    /// 0.
    @inlinable @inline(__always)
    public static func softplusGradient(_ gradient: Vector, _ x: Vector) -> Vector {
        let e = exp(-absolute(x))
        return gradient * (Vector(repeating: 1).replacing(with: e, where: x .< 0) / (1 + e))
    }

    /// The hyperbolic tangent.
    @inlinable @inline(__always)
    public static func tanh(_ x: Vector) -> Vector {
        let large = 1 - 2 / (exp(x + x) + 1)
        let z = x * x
        var p = Vector(repeating: -5.704_988_7e-3)
        p = Vector(repeating: 2.063_908_9e-2).addingProduct(p, z)
        p = Vector(repeating: -5.373_971_2e-2).addingProduct(p, z)
        p = Vector(repeating: 1.333_144_2e-1).addingProduct(p, z)
        p = Vector(repeating: -3.333_328_2e-1).addingProduct(p, z)
        return large.replacing(with: x.addingProduct(p * z, x), where: absolute(x) .< 0.625)
    }

    /// log(1 + e^x), without overflow.
    @inlinable @inline(__always)
    public static func softplus(_ x: Vector) -> Vector {
        let e = exp(-absolute(x))
        let u = e + 1
        // The last term corrects the rounding of 1 + e to first order.
        return larger(x, .zero) + (log(u) + (e - (u - 1)) / u)
    }

    /// The square root.
    @inlinable @inline(__always)
    public static func squareRoot(_ x: Vector) -> Vector { lunette_square_root(x) }

    /// The larger of each two elements, a where either is NaN (Swift's own pointwiseMax is slow).
    @inlinable @inline(__always)
    public static func larger(_ a: Vector, _ b: Vector) -> Vector { a.replacing(with: b, where: b .> a) }

    /// The smaller of each two elements, a where either is NaN.
    @inlinable @inline(__always)
    public static func smaller(_ a: Vector, _ b: Vector) -> Vector { a.replacing(with: b, where: b .< a) }

    /// The absolute value.
    @inlinable @inline(__always)
    public static func absolute(_ x: Vector) -> Vector {
        unsafeBitCast(unsafeBitCast(x, to: SIMD16<UInt32>.self) & 0x7FFF_FFFF, to: Vector.self)
    }

    /// The sine and cosine of x radians; NaN where x is not finite.
    @inlinable @inline(__always)
    public static func sineCosine(_ x: Vector) -> (sine: Vector, cosine: Vector) {
        let isFar = .!(absolute(x) .<= 1e12)
        let near = x.replacing(with: 0, where: isFar)
        let (low, high) = (quarterTurns(near.lowHalf), quarterTurns(near.highHalf))
        let result = sineCosine(
            angle: Vector(lowHalf: low.angle, highHalf: high.angle),
            quarters: Vector(lowHalf: low.quarters, highHalf: high.quarters))
        return any(isFar) ? farSineCosine(x, isFar, result) : result
    }

    /// The sine and cosine of the marked elements, one by one: those that are too large for the reduction in Double.
    @inline(never) @usableFromInline
    static func farSineCosine(
        _ x: Vector, _ isFar: SIMDMask<SIMD16<Int32>>, _ others: (sine: Vector, cosine: Vector)
    ) -> (sine: Vector, cosine: Vector) {
        var result = others
        for lane in 0..<16 where isFar[lane] {
            result.sine[lane] = Float(lunette_sine(Double(x[lane])))
            result.cosine[lane] = Float(lunette_cosine(Double(x[lane])))
        }
        return result
    }

    /// x radians as an angle of at most an eighth of a turn plus 0 to 3 quarter turns, reduced in Double.
    @inlinable @inline(__always)
    static func quarterTurns(_ x: SIMD8<Float>) -> (angle: SIMD8<Float>, quarters: SIMD8<Float>) {
        let wide = SIMD8<Double>(x)
        let n = (wide * 0.636_619_772_367_581_3).rounded(.toNearestOrEven)
        // Subtracting n pi / 2 in two steps keeps the digits that one product would lose (Cody and Waite 1980).
        let angle = wide.addingProduct(n, SIMD8(repeating: -1.570_796_326_794_896_6))
            .addingProduct(n, SIMD8(repeating: -6.123_233_995_736_766e-17))
        let quarters = n - (n * 0.25).rounded(.down) * 4
        return (SIMD8<Float>(angle), SIMD8<Float>(quarters))
    }

    /// The sine and cosine of 2 pi x, for x in [0, 1].
    @inlinable @inline(__always)
    public static func sineCosineOfTurns(_ x: Vector) -> (sine: Vector, cosine: Vector) {
        let quarters = (x * 4).rounded(.toNearestOrEven)
        return sineCosine(
            angle: x.addingProduct(quarters, Vector(repeating: -0.25)) * 6.283_185_3,
            quarters: quarters.replacing(with: 0, where: quarters .== 4))
    }

    /// The sine and cosine of an angle of at most an eighth of a turn, plus 0 to 3 quarter turns.
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
        let swapped = (quarters .== 1) .| (quarters .== 3)
        let first = sine.replacing(with: cosine, where: swapped)
        let second = cosine.replacing(with: sine, where: swapped)
        return (
            first.replacing(with: -first, where: quarters .>= 2),
            second.replacing(with: -second, where: (quarters .== 1) .| (quarters .== 2))
        )
    }
}

/// Division with remainder, exact for quotients of any size.
extension VectorMath {
    /// x - y floor(x / y), which has the sign of y; NaN where y is 0 or x infinite.
    public static func remainder(_ x: Vector, _ y: Vector) -> Vector {
        let remainder = truncatedRemainder(x, y)
        return remainder.replacing(with: remainder + y, where: (remainder .!= 0) .& ((remainder .< 0) .^ (y .< 0)))
    }

    /// floor(x / y), as the exact quotient has it; x / y where y is 0.
    public static func floorQuotient(_ x: Vector, _ y: Vector) -> Vector {
        let remainder = truncatedRemainder(x, y)
        var quotient = (x - remainder) / y
        quotient.replace(with: quotient - 1, where: (remainder .!= 0) .& ((remainder .< 0) .^ (y .< 0)))
        // The quotient is an integer, except for its rounding.
        let floor = quotient.rounded(.down)
        var result = floor.replacing(with: floor + 1, where: quotient - floor .> 0.5)
        result.replace(with: x / y * 0, where: quotient .== 0)
        return result.replacing(with: x / y, where: y .== 0)
    }

    /// trunc(x / y), as the exact quotient has it; x / y where y is 0 or x infinite.
    public static func truncatedQuotient(_ x: Vector, _ y: Vector) -> Vector {
        let remainder = truncatedRemainder(x, y)
        // The quotient is an integer, except for its rounding.
        return ((x - remainder) / y).rounded(.toNearestOrEven).replacing(with: x / y, where: remainder .!= remainder)
    }

    /// The remainder of x / y with the sign of x.
    public static func truncatedRemainder(_ x: Vector, _ y: Vector) -> Vector {
        var result = x
        for lane in 0..<16 { result[lane] = x[lane].truncatingRemainder(dividingBy: y[lane]) }
        return result
    }
}
