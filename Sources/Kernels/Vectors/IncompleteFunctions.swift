import Foundation

/// The regularised incomplete gamma and beta functions, in Double: the distribution functions of the gamma and the beta
/// distribution. Formulas are those of the NIST Digital Library of Mathematical Functions (DLMF).
public enum IncompleteFunctions {
    /// The share of the gamma distribution of concentration a and rate 1 that lies below x; NaN where a or x is
    /// negative, or where both are 0 or both are infinite.
    public static func gamma(_ a: Double, _ x: Double) -> Double {
        guard a >= 0, x >= 0, a + x > 0, a.isFinite || x.isFinite else { return .nan }
        if x == 0 || a == .infinity { return 0 }
        if a == 0 || x == .infinity { return 1 }
        if a > 1e5 { return largeGamma(a, x) }
        let factor = exp(a * log(x) - x - SpecialFunctions.logGamma(a))
        return x < a + 1 ? factor / a * series(a, x).value : 1 - factor * fraction(a, x).value
    }

    /// The density of that distribution at x, the derivative of `gamma` by x.
    public static func gammaDensity(_ a: Double, _ x: Double) -> Double {
        x < 0 ? .nan : exp((a == 1 ? 0 : (a - 1) * log(x)) - x - SpecialFunctions.logGamma(a))
    }

    /// The derivative of a draw x of that distribution by a, where the share below x is held: the implicit derivative
    /// (Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients", 2018).
    public static func gammaDrawSlope(_ a: Double, _ x: Double) -> Double {
        if a > 1000 { return largeDrawSlope(a, x) }
        // The derivative of the share by a is divided by the density, whose factors are left out of both.
        let isBelow = x < a + 1
        let (value, slope) = isBelow ? series(a, x) : fraction(a, x)
        let logarithm = log(x) - SpecialFunctions.digamma(isBelow ? a + 1 : a)
        return (isBelow ? -x / a : x) * (logarithm * value + slope)
    }

    /// The share of the beta distribution of the concentrations a and b that lies below x; NaN where a or b is not
    /// positive, or x is not within 0 to 1.
    public static func beta(_ a: Double, _ b: Double, _ x: Double) -> Double {
        guard a > 0, b > 0, a.isFinite, b.isFinite, x >= 0, x <= 1 else { return .nan }
        if x == 0 || x == 1 { return x }
        // DLMF 8.17.22 converges fast below the mean; above it 8.17.4 exchanges the ends.
        if x > (a + 1) / (a + b + 2) { return 1 - beta(b, a, 1 - x, x) }
        return beta(a, b, x, 1 - x)
    }

    /// The density of that distribution at x, the derivative of `beta` by x.
    public static func betaDensity(_ a: Double, _ b: Double, _ x: Double) -> Double {
        guard x >= 0, x <= 1 else { return .nan }
        let powers = (a == 1 ? 0 : (a - 1) * log(x)) + (b == 1 ? 0 : (b - 1) * log1p(-x))
        return exp(powers - logBeta(a, b))
    }

    private static func logBeta(_ a: Double, _ b: Double) -> Double {
        SpecialFunctions.logGamma(a) + SpecialFunctions.logGamma(b) - SpecialFunctions.logGamma(a + b)
    }

    /// `beta`, by the continued fraction, where `rest` is 1 - x.
    private static func beta(_ a: Double, _ b: Double, _ x: Double, _ rest: Double) -> Double {
        var result = continuedFraction(first: Dual(1)) { n in
            let m = Double(n / 2)
            let coefficient =
                n % 2 == 0
                ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
                : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            return (Dual(coefficient), Dual(1))
        }.value
        result *= exp(a * log(x) + b * log(rest) - logBeta(a, b)) / a
        return result
    }

    /// The sum of x^n / ((a + 1) ... (a + n)) over n from 0 (DLMF 8.11.4), and its derivative by a.
    private static func series(_ a: Double, _ x: Double) -> (value: Double, slope: Double) {
        var (term, harmonic, sum, slope) = (1.0, 0.0, 1.0, 0.0)
        var n = 0.0
        while term > 1e-17 * sum || n < x - a {
            n += 1
            term *= x / (a + n)
            harmonic += 1 / (a + n)
            sum += term
            slope -= term * harmonic
        }
        return (sum, slope)
    }

    /// 1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / ...)) (DLMF 8.9.2), and its derivative by a.
    private static func fraction(_ a: Double, _ x: Double) -> (value: Double, slope: Double) {
        let result = continuedFraction(first: Dual(x + 1 - a, -1)) { n in
            let k = Double(n)
            return (Dual(-k * (k - a), k), Dual(x + 1 - a + 2 * k, -1))
        }
        return (result.value, result.slope)
    }

    /// 1 / (b0 + a1 / (b1 + a2 / (b2 + ...))), where `terms` gives (an, bn) for n from 1 on, by the method of Lentz
    /// (1976, as modified by Thompson and Barnett, 1986).
    private static func continuedFraction(first: Dual, _ terms: (Int) -> (Dual, Dual)) -> Dual {
        var c = Dual(1e300)
        var d = Dual(1) / first
        var result = d
        // It takes some multiples of the root of a.
        for n in 1...100_000 {
            let (a, b) = terms(n)
            d = Dual(1) / (a * d + b).awayFromZero
            c = (b + a / c).awayFromZero
            let change = c * d
            result = result * change
            if (change.value - 1).magnitude < 1e-15, change.slope.magnitude < 1e-14 { break }
        }
        return result
    }

    /// `gamma` for large a, by the first term of Temme's expansion (DLMF 8.12.3 and 8.12.7); the next one is smaller by
    /// the factor a.
    private static func largeGamma(_ a: Double, _ x: Double) -> Double {
        let distance = x / a - 1
        let half = distance - log1p(distance)
        let eta = (2 * half).squareRoot() * (distance < 0 ? -1 : 1)
        let first =
            eta.magnitude < 0.01
            ? -1.0 / 3 + eta * (1.0 / 12 - eta * (2.0 / 135 - eta / 864)) : 1 / distance - 1 / eta
        return 0.5 * erfc(-eta * (a / 2).squareRoot()) - exp(-a * half) / (2 * Double.pi * a).squareRoot() * first
    }

    /// `gammaDrawSlope` for large a: x is the expansion of Cornish and Fisher (1938) of a normal number w, which is
    /// found by Newton's method and held.
    private static func largeDrawSlope(_ a: Double, _ x: Double) -> Double {
        let root = a.squareRoot()
        var w = (x - a) / root
        for _ in 0..<4 {
            let second = (w * w - 1) / 3 + (w * w - 7) * w / (36 * root) - fourth(w) / (810 * a)
            w -= (a + w * root + second - x) / (root + 2 * w / 3 + (3 * w * w - 7) / (36 * root))
        }
        return 1 + w / (2 * root) - (w * w - 7) * w / (72 * a * root) + fourth(w) / (810 * a * a)
    }

    private static func fourth(_ w: Double) -> Double { (3 * w * w + 7) * w * w - 16 }
}

/// A number, and its derivative.
private struct Dual {
    var value: Double
    var slope: Double

    init(_ value: Double, _ slope: Double = 0) { (self.value, self.slope) = (value, slope) }

    /// The number, or a tiny one where it is 0, as it is divided by.
    var awayFromZero: Dual { value.magnitude < 1e-300 ? Dual(1e-300, slope) : self }

    static func + (a: Dual, b: Dual) -> Dual { Dual(a.value + b.value, a.slope + b.slope) }

    static func * (a: Dual, b: Dual) -> Dual { Dual(a.value * b.value, a.slope * b.value + a.value * b.slope) }

    static func / (a: Dual, b: Dual) -> Dual {
        let quotient = a.value / b.value
        return Dual(quotient, (a.slope - quotient * b.slope) / b.value)
    }
}
