import Foundation
import Support

/// Random numbers of the gamma distribution.
public enum GammaNumbers {
    /// Draws of the gamma distributions of the rate 1 and of `concentrations`, which are positive.
    ///
    /// Number i depends on the seed, its concentration and i alone, and is not below the smallest normal number, so
    /// that it has a logarithm.
    public static func draw(
        count: Int, seed: UInt64, concentrations: UnsafePointer<Float>, out: UnsafeMutablePointer<Float>
    ) {
        ThreadPool.shared.run(count, ranges: 1 << 12) { range in
            for i in range {
                out[i] = max(Float(draw(Double(concentrations[i]), seed: seed, index: i)), .leastNormalMagnitude)
            }
        }
    }

    /// The blocks that each number has, one for each attempt; each attempt succeeds more often than 19 times in 20.
    private static let attempts: UInt64 = 1 << 12

    /// One draw, by the method of Marsaglia and Tsang, "A simple method for generating gamma variables", 2000.
    ///
    /// For a concentration a below 1 it is one for a + 1, times a uniform number to the power of 1 / a.
    private static func draw(_ a: Double, seed: UInt64, index: Int) -> Double {
        let d = (a < 1 ? a + 1 : a) - 1.0 / 3
        for attempt in 0..<attempts {
            let block = RandomGenerator.block(seed: seed, counter: UInt64(index) &* attempts &+ attempt)
            // Half a step is added, as the logarithm of 0 is infinite.
            func uniform(_ word: Int) -> Double { (Double(block[word]) + 0.5) * 0x1p-32 }
            let x = (-2 * log(uniform(0))).squareRoot() * cos(2 * .pi * uniform(1))
            let root = 1 + x / (9 * d).squareRoot()
            let v = root * root * root
            guard v > 0, log(uniform(2)) < x * x / 2 + d - d * v + d * log(v) else { continue }
            return d * v * (a < 1 ? pow(uniform(3), 1 / a) : 1)
        }
        return d
    }
}
