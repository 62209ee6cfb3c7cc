import Foundation
import Kernels
import Support
import Tensors

/// Expectation maximisation for mixtures of Gaussians (Dempster, Laird and Rubin 1977) and of t distributions, which
/// are Gaussians whose precision varies (Peel and McLachlan 2000).
struct MixtureEM {
    /// What the matrices of the components look like.
    let covariance: ComponentCovariance
    /// What is added to each variance, as a share of the mean variance of the kernels.
    let ridge: Double
    /// The degrees of freedom at the start.
    let degreesOfFreedom: Double
    /// Whether the degrees of freedom are fitted, too, one number for all components.
    let fitsDegrees: Bool
    /// The steps end where the mean log density of a row grows by less than this, in nats.
    let tolerance: Double
    /// How many steps there are at most.
    let iterations: Int

    /// What came of it.
    struct Result {
        /// The mixture.
        var model: MixtureModel
        /// The mean log density of a row before each step, and after the last one.
        var history: [Double]
        /// How many components were taken away, as nothing was left of them.
        var lost = 0
    }

    /// Fits `number` components from a start that `generator` draws.
    func fit(_ rows: MixtureRows, number: Int, generator: RandomGenerator) throws(TensorError) -> Result {
        let groups = try rows.groups(number, generator: generator)
        var responsibilities = [Float](repeating: 0, count: rows.count * number)
        for (n, group) in groups.enumerated() { responsibilities[group * rows.count + n] = 1 }
        let start = MixtureModel.Posterior(logDensity: 0, responsibilities: responsibilities, precisions: [])
        let empty = MixtureModel(components: [], degreesOfFreedom: degreesOfFreedom)
        return try fit(rows, from: maximised(empty, number: number, rows, start))
    }

    /// Improves a mixture until it changes little.
    func fit(_ rows: MixtureRows, from model: MixtureModel) throws(TensorError) -> Result {
        var result = Result(model: model, history: [])
        for step in 0...iterations {
            let posterior = try result.model.posterior(of: rows)
            let before = result.history.last ?? -.infinity
            result.history.append(posterior.logDensity)
            if step == iterations || posterior.logDensity - before < tolerance { break }
            let number = result.model.components.count
            result.model = try maximised(result.model, number: number, rows, posterior)
            result.lost += number - result.model.components.count
        }
        return result
    }

    /// The model of greatest expected likelihood, given the posterior of the rows; components to which less than one
    /// row is left, and such whose matrix is singular, are taken away.
    private func maximised(
        _ model: MixtureModel, number: Int, _ rows: MixtureRows, _ posterior: MixtureModel.Posterior
    ) throws(TensorError) -> MixtureModel {
        let count = rows.count
        var moments = ThreadPool.shared.map(number) { k in
            let part = k * count..<(k + 1) * count
            return ComponentMoments(
                rows, responsibilities: posterior.responsibilities[part],
                precisions: posterior.precisions.isEmpty ? nil : posterior.precisions[part])
        }
        guard moments.count == number else { throw .interrupted }
        if covariance == .tied { Self.tie(&moments) }
        let components = try ThreadPool.shared.map(number) { k throws(TensorError) in
            try component(moments[k], after: k < model.components.count ? model.components[k] : nil)
        }
        guard components.count == number else { throw .interrupted }
        var kept = components.compactMap { $0 }
        try require(
            !kept.isEmpty, "mixture", "ridge", ridge,
            expected: "more: all covariances of the components are singular")
        let mass = kept.reduce(0) { $0 + $1.weight }
        for k in kept.indices { kept[k].weight /= mass }
        var result = MixtureModel(components: kept, degreesOfFreedom: model.degreesOfFreedom)
        if fitsDegrees, !posterior.precisions.isEmpty {
            result.degreesOfFreedom = Self.degrees(model.degreesOfFreedom, posterior, size: rows.size, count: count)
        }
        return result
    }

    /// The component of these moments; nil where nothing is left of it.
    private func component(
        _ moments: ComponentMoments, after previous: MixtureModel.Component?
    ) throws(TensorError) -> MixtureModel.Component? {
        guard moments.mass >= 1 else { return nil }
        let size = moments.mean.count
        var matrix = moments.covariance
        var factors: FactorModel?
        switch covariance {
        case .full, .tied: break
        case .diagonal:
            for i in matrix.indices where i / size != i % size { matrix[i] = 0 }
        case .lowRank(let rank):
            var model = previous?.factors ?? FactorModel(matrix, size: size, rank: rank)
            try model.improve(matrix, steps: previous == nil ? 20 : 3)
            matrix = model.covariance()
            factors = model
        }
        for i in 0..<size { matrix[i * size + i] += ridge }
        guard let factor = try CholeskyFactor(matrix, size: size) else { return nil }
        return MixtureModel.Component(weight: moments.mass, mean: moments.mean, factor: factor, factors: factors)
    }

    /// Gives all components the mean of their covariances.
    private static func tie(_ moments: inout [ComponentMoments]) {
        let mass = moments.reduce(0) { $0 + $1.mass }
        var mean: [Double] = []
        for part in moments where !part.covariance.isEmpty {
            if mean.isEmpty { mean = [Double](repeating: 0, count: part.covariance.count) }
            for i in mean.indices { mean[i] += part.mass / mass * part.covariance[i] }
        }
        for k in moments.indices { moments[k].covariance = mean }
    }

    /// The degrees of freedom of greatest expected likelihood: the root of a function that falls (Peel and McLachlan
    /// 2000, equation 30), for all components together; from 0.5 to 1000.
    private static func degrees(
        _ before: Double, _ posterior: MixtureModel.Posterior, size: Int, count: Int
    ) -> Double {
        var sum = 0.0
        for (r, u) in zip(posterior.responsibilities, posterior.precisions) where r > 0 {
            sum += Double(r) * (log(Double(u)) - Double(u))
        }
        let half = (before + Double(size)) / 2
        let constant = 1 + sum / Double(count) + SpecialFunctions.digamma(half) - log(half)
        var (low, high) = (0.5, 1000.0)
        for _ in 0..<50 {
            let middle = (low * high).squareRoot()
            let value = constant - SpecialFunctions.digamma(middle / 2) + log(middle / 2)
            if value > 0 { low = middle } else { high = middle }
        }
        return (low * high).squareRoot()
    }
}
