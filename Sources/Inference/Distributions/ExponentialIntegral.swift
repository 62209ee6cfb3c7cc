import Foundation

/// The exponential integral, which the C library lacks.
enum ExponentialIntegral {
    /// e^x times the exponential integral of x > 0, the integral of e^(-x u) / (1 + u) over u > 0.
    ///
    /// By its series up to 1, by its continued fraction above (Abramowitz and Stegun 1964, 5.1.11 and 5.1.22).
    static func scaled(_ x: Double) -> Double {
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
