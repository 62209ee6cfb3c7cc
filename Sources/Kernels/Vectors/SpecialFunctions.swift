import Foundation

/// Functions of statistics that the C library lacks, in Double, one number at a time.
public enum SpecialFunctions {
    /// log |gamma(x)|; infinite at 0, -1, -2 ... and at both infinities.
    public static func logGamma(_ x: Double) -> Double {
        // The plain function writes the sign to a variable that all threads share.
        var sign: Int32 = 0
        return lgamma_r(x, &sign)
    }

    /// The number whose error function is x: infinite at -1 and 1, NaN beyond.
    public static func inverseErf(_ x: Double) -> Double {
        let size = x.magnitude
        guard size < 1 else { return size == 1 ? x * .infinity : .nan }
        // Winitzki's approximation ("A handy approximation for the error function and its inverse", 2008) is right to
        // 2e-3; two of Halley's steps, each of which triples the digits, make it right to the last.
        let (a, logarithm) = (0.147, log1p(-size * size))
        let half = 2 / (Double.pi * a) + logarithm / 2
        var y = max(0, (half * half - logarithm / a).squareRoot() - half).squareRoot()
        for _ in 0..<2 {
            // Near 1 the difference is that of the complements, which have more digits.
            let difference = size < 0.5 ? erf(y) - size : (1 - size) - erfc(y)
            let step = difference / erfSlope(y)
            y -= step / (1 + y * step)
        }
        return Double(signOf: x, magnitudeOf: y)
    }

    /// The derivative of the error function: 2 / sqrt(pi) e^(-x^2).
    public static func erfSlope(_ x: Double) -> Double { 2 / Double.pi.squareRoot() * exp(-x * x) }

    /// The derivative of log gamma(x); -infinity at 0, NaN at -1, -2 ...
    public static func digamma(_ x: Double) -> Double {
        if x == 0 { return -1 / x }
        // Abramowitz and Stegun 1964, equations 6.3.7 (reflection), 6.3.5 (recurrence) and 6.3.18 (asymptotic series).
        if x < 0 {
            let fraction = x - x.rounded(.towardZero)
            return fraction == 0 ? .nan : digamma(1 - x) - .pi / tan(.pi * fraction)
        }
        var (z, result) = (x, 0.0)
        while z < 10 {
            result -= 1 / z
            z += 1
        }
        let u = 1 / (z * z)
        let series = 1.0 / 12 - u * (1.0 / 120 - u * (1.0 / 252 - u * (1.0 / 240 - u * (1.0 / 132 - u * 691 / 32760))))
        return result + log(z) - 0.5 / z - u * series
    }

    /// The derivative of `digamma`; infinite at 0, -1, -2 ...
    public static func trigamma(_ x: Double) -> Double {
        // The same source, equations 6.4.7, 6.4.6 and 6.4.12.
        if x < 0 {
            let sine = sin(.pi * (x - x.rounded(.towardZero)))
            return .pi * .pi / (sine * sine) - trigamma(1 - x)
        }
        var (z, result) = (x, 0.0)
        while z < 10 {
            result += 1 / (z * z)
            z += 1
        }
        let u = 1 / (z * z)
        let series = 1.0 / 6 - u * (1.0 / 30 - u * (1.0 / 42 - u * (1.0 / 30 - u * (5.0 / 66 - u * 691 / 2730))))
        return result + 1 / z + u / 2 + u / z * series
    }
}

extension Vector {
    /// `function` of each lane, in Double: for functions whose speed does not matter.
    public func lanes(_ function: (Double) -> Double) -> Vector {
        var result = self
        for lane in indices { result[lane] = Float(function(Double(self[lane]))) }
        return result
    }

    /// `function` of each lane and that of `other`, in Double.
    public func lanes(_ other: Vector, _ function: (Double, Double) -> Double) -> Vector {
        var result = self
        for lane in indices { result[lane] = Float(function(Double(self[lane]), Double(other[lane]))) }
        return result
    }
}
