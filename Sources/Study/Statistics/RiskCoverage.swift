/// How well uncertainties tell bad cases from good ones: the risk of the cases that are kept while the most uncertain
/// ones are given to somebody else.
///
/// With n cases in the order of their uncertainties, the selective risk at coverage i / n is the mean risk of the first
/// i (Geifman and El-Yaniv, "Selective classification for deep neural networks", NeurIPS 2017). The area under the
/// curve is the mean of the n selective risks, AURC, and its excess over that of the best order, by the risks
/// themselves, E-AURC (Geifman et al., "Bias-reduced uncertainty estimation for deep neural classifiers", ICLR 2019).
/// Kahl et al. ("ValUES", ICLR 2024) judge segmentations by them, the risk being 1 - Dice; their code takes the
/// trapezoids from coverage 1 / n to 1, which is less by half the first and the last risk over n.
///
/// Cases of equal uncertainty have no order: each counts with the mean risk of all of them, which is the mean over all
/// orders.
public struct RiskCoverage: Equatable, Sendable {
    /// A point of the curve.
    public struct Point: Equatable, Sendable {
        /// The share of cases that are kept.
        public let coverage: Double
        /// Their mean risk.
        public let risk: Double
    }

    /// The curve, from one case kept to all of them.
    public let curve: [Point]
    /// The area under the curve, AURC.
    public let area: Double
    /// Its excess over that of the best order, E-AURC; 0 or more.
    public let excessArea: Double

    /// Takes the `risks` of cases, such as 1 - Dice, and their `uncertainties`, larger where a case is less sure.
    ///
    /// Throws where there are no cases, one is incomplete, or a number is not finite.
    public init(risks: [Double], uncertainties: [Double]) throws(StatisticsError) {
        guard !risks.isEmpty else { throw .parameter("risks", value: "empty", expected: "at least one number") }
        guard risks.count == uncertainties.count else {
            throw .parameter(
                "uncertainties", value: "\(uncertainties.count) numbers", expected: "\(risks.count), as of 'risks'")
        }
        for (name, values) in [("risks", risks), ("uncertainties", uncertainties)] {
            guard let index = values.firstIndex(where: { !$0.isFinite }) else { continue }
            throw .parameter(name, value: "\(values[index]) of case \(index + 1)", expected: "a finite number")
        }
        curve = Self.curve(risks, by: uncertainties)
        area = Self.area(under: curve)
        // Rounding could make the difference of two equal areas negative.
        excessArea = max(area - Self.area(under: Self.curve(risks, by: risks)), 0)
    }

    private static func curve(_ risks: [Double], by uncertainties: [Double]) -> [Point] {
        let order = risks.indices.sorted { (uncertainties[$0], risks[$0]) < (uncertainties[$1], risks[$1]) }
        var points: [Point] = []
        var (start, sum) = (0, 0.0)
        while start < order.count {
            var end = start
            var tied = 0.0
            while end < order.count, uncertainties[order[end]] == uncertainties[order[start]] {
                tied += risks[order[end]]
                end += 1
            }
            for kept in (start + 1)...end {
                let selected = sum + tied * Double(kept - start) / Double(end - start)
                points.append(
                    Point(coverage: Double(kept) / Double(order.count), risk: selected / Double(kept)))
            }
            sum += tied
            start = end
        }
        return points
    }

    private static func area(under curve: [Point]) -> Double {
        curve.reduce(0) { $0 + $1.risk } / Double(curve.count)
    }
}
