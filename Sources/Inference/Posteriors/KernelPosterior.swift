import Foundation
import Kernels
import Support
import Tensors

/// A posterior of n kernels around their means: w = mean + sd x u for each weight, where the law of the deviations u is
/// that of a family.
///
/// The covariance of a kernel's weights is diag(sd) C diag(sd): C is I where they are independent or radial,
/// (I + S) (I + S)ᵀ where it is triangular, and I + F Fᵀ where it is of low rank.
public struct KernelPosterior {
    /// How the deviations u of n kernels of k weights depend on each other.
    enum Dependence {
        /// Not at all; they are normal.
        case none
        /// As (I + S) e of each kernel, e standard normal: S, which is strictly lower triangular, row by row:
        /// n x k (k - 1) / 2.
        case triangular(Tensor)
        /// As e + F h of each kernel, e and h standard normal: F is n x k x rank.
        case lowRank(Tensor)
        /// As sqrt(D) r e / |e| of all D weights of the layer, r and e standard normal.
        case radial
    }

    /// The means and the logarithms of sd squared, n x the kernel's shape.
    let normal: Normal
    let dependence: Dependence

    /// The variance of weights, in a mixture of normals, that have none of their own: below the rounding of a weight
    /// near 1, and not so small that sums of its logarithm would lose digits.
    private static let negligibleLogVariance: Float = -32

    /// The shape of one kernel.
    var kernelShape: [Int] { Array(normal.eventShape.dropFirst()) }

    /// The number of kernels, and of the weights of each.
    private var size: (kernels: Int, weights: Int) {
        let shape = normal.eventShape
        return (shape[0], shape.dropFirst().reduce(1, *))
    }

    /// The posterior of the kernels divided by `scale`.
    func divided(by scale: Float) throws(TensorError) -> KernelPosterior {
        let scaled = try Normal(
            mean: normal.mean.scaled(by: 1 / scale), logVariance: normal.logVariance.offset(by: -2 * log(scale)))
        return KernelPosterior(normal: scaled, dependence: dependence)
    }

    /// The posterior with all variances times `temperature`.
    func tempered(_ temperature: Float) throws(TensorError) -> KernelPosterior {
        KernelPosterior(normal: try normal.tempered(temperature), dependence: dependence)
    }

    /// One draw of the kernels, through which gradients flow to all parameters.
    func sample(generator: RandomGenerator) throws(TensorError) -> Tensor {
        let given = try conditional(generator: generator)
        switch dependence {
        case .triangular, .radial: return given.mean
        case .none, .lowRank: return try given.sample(noise: Tensor.randn(normal.eventShape, generator: generator))
        }
    }

    /// Independent normals, of which the posterior is a mixture: those given the noise that weights share, which is
    /// drawn here. What is left has no variance to speak of where weights share all of it.
    func conditional(generator: RandomGenerator) throws(TensorError) -> Normal {
        let shape = normal.eventShape
        switch dependence {
        case .none: return normal
        case .radial:
            let direction = try Tensor.randn(shape, generator: generator)
            let radius = try Tensor.randn([1], generator: generator).scaled(by: Float(normal.eventSize).squareRoot())
            // No direction is so short but that of no weights.
            return try shifted(by: direction * (radius / direction.norm().clamped(minimum: 1e-20)), isWhole: true)
        case .triangular, .lowRank:
            guard let factor = try factor() else { return normal }
            let noise = try Tensor.randn([size.kernels, factor.shape[2], 1], generator: generator)
            let isWhole = if case .triangular = dependence { true } else { false }
            return try shifted(by: factor.matmul(noise).reshaped(shape), isWhole: isWhole)
        }
    }

    /// The normals around mean + sd x `deviations`, which are all of the variance where `isWhole` is true.
    private func shifted(by deviations: Tensor, isWhole: Bool) throws(TensorError) -> Normal {
        let mean = try normal.mean + normal.standardDeviation() * deviations
        return try Normal(mean: mean, logVariance: isWhole ? pointLogVariance() : normal.logVariance)
    }

    private func pointLogVariance() throws(TensorError) -> Tensor {
        try Tensor.full(normal.eventShape, Self.negligibleLogVariance)
    }

    /// A of C = A Aᵀ or C = I + A Aᵀ, n x k x the number of factors; nil where weights are not correlated.
    private func factor() throws(TensorError) -> Tensor? {
        switch dependence {
        case .none, .radial: return nil
        case .lowRank(let factors): return factors
        case .triangular(let lower):
            let (kernels, weights) = size
            // Behind the elements below the diagonal stand a 0 and a 1, for those above it and on it.
            let constants = try Tensor([0, 1], shape: [1, 2]).expanded(to: [kernels, 2])
            let zero = lower.shape[1] + 1
            var places: [Int] = []
            places.reserveCapacity(weights * weights)
            for row in 0..<weights {
                for column in 0..<weights {
                    places.append(
                        column < row ? row * (row - 1) / 2 + column + 1 : column == row ? zero + 1 : zero)
                }
            }
            return try Tensor.concatenate([lower, constants], dim: 2).indexSelect(2, places)
                .reshaped([kernels, weights, weights])
        }
    }

    /// Independent normals with the mean and the variance of each weight: its own distribution, but for the radial
    /// posterior.
    func marginals() throws(TensorError) -> Normal {
        guard let factor = try factor() else { return normal }
        let squares = try factor.square().sum([3]).reshaped(normal.eventShape)
        let relative = if case .lowRank = dependence { try squares.offset(by: 1) } else { squares }
        return try Normal(mean: normal.mean, logVariance: normal.logVariance + relative.log())
    }

    /// Mean and covariance of the kernels: that of `independent`, and what `shared` x its transpose adds, n x k x the
    /// number of factors; nil where it adds nothing.
    func moments() throws(TensorError) -> (independent: Normal, shared: Tensor?) {
        guard let factor = try factor() else { return (normal, nil) }
        let (kernels, weights) = size
        let shared = try factor * normal.standardDeviation().reshaped([kernels, weights, 1])
        if case .lowRank = dependence { return (normal, shared) }
        return (try Normal(mean: normal.mean, logVariance: pointLogVariance()), shared)
    }

    /// What the entropy has more than that of `normal`, in nats; nil for nothing.
    func entropyOfDependence() throws(TensorError) -> Tensor? {
        switch dependence {
        // The determinant of I + S is 1.
        case .none, .triangular: return nil
        case .lowRank(let factors):
            // log det (I + F Fᵀ) = log det (I + Fᵀ F), the smaller of the two.
            let inner = try factors.transposed(2, 3).matmul(factors) + Tensor.eye(factors.shape[2])
            return try inner.signAndLogDeterminant().logarithm.sum().scaled(by: 0.5)
        case .radial: return try Tensor(Float(Self.radialEntropy(normal.eventSize)))
        }
    }

    /// The entropy of u = sqrt(D) r e / |e| in D dimensions, less that of D standard normal numbers.
    ///
    /// The distance q = |r| has the density f(q) = sqrt(2 / pi) exp(-q² / 2), and a point at that distance the density
    /// f(q) / (A q^(D - 1)), where A = 2 pi^(D/2) / gamma(D/2) is the area of the unit sphere. So the entropy of q
    /// times the direction is E[-log f(q)] + log A + (D - 1) E[log q], with E[-log f(q)] = log(pi / 2) / 2 + 1 / 2 and,
    /// q² having a chi-squared distribution of one degree, E[log q] = -(Euler's constant + log 2) / 2. The factor
    /// sqrt(D) adds D / 2 log D. It is this difference that Farquhar et al. leave out, as it depends on no parameter.
    static func radialEntropy(_ dimensions: Int) -> Double {
        guard dimensions > 0 else { return 0 }
        let d = Double(dimensions)
        let area = log(2) + 0.5 * d * log(Double.pi) - SpecialFunctions.logGamma(0.5 * d)
        let distance = 0.5 * log(0.5 * Double.pi) + 0.5 - 0.5 * (d - 1) * (0.5772156649015329 + log(2))
        return area + distance + 0.5 * d * log(d) - 0.5 * d * log(2 * Double.pi * M_E)
    }
}

/// The posteriors of a group's layers.
extension [KernelPosterior] {
    /// An upper bound on KL(q || p) in nats, summed over all kernels: cross entropy minus q's entropy.
    ///
    /// The cross entropy is exact where the prior is a Gaussian, as it depends on mean and covariance alone; for other
    /// priors it is the mean of that of `conditional`, of which one is drawn.
    func bound(_ prior: any KernelPrior, generator: RandomGenerator) throws(TensorError) -> Tensor {
        var result = try crossEntropy(prior, generator: generator) - Normal.joined(map(\.normal)).entropy()
        for posterior in self {
            if let more = try posterior.entropyOfDependence() { result = try result - more }
        }
        return result
    }

    private func crossEntropy(_ prior: any KernelPrior, generator: RandomGenerator) throws(TensorError) -> Tensor {
        switch prior {
        case let prior as Normal:
            let marginals = try map { posterior throws(TensorError) in try posterior.marginals() }
            return try prior.crossEntropy(Normal.joined(marginals), generator: generator)
        case let prior as FullCovarianceGaussian:
            let moments = try map { posterior throws(TensorError) in try posterior.moments() }
            var result = try prior.crossEntropy(Normal.joined(moments.map(\.independent)), generator: generator)
            for shared in moments.compactMap(\.shared) {
                // Half of the trace of the inverse covariance times that of the posterior.
                let columns = try shared.transposed(2, 3).reshaped([-1, prior.eventSize])
                let trace = try columns.linear(weight: prior.whitening, bias: nil).square().sum()
                result = try result + trace.scaled(by: 0.5)
            }
            return result
        default:
            let conditionals = try map { posterior throws(TensorError) in
                try posterior.conditional(generator: generator)
            }
            return try prior.crossEntropy(Normal.joined(conditionals), generator: generator)
        }
    }
}

extension Normal {
    /// The Gaussian with all variances times `temperature`.
    func tempered(_ temperature: Float) throws(TensorError) -> Normal {
        try Normal(mean: mean, logVariance: logVariance.offset(by: log(temperature)))
    }

    /// The Gaussians of `parts`, one after another in dimension 1.
    fileprivate static func joined(_ parts: [Normal]) throws(TensorError) -> Normal {
        try Normal(
            mean: Tensor.concatenate(parts.map(\.mean), dim: 1),
            logVariance: Tensor.concatenate(parts.map(\.logVariance), dim: 1))
    }
}
