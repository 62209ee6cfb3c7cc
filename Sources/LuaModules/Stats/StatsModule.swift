import LuaBridge
import Study
import Tensors

/// The numbers of a sample: a list, or the elements of a tensor.
private typealias Sample = LuaEither<[Double], Tensor>

extension LuaEither where First == [Double], Second == Tensor {
    /// The numbers, in order.
    fileprivate var numbers: [Double] {
        get throws(TensorError) {
            switch self {
            case .first(let list): list
            case .second(let tensor): try tensor.numbers().map(Double.init)
            }
        }
    }
}

/// The names of splits or volumes: texts or whole numbers.
private typealias Names = [LuaEither<String, Int>]

extension LuaEither where First == String, Second == Int {
    /// The name as text; a number is the same as its text.
    fileprivate var text: String {
        switch self {
        case .first(let text): text
        case .second(let number): "\(number)"
        }
    }
}

private let a = Parameter("a", Sample.self, "the scores of one method: a list or a tensor")
private let b = Parameter("b", Sample.self, "those of the other on the same volumes, in the same order")

extension LuaModule {
    /// `stats`: whether paired scores differ, and whether uncertainty tells which are bad.
    public static let stats = LuaModule(
        "stats",
        "Statistics of scores: whether one method is better than another, by how much, and whether it knows when it fails.",
        functions: [wilcoxon, holm, bootstrap, crossedEffects, riskCoverage])

    private static let wilcoxon = LuaFunction(
        "wilcoxon",
        """
        Wilcoxon's signed-rank test, two-sided, by the rules of SciPy 1.17.1: exact for up to 50 pairs, with zeros or \
        ties for up to 13; otherwise a normal approximation.
        """, a, b,
        Option(
            "correction", Bool.self, default: true,
            "whether the normal approximation has a continuity correction (SciPy's default is without)"),
        returns: "a table with the fields statistic (the smaller rank sum) and p",
        example: "stats.wilcoxon({0.7, 0.8, 0.6}, {0.5, 0.5, 0.2}).p == 0.25"
    ) { a, b, correction in
        let test = try WilcoxonTest(a.numbers, b.numbers, continuityCorrection: correction)
        return ["statistic": test.statistic, "p": test.pValue]
    }

    private static let holm = LuaFunction(
        "holm",
        "Corrects p values for their number by Holm's step-down method: below 0.05, all of them are established together.",
        Parameter("p", Sample.self, "the p values of all comparisons that are made: a list or a tensor"),
        returns: "list of the corrected p values, in the same order",
        example: "local p = stats.holm({0.01, 0.04, 0.03}); assert(p[1] == 0.03 and p[2] == 0.06 and p[3] == 0.06)"
    ) { p in try HolmCorrection(p.numbers).pValues }

    private static let bootstrap = LuaFunction(
        "bootstrap", "The mean of a - b, and its bootstrap interval: percentiles of the means of pairs drawn again.", a,
        b,
        Option(
            "resamples", Int.self, in: .between(1, 1e7), default: 10_000,
            "how often as many pairs as there are are drawn"),
        Option("level", Double.self, in: .part, default: 0.95, "the share of those means that is within the interval"),
        GeneratorOption(), returns: "a table with the fields mean, low and high",
        example: "stats.bootstrap({3, 4}, {1, 2}, {resamples = 100, generator = torch.Generator(1)}).low == 2"
    ) { a, b, resamples, level, generator in
        let interval = try BootstrapInterval(
            a.numbers, b.numbers, resamples: resamples, level: level, generator: generator)
        return ["mean": interval.mean, "low": interval.low, "high": interval.high]
    }

    private static let crossedEffects = LuaFunction(
        "crossed_effects",
        """
        The mean of differences that were measured in several splits on several volumes, and how far it may be off: by \
        what differs between splits, between volumes, and by the rest, each random and normal. A volume may be in any of \
        the splits. The variances are estimated by moments, the interval is that of the t distribution with \
        Satterthwaite's degrees of freedom. Of one split the interval is for that split alone, over volumes. Values that \
        are all the same have an interval of width 0, and the p of a sign test.
        """,
        Parameter("values", Sample.self, "the differences, two at least: a list or a tensor"),
        Parameter("splits", Names.self, "the split of each: a list of names or numbers"),
        Parameter("volumes", Names.self, "the volume of each, once in a split: a list of names or numbers"),
        Option("level", Double.self, in: .part, default: 0.95, "how often such intervals hold the true mean"),
        returns: """
            a table with the fields mean, low, high, p (two-sided, that the true mean is 0), standard_error, \
            degrees_of_freedom, split_variance (nil of one split), volume_variance (nil of one volume), \
            residual_variance, splits and volumes (how many there are)
            """,
        example: """
            local e = stats.crossed_effects({1, 2, 3, 2, 3, 4}, {1, 1, 1, 2, 2, 2}, {"a", "b", "c", "a", "b", "c"}); \
            assert(e.mean == 2.5 and math.abs(e.volume_variance - 1) < 1e-9 and e.splits == 2)
            """
    ) { values, splits, volumes, level in
        let effects = try CrossedEffects(
            values.numbers, splits: splits.map(\.text), volumes: volumes.map(\.text), level: level)
        return LuaRecord([
            "mean": effects.mean, "low": effects.low, "high": effects.high, "p": effects.pValue,
            "standard_error": effects.standardError, "degrees_of_freedom": effects.degreesOfFreedom,
            "split_variance": effects.splitVariance, "volume_variance": effects.volumeVariance,
            "residual_variance": effects.residualVariance, "splits": effects.splitCount,
            "volumes": effects.volumeCount,
        ])
    }

    private static let riskCoverage = LuaFunction(
        "risk_coverage",
        """
        How well uncertainties tell bad cases from good ones: the mean risk of the cases that are kept while the most         uncertain ones are left out, its area AURC over the share of cases kept, and by how much it exceeds that of the         best order (Geifman et al., ICLR 2019). Cases of equal uncertainty count with their mean risk.
        """,
        Parameter("risks", Sample.self, "of each case, such as 1 - Dice: a list or a tensor"),
        Parameter(
            "uncertainties", Sample.self, "of the same cases, larger where less sure: as of `volumes.case_uncertainty`"),
        returns: "a table with the fields aurc, eaurc, and curve, a list of {coverage, risk}",
        example: """
            local r = stats.risk_coverage({0.5, 0.1, 0.3}, {3, 1, 2}); \
            assert(math.abs(r.aurc - 0.2) < 1e-12 and r.eaurc == 0 and r.curve[3].coverage == 1)
            """
    ) { risks, uncertainties in
        let result = try RiskCoverage(risks: risks.numbers, uncertainties: uncertainties.numbers)
        return LuaRecord([
            "aurc": result.area, "eaurc": result.excessArea,
            "curve": result.curve.map { ["coverage": $0.coverage, "risk": $0.risk] },
        ])
    }
}
