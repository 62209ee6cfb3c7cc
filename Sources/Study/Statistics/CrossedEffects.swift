/// The mean of differences that were measured on several volumes in several splits, how far it may be off, and whether
/// it is 0.
///
/// The model of the difference in split s on volume v is delta + a_s + b_v + e_sv, with independent normal parts of
/// mean 0: what a split has in common on all its volumes, as all were predicted after the same training; what a volume
/// has in common in all splits; and the rest. Any volumes may be tested in any splits. The mean of all values is the
/// estimate of delta; its variance is that of the estimated parts (`VarianceComponents`), and delta is within the
/// interval of the t distribution with Satterthwaite's degrees of freedom.
///
/// On studies made up from the model, of 5 to 20 splits, intervals at 0.95 held in 93.6 to 96.8 % (most where only the
/// rest varies); of two splits in 92 to 100 % (`CrossedCoverageTests` has the setting).
///
/// Where there is one split, what differs between splits cannot be seen: the interval is then for that split, over
/// volumes. Where there is one volume, it is for that volume.
public struct CrossedEffects: Equatable, Sendable {
    /// The mean of the values.
    public let mean: Double
    /// The interval's lower end.
    public let low: Double
    /// The interval's upper end.
    public let high: Double
    /// The probability of such a mean, or one further from 0, if delta were 0.
    ///
    /// Where all values are the same, which leaves no variance to judge by, it is that of the sign test: 1 for values
    /// of 0, and for others 2 / 2^k, where k is the number of splits or of volumes, whichever is less but above 1.
    public let pValue: Double
    /// The standard error of the mean; 0 where all values are the same.
    public let standardError: Double
    /// The degrees of freedom of the standard error, 1 or more; k - 1 where all values are the same.
    public let degreesOfFreedom: Double
    /// The variance between splits; nil where there is one split.
    public let splitVariance: Double?
    /// The variance between volumes; nil where there is one volume.
    public let volumeVariance: Double?
    /// The variance of the rest. It holds what cannot be told from it: that of splits where each has one volume, and
    /// that of volumes where each is in one split.
    public let residualVariance: Double
    /// The number of splits; where it is 1, all is for that split.
    public let splitCount: Int
    /// The number of volumes; where it is 1, all is for that volume.
    public let volumeCount: Int

    /// Takes the differences, and the names of split and volume of each, for an interval at `level` (default 0.95).
    ///
    /// Throws where there are fewer than two values, one is incomplete, not finite or beyond 1e100, a volume is twice
    /// in a split, there are more than 4,000 splits and volumes together, the level is not between 0 and 1, or the user
    /// asked to stop.
    public init(
        _ values: [Double], splits: [some Hashable], volumes: [some Hashable], level: Double = 0.95
    ) throws(StatisticsError) {
        guard level > 0, level < 1 else {
            throw .parameter("level", value: "\(level)", expected: "a number between 0 and 1")
        }
        guard values.count > 1 else {
            throw .parameter("values", value: "a list of \(values.count)", expected: "at least two numbers")
        }
        for (name, count) in [("splits", splits.count), ("volumes", volumes.count)] where count != values.count {
            throw .parameter(name, value: "a list of \(count)", expected: "\(values.count), as of 'values'")
        }
        if let index = values.firstIndex(where: { !($0.magnitude <= 1e100) }) {
            throw .parameter(
                "values", value: "\(values[index]) at index \(index + 1)", expected: "finite numbers of at most 1e100")
        }
        let design = try CrossedDesign(splits: splits, volumes: volumes)
        (splitCount, volumeCount) = (design.splitCount, design.volumeCount)
        // Differences from one of them, in units of the largest, so that no square is too large or too small.
        let distances = values.map { $0 - values[0] }
        let unit = distances.reduce(0) { max($0, $1.magnitude) }
        let centre = values[0] + distances.reduce(0, +) / design.count
        mean = centre
        var variances = SIMD3<Double>.zero
        if unit > 0 {
            let fit = VarianceComponents.fitted(design.sumsOfSquares(distances.map { $0 / unit }), design)
            variances = fit.estimates * (unit * unit)
            standardError = fit.varianceOfMean.squareRoot() * unit
            degreesOfFreedom = try fit.degreesOfFreedom()
            let distribution = TDistribution(degreesOfFreedom: degreesOfFreedom)
            let half = distribution.distance(within: level) * standardError
            (low, high) = (centre - half, centre + half)
            pValue = distribution.tails(beyond: centre / standardError)
        } else {
            let units = [splitCount, volumeCount].filter { $0 > 1 }.min() ?? 2
            (low, high, standardError, degreesOfFreedom) = (centre, centre, 0, Double(units - 1))
            pValue = centre == 0 ? 1 : 2 * Double(sign: .plus, exponent: -units, significand: 1)
        }
        splitVariance = splitCount > 1 ? variances.x : nil
        volumeVariance = volumeCount > 1 ? variances.y : nil
        residualVariance = variances.z
    }
}
