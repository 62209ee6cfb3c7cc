import Foundation
import Support

/// Functions of numbers in Double that densities need and the C library lacks, or keeps with a global state.
enum SpecialFunctions {
    /// The logarithm of the gamma function at x > 0, by Stirling's series (Abramowitz and Stegun 1964, 6.1.41).
    static func logGamma(_ x: Double) -> Double {
        var (shifted, product) = (x, 1.0)
        // The series is exact to 1e-14 from 9 on.
        while shifted < 9 {
            product *= shifted
            shifted += 1
        }
        let square = 1 / (shifted * shifted)
        let series = 1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square / 1188)))
        return (shifted - 0.5) * log(shifted) - shifted + 0.5 * log(2 * Double.pi) + series / shifted - log(product)
    }

    /// The derivative of `logGamma` at x > 0 (Abramowitz and Stegun 1964, 6.3.5 and 6.3.18).
    static func digamma(_ x: Double) -> Double {
        var (shifted, sum) = (x, 0.0)
        while shifted < 9 {
            sum -= 1 / shifted
            shifted += 1
        }
        let square = 1 / (shifted * shifted)
        let series = 1.0 / 12 - square * (1.0 / 120 - square * (1.0 / 252 - square * (1.0 / 240 - square / 132)))
        return sum + log(shifted) - 0.5 / shifted - square * series
    }

    /// e^x times the exponential integral of x > 0, the integral of e^(-x u) / (1 + u) over u > 0.
    ///
    /// By its series up to 1, by its continued fraction above (Abramowitz and Stegun 1964, 5.1.11 and 5.1.22).
    static func scaledExponentialIntegral(_ x: Double) -> Double {
        guard x > 1 else {
            var (term, sum) = (1.0, 0.0)
            for k in 1...20 {
                term *= -x / Double(k)
                sum -= term / Double(k)
            }
            let eulerGamma = 0.577_215_664_901_532_9
            return exp(x) * (sum - log(x) - eulerGamma)
        }
        // Evaluated from the end, and far enough for single precision: 60 terms at 1, fewer above.
        var fraction = 0.0
        for k in stride(from: x > 8 ? 20 : 60, to: 0, by: -1) {
            let n = Double(k)
            fraction = n / (1 + n / (x + fraction))
        }
        return 1 / (x + fraction)
    }
}

extension RandomGenerator {
    /// A normal number of mean 0 and variance 1, by Box and Muller's transform (1958).
    func normal() -> Double {
        let radius = (-2 * log(1 - Double(uniform()))).squareRoot()
        return radius * cos(2 * Double.pi * Double(uniform()))
    }

    /// A number of the gamma distribution of the given shape above 0 and scale 1, by rejection: Marsaglia and Tsang
    /// (2000).
    func gamma(shape: Double) -> Double {
        // A shape below 1 is reached from the next one by a power of a uniform number.
        let boost = shape < 1 ? pow(1 - Double(uniform()), 1 / shape) : 1
        let d = max(shape, shape < 1 ? shape + 1 : shape) - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while !Interrupt.isRequested {
            let x = normal()
            let v = pow(1 + c * x, 3)
            guard v > 0 else { continue }
            if log(1 - Double(uniform())) < 0.5 * x * x + d * (1 - v + log(v)) { return boost * d * v }
        }
        return shape
    }
}
