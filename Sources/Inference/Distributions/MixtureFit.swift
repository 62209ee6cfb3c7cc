import Foundation
import Support
import Tensors

/// How a mixture is fitted to kernels: which are tried, and how one is chosen.
public struct MixtureFit: Sendable {
    /// The degrees of freedom of the components.
    public enum Degrees: Equatable, Sendable {
        /// Components are Gaussians.
        case infinite
        /// The components are t distributions of so many, above 0.
        case fixed(Double)
        /// They are t distributions, whose degrees are fitted: one number for all.
        case fitted
    }

    /// How many components there are; of several numbers the best on kernels held out is taken.
    public var components = [12]
    /// What the covariances look like; of several the best on kernels held out is taken.
    public var covariances: [ComponentCovariance] = [.full]
    /// The degrees of freedom.
    public var degrees = Degrees.infinite
    /// What is added to each variance, as a share of the kernels' mean variance.
    public var ridge = 1e-3
    /// Starts, of which the best is taken.
    public var starts = 1
    /// How many mixtures the result is the average of, each fitted from its own starts.
    public var members = 1
    /// The share of the kernels that are held out to choose by, where there is a choice; 0 for the likelihood of the
    /// kernels themselves.
    public var heldOut = 0.1
    /// A fit ends where the mean log density of a kernel grows by less than this in a step, in nats.
    public var tolerance = 1e-3
    /// The most steps of a fit.
    public var iterations = 100

    /// One Gaussian mixture of 12 components of full covariance.
    public init() {}

    /// One that is tried.
    private struct Candidate {
        let member: Int
        let components: Int
        let covariance: ComponentCovariance
        let generator: RandomGenerator
    }

    /// The mixture fitted to `kernels`, n x the kernel's shape: at least two, and as many as components.
    ///
    /// Where kernels are held out, each member holds out others, and goes on from its best mixture with all kernels. A
    /// warning tells how many components were lost, as less than one kernel was left to them.
    public func callAsFunction(
        _ kernels: Tensor, generator: RandomGenerator
    ) throws(TensorError) -> EllipticalMixture {
        let rows = try MixtureRows(kernels, "mixture")
        try check(rows)
        let isChoice = components.count * covariances.count * starts > 1
        let held = isChoice ? Int((heldOut * Double(rows.count)).rounded()) : 0
        try require(
            held > 0 || components.count * covariances.count == 1, "mixture", "held_out", heldOut,
            expected: "a share of \(rows.count) kernels, to choose by")
        // Each member keeps a copy of the kernels, parted in two.
        try Shape.requireMemory(held > 0 ? members : 0, rows.values.count, MemoryLayout<Float>.stride)
        var splits: [(training: MixtureRows, test: MixtureRows)] = []
        var candidates: [Candidate] = []
        for member in 0..<members {
            let order = generator.permutation(rows.count)
            splits.append(
                held > 0
                    ? (rows.rows(Array(order.dropFirst(held))), rows.rows(Array(order.prefix(held)))) : (rows, rows))
            for number in components {
                for covariance in covariances {
                    for _ in 0..<starts {
                        candidates.append(
                            Candidate(
                                member: member, components: number, covariance: covariance, generator: generator.split()
                            )
                        )
                    }
                }
            }
        }
        let tried = try ThreadPool.shared.map(candidates.count) { index throws(TensorError) in
            let candidate = candidates[index]
            let (training, test) = splits[candidate.member]
            let result = try em(candidate.covariance)
                .fit(training, number: candidate.components, generator: candidate.generator)
            let score = held > 0 ? try result.model.posterior(of: test).logDensity : result.history.last
            return (result: result, score: score ?? -.infinity)
        }
        guard tried.count == candidates.count else { throw .interrupted }
        var best = (0..<members).map { member in
            let own = tried.indices.filter { candidates[$0].member == member }
            return own.max { tried[$0].score < tried[$1].score } ?? own[0]
        }
        best.sort()
        let results = try ThreadPool.shared.map(best.count) { index throws(TensorError) in
            let (candidate, result) = (candidates[best[index]], tried[best[index]].result)
            guard held > 0 else { return result }
            var further = try em(candidate.covariance).fit(rows, from: result.model)
            further.lost += result.lost
            return further
        }
        guard results.count == best.count else { throw .interrupted }
        let lost = results.reduce(0) { $0 + $1.lost }
        if lost > 0 {
            StandardStream.warnOnce(
                "mixture: components to which less than one kernel was left, or whose covariance became singular, were "
                    + "taken away (\(lost) in \(members == 1 ? "one fit" : "\(members) fits"))")
        }
        return try mixture(results.map(\.model), of: rows, eventShape: Array(kernels.shape.dropFirst()))
    }

    private func em(_ covariance: ComponentCovariance) -> MixtureEM {
        let start: Double
        switch degrees {
        case .infinite: start = .infinity
        case .fixed(let number): start = number
        case .fitted: start = 10
        }
        return MixtureEM(
            covariance: covariance, ridge: ridge, degreesOfFreedom: start, fitsDegrees: degrees == .fitted,
            tolerance: tolerance, iterations: iterations)
    }

    private func check(_ rows: MixtureRows) throws(TensorError) {
        let most = components.max() ?? 0
        try require(
            most >= 1 && (components.min() ?? 0) >= 1 && most <= rows.count, "mixture", "components", most,
            expected: "from 1 to the number of kernels, \(rows.count)")
        for case .lowRank(let rank) in covariances {
            try require(
                rank >= 1 && rank <= rows.size, "mixture", "rank", rank,
                expected: "from 1 to the number of weights, \(rows.size)")
        }
        try require(ridge >= 0 && ridge.isFinite, "mixture", "ridge", ridge, expected: "0 or more")
        try positive(starts, "mixture", "starts")
        try positive(members, "mixture", "members")
        try positive(iterations, "mixture", "iterations")
        try require((0..<1).contains(heldOut), "mixture", "held_out", heldOut, expected: "from 0 to less than 1")
        if case .fixed(let number) = degrees {
            try require(number > 0, "mixture", "degrees_of_freedom", number, expected: "above 0")
        }
        // The factors of all components in the three forms that they pass through.
        try Shape.requireMemory(
            components.count * covariances.count * starts * members, most, rows.size, rows.size,
            3 * MemoryLayout<Double>.stride)
    }

    /// The average of the densities of `models`, for kernels as they are.
    private func mixture(
        _ models: [MixtureModel], of rows: MixtureRows, eventShape: [Int]
    ) throws(TensorError) -> EllipticalMixture {
        let components = models.flatMap(\.components)
        let shape = [components.count] + eventShape
        let degrees = models.flatMap { model in model.components.map { _ in Float(model.degreesOfFreedom) } }
        return try EllipticalMixture(
            weights: Tensor(components.map { Float($0.weight / Double(models.count)) }, shape: [components.count]),
            means: Tensor(
                components.flatMap { component in
                    component.mean.indices.map { Float(rows.center[$0] + rows.scale * component.mean[$0]) }
                }, shape: shape),
            factors: Tensor(
                components.flatMap { $0.factor.lower.map { Float(rows.scale * $0) } },
                shape: [components.count, rows.size, rows.size]),
            degreesOfFreedom: self.degrees == .infinite ? nil : Tensor(degrees, shape: [components.count]))
    }
}
