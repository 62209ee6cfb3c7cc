import Support
import Tensors

/// The log density of each of some kernels under a prior, in nats, exact or bounded from below.
struct KernelLikelihood {
    /// The numbers, one a kernel.
    let values: [Double]
    /// K, the codes a kernel of an importance-weighted bound; nil where the density is exact.
    let samples: Int?

    /// Kernels at once, so that what a density keeps of them stays small.
    private static let rows = 4096

    /// Measures `kernels`, n x the kernel's shape; an autoencoder's prior is bounded with `samples` codes.
    ///
    /// Throws where the prior has neither a density nor a bound.
    init(
        of prior: any KernelPrior, on kernels: Tensor, samples: Int, generator: RandomGenerator
    ) throws(TensorError) {
        let count = kernels.shape.first ?? 0
        let isBound = prior is VAEPrior
        let rows = isBound ? max(1, KernelVAE.codesAtOnce / max(samples, 1)) : Self.rows
        var values: [Double] = []
        values.reserveCapacity(count)
        for start in stride(from: 0, to: count, by: rows) {
            let part = try kernels.slice(1, start + 1, min(start + rows, count))
            let densities = try GradientMode.disabled { () throws(TensorError) in
                switch prior {
                case let prior as VAEPrior:
                    try prior.bound(part, samples: samples, generator: generator)
                case let prior as any Distribution: try prior.logProbability(part)
                default:
                    throw TensorError.argument(
                        operation: "compare", parameter: "prior", value: try prior.configuration.kind,
                        expected: "a prior with a density, or a bound, of a kernel wherever it stands")
                }
            }
            values += densities.values.map(Double.init)
        }
        self.values = values
        self.samples = isBound ? samples : nil
    }

    /// The mean over all kernels.
    var mean: Double { values.reduce(0, +) / Double(max(values.count, 1)) }

    /// The standard error of the mean where the kernels of one unit (such as the snapshots of one kernel) may depend on
    /// each other in any way: units, one number a kernel from 0, are taken to be independent.
    func standardError(units: [Int]) -> Double {
        let mean = mean
        var sums = [Double](repeating: 0, count: (units.max() ?? 0) + 1)
        for (value, unit) in zip(values, units) { sums[unit] += value - mean }
        let squares = sums.reduce(0) { $0 + $1 * $1 }
        let correction = Double(sums.count) / Double(max(sums.count - 1, 1))
        return (correction * squares).squareRoot() / Double(max(values.count, 1))
    }
}
