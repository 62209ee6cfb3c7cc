import Foundation

/// Wilcoxon's signed-rank test, two-sided: whether paired observations differ, without assuming normal differences.
///
/// Follows SciPy 1.17.1's `wilcoxon(a, b, zero_method="wilcox", method="auto")`. Pairs without a difference are left
/// out of the ranks, and equal differences share the mean of their ranks. The p value is exact for up to 50 pairs if
/// there are neither zeros nor ties, and for up to 13 pairs in any case; otherwise it is that of a normal
/// approximation, its variance corrected for ties (Wilcoxon, "Individual comparisons by ranking methods", Biometrics
/// Bulletin 1, 1945). Where no pair differs, p is 1; SciPy gives nan there beyond 13 pairs.
public struct WilcoxonTest: Equatable, Sendable {
    /// The smaller of the rank sums of positive and of negative differences.
    public let statistic: Double
    /// The probability of such rank sums, or more extreme ones in either direction, if there were no difference.
    public let pValue: Double
    /// Whether the p value is exact, and not of the normal approximation.
    public let isExact: Bool

    /// Compares the observations `a` with their partners in `b`.
    ///
    /// With `continuityCorrection` (the default, as in R; SciPy's default is without) the rank sum goes half a unit
    /// towards its mean before the normal approximation. Throws where there are no pairs, one is incomplete, or a
    /// number is not finite.
    public init(_ a: [Double], _ b: [Double], continuityCorrection: Bool = true) throws(StatisticsError) {
        let differences = try PairedDifferences(a, b).values
        let ranks = SignedRanks(differences)
        let hasTiesOrZeros = ranks.ties > 0 || ranks.doubled.count < differences.count
        statistic = min(ranks.positive, ranks.negative)
        isExact = ranks.doubled.isEmpty || differences.count <= (hasTiesOrZeros ? 13 : 50)
        pValue = isExact ? Self.exact(ranks) : Self.normal(ranks, continuityCorrection: continuityCorrection)
    }

    private static func exact(_ ranks: SignedRanks) -> Double {
        let tails = ranks.tails
        return min(1, 2 * min(tails.atMost, tails.atLeast))
    }

    private static func normal(_ ranks: SignedRanks, continuityCorrection: Bool) -> Double {
        let n = Double(ranks.doubled.count)
        let mean = n * (n + 1) / 4
        let deviation = ((n * (n + 1) * (2 * n + 1) - ranks.ties / 2) / 24).squareRoot()
        let distance = abs(ranks.positive - mean)
        let corrected = continuityCorrection ? max(distance - 0.5, 0) : distance
        return erfc(corrected / deviation / 2.0.squareRoot())
    }
}
