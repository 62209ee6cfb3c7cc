import Kernels

/// Student's t distribution in Double, as tests and intervals need it (`Distributions.StudentT` is one of tensors, in
/// single precision).
struct TDistribution {
    /// The degrees of freedom, above 0.
    let degreesOfFreedom: Double

    /// The probability of numbers that are at least `distance` away from 0, on either side: the regularised incomplete
    /// beta function of n / 2, 1 / 2 and n / (n + t^2) (NIST Digital Library of Mathematical Functions, 8.17).
    func tails(beyond distance: Double) -> Double {
        let quotient = degreesOfFreedom / (degreesOfFreedom + distance * distance)
        return IncompleteFunctions.beta(degreesOfFreedom / 2, 0.5, quotient)
    }

    /// The distance from 0 within which the share `level` lies, above 0 and less than 1; found by bisection.
    func distance(within level: Double) -> Double {
        var (low, high) = (0.0, 1.0)
        while tails(beyond: high) > 1 - level, high.isFinite { (low, high) = (high, 2 * high) }
        // Each step gains a bit of the 53 that there are, the first ones perhaps none.
        for _ in 0..<60 {
            let middle = low + (high - low) / 2
            if tails(beyond: middle) > 1 - level { low = middle } else { high = middle }
        }
        return high
    }
}
