import CSystem

/// Powers, computed in Double so that the result is right to its last digit for every exponent.
extension VectorMath {
    /// x to the power of `exponent`; by multiplication, division and square roots for the integers from -4 to 4, 0.5
    /// and -0.5.
    @inlinable @inline(__always)
    public static func power(_ x: Vector, _ exponent: Float) -> Vector {
        if exponent.magnitude == 0.5 { return exponent < 0 ? 1 / squareRoot(x) : squareRoot(x) }
        guard exponent.magnitude <= 4, exponent.rounded() == exponent else {
            return power(x, Vector(repeating: exponent))
        }
        let factor = exponent < 0 ? 1 / x : x
        var product = Vector(repeating: 1)
        for _ in 0..<Int(exponent.magnitude) { product *= factor }
        return product
    }

    /// x to the power of y, by the rules of C: 1 for y = 0 and for x = 1, NaN for finite x < 0 where y is not an
    /// integer.
    @inlinable @inline(__always)
    public static func power(_ x: Vector, _ y: Vector) -> Vector {
        let size = absolute(x)
        var result = Vector(
            lowHalf: power(size.lowHalf, y.lowHalf), highHalf: power(size.highHalf, y.highHalf))
        // (-1)^inf is 1 too, as all large floats are even.
        result.replace(with: 1, where: (size .== 1) .& (absolute(y) .== .infinity))
        let isNegative = unsafeBitCast(x, to: SIMD16<Int32>.self) .< 0
        let half = y * 0.5
        let isWhole = y.rounded(.down) .== y
        let isOdd = isWhole .& (half.rounded(.down) .!= half)
        result.replace(with: -result, where: isNegative .& isOdd)
        result.replace(with: .nan, where: (x .< 0) .& (size .< .infinity) .& .!isWhole)
        result.replace(with: 1, where: (y .== 0) .| (x .== 1))
        return result
    }

    /// x to the power of y for x that is not negative: exp(y log x).
    @inlinable @inline(__always)
    static func power(_ x: SIMD8<Float>, _ y: SIMD8<Float>) -> SIMD8<Float> {
        lunette_narrowed(exp(lunette_widened(y) * log(lunette_widened(x))))
    }

    /// The natural logarithm of floats that are not negative, to 13 digits; -infinity at 0.
    @inlinable @inline(__always)
    static func log(_ x: SIMD8<Double>) -> SIMD8<Double> {
        // x = m 2^e with m in 0.75 ..< 1.5; as a Double no float is subnormal.
        let bits = unsafeBitCast(x, to: SIMD8<Int64>.self)
        let shift = (bits &- 0x3FE8_0000_0000_0000) &>> 52
        let m = unsafeBitCast(bits &- (shift &<< 52), to: SIMD8<Double>.self)
        // The integer as a Double: its bits, added to those of 1.5 * 2^52, make 1.5 * 2^52 + e.
        let e = unsafeBitCast(shift &+ 0x4338_0000_0000_0000, to: SIMD8<Double>.self) - 0x1.8p52
        // log m = 2 artanh s, where |s| is at most 1/5.
        let s = (m - 1) / (m + 1)
        let z = s * s
        var p = SIMD8<Double>(repeating: 2.0 / 17)
        p = SIMD8(repeating: 2.0 / 15).addingProduct(p, z)
        p = SIMD8(repeating: 2.0 / 13).addingProduct(p, z)
        p = SIMD8(repeating: 2.0 / 11).addingProduct(p, z)
        p = SIMD8(repeating: 2.0 / 9).addingProduct(p, z)
        p = SIMD8(repeating: 2.0 / 7).addingProduct(p, z)
        p = SIMD8(repeating: 2.0 / 5).addingProduct(p, z)
        p = SIMD8(repeating: 2.0 / 3).addingProduct(p, z)
        p = SIMD8(repeating: 2.0).addingProduct(p, z)
        var result = (s * p).addingProduct(e, SIMD8(repeating: 0.693_147_180_559_945_3))
        result.replace(with: -.infinity, where: x .== 0)
        result.replace(with: x, where: .!(x .< .infinity))
        return result
    }

    /// e^x to 12 digits; e^-200 and e^200 for x beyond, where floats are 0 and infinite.
    @inlinable @inline(__always)
    static func exp(_ x: SIMD8<Double>) -> SIMD8<Double> {
        let held = x.replacing(with: -200, where: x .< -200).replacing(with: 200, where: x .> 200)
        // Adding 1.5 * 2^52 leaves the nearest integer in the low bits.
        let shifted = SIMD8(repeating: 0x1.8p52).addingProduct(held, SIMD8(repeating: 1.442_695_040_888_963_4))
        let r = held.addingProduct(shifted - 0x1.8p52, SIMD8(repeating: -0.693_147_180_559_945_3))
        var p = SIMD8<Double>(repeating: 1.0 / 3_628_800)
        p = SIMD8(repeating: 1.0 / 362_880).addingProduct(p, r)
        p = SIMD8(repeating: 1.0 / 40_320).addingProduct(p, r)
        p = SIMD8(repeating: 1.0 / 5040).addingProduct(p, r)
        p = SIMD8(repeating: 1.0 / 720).addingProduct(p, r)
        p = SIMD8(repeating: 1.0 / 120).addingProduct(p, r)
        p = SIMD8(repeating: 1.0 / 24).addingProduct(p, r)
        p = SIMD8(repeating: 1.0 / 6).addingProduct(p, r)
        p = SIMD8(repeating: 0.5).addingProduct(p, r)
        p = SIMD8(repeating: 1).addingProduct(p, r)
        p = SIMD8(repeating: 1).addingProduct(p, r)
        let power = (unsafeBitCast(shifted, to: SIMD8<Int64>.self) &+ 1023) &<< 52
        return p * unsafeBitCast(power, to: SIMD8<Double>.self)
    }
}
