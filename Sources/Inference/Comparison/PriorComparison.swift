import Foundation
import Support
import Tensors

/// How priors are judged on kernels that none of them was fitted to.
public struct PriorComparison {
    /// The kernels that priors were fitted to, n x the kernel's shape.
    public let training: Tensor
    /// The kernels that they are judged on, m x the kernel's shape.
    public let heldOut: Tensor
    /// K, the codes a kernel where a density is known by its bound only; 100 by default.
    public let samples: Int
    /// Of each held-out kernel, the independent unit that it belongs to, from 0.
    private let units: [Int]
    private let generator: RandomGenerator
    /// The held-out kernels, each with its weights in an order of its own.
    private let permuted: Tensor
    /// As many kernels as are held out, as PyTorch initialises them: uniform and independent, of the same mean square.
    private let initial: Tensor

    /// How many kernels are drawn for the distances between kernels.
    private static let draws = 256
    /// The most kernels that draws are compared with.
    private static let mostNeighbours = 4096

    /// What is measured of one prior. All log densities are natural, in nats a kernel.
    public struct Measures: Sendable {
        /// What the prior is called.
        public let name: String
        /// The mean log density of the held-out kernels, or K's bound on it.
        public let heldOut: Double
        /// Its standard error.
        public let standardError: Double
        /// K, where `heldOut` is a bound from below; nil where it is exact.
        public let samples: Int?
        /// Minus the held-out log density in bits, for each weight.
        public let bitsPerWeight: Double
        /// The mean log density of the training kernels.
        public let training: Double
        /// That of the held-out kernels with each kernel's weights permuted: as high as `heldOut` where the prior knows
        /// scale and no structure.
        public let permuted: Double
        /// That of kernels at initialisation of the mean square of those held out: as high as `heldOut` where it
        /// does not tell training from chance.
        public let initial: Double
        /// The median distance of a drawn kernel to the nearest of some training kernels and of as many held-out ones,
        /// as a share of the root of their mean square norm; nil where the prior cannot be sampled.
        public let nearest: (training: Double, heldOut: Double)?
        /// The share of drawn kernels that are nearer to a training kernel: far above a half where the prior has
        /// memorised them.
        public let shareNearTraining: Double?
        /// How many numbers the prior holds.
        public let numbers: Int
        /// The seconds that fitting took; nil where it was fitted before.
        public let fitSeconds: Double?
        /// The seconds that the log density of a held-out kernel took.
        public let secondsPerKernel: Double
    }

    /// Prepares a comparison on `heldOut`, kernels of the shape of those in `training`.
    ///
    /// - Parameters:
    ///   - units: Of each held-out kernel, the independent unit that it belongs to, from 0; each its own by default.
    ///   - generator: Where draws, permutations and codes come from.
    public init(
        training: Tensor, heldOut: Tensor, units: [Int]? = nil, samples: Int = 100, generator: RandomGenerator
    ) throws(TensorError) {
        for (name, kernels) in [("kernels", training), ("test", heldOut)] {
            guard kernels.rank >= 2, kernels.shape[0] >= 2, kernels.count > 0,
                kernels.shape.dropFirst() == training.shape.dropFirst()
            else {
                throw .shape(
                    operation: "compare", parameter: name, shape: kernels.shape,
                    expected: "n x \(Array(training.shape.dropFirst()).shapeText), n of 2 or more")
            }
            try kernels.requireFinite("compare", name)
        }
        // Copies: a script's log_prob could write to what it is given.
        self.training = try training.copy()
        self.heldOut = try heldOut.copy()
        self.samples = try positive(samples, "compare", "samples")
        self.units = units ?? Array(0..<heldOut.shape[0])
        self.generator = generator
        permuted = try Self.permuted(self.heldOut, generator)
        let width = try self.heldOut.square().mean().scaled(by: 3).sqrt().item()
        initial = try Tensor.rand(heldOut.shape, generator: generator).scaled(by: 2 * width).offset(by: -width)
    }

    /// Measures a prior, which is called `name` and took `fitSeconds` to be fitted.
    public func measures(
        of prior: any KernelPrior, name: String, fitSeconds: Double? = nil
    ) throws(TensorError) -> Measures {
        let start = Progress.Sink.uptime()
        let likelihood = try likelihood(of: prior, on: heldOut)
        let seconds = Progress.Sink.uptime() - start
        let near = try distances(of: prior, name: name)
        let elements = Double(heldOut.count / heldOut.shape[0])
        return Measures(
            name: name, heldOut: likelihood.mean, standardError: likelihood.standardError(units: units),
            samples: likelihood.samples, bitsPerWeight: -likelihood.mean / (elements * log(2)),
            training: try self.likelihood(of: prior, on: training).mean,
            permuted: try self.likelihood(of: prior, on: permuted).mean,
            initial: try self.likelihood(of: prior, on: initial).mean,
            nearest: near.map { ($0.training, $0.heldOut) }, shareNearTraining: near?.share,
            numbers: try prior.numberCount, fitSeconds: fitSeconds,
            secondsPerKernel: seconds / Double(heldOut.shape[0]))
    }

    private func likelihood(of prior: any KernelPrior, on kernels: Tensor) throws(TensorError) -> KernelLikelihood {
        try KernelLikelihood(of: prior, on: kernels, samples: samples, generator: generator)
    }

    /// The distances of drawn kernels to the nearest training and held-out ones; nil where the prior has no draws.
    private func distances(
        of prior: any KernelPrior, name: String
    ) throws(TensorError) -> (training: Double, heldOut: Double, share: Double)? {
        guard prior.canSample else { return nil }
        let drawn = try GradientMode.disabled { () throws(TensorError) in
            try prior.sample(Self.draws, generator: generator)
        }
        let shape = [Self.draws] + heldOut.shape.dropFirst()
        guard drawn.shape == shape else {
            throw .shape(
                operation: "prior '\(name)'", parameter: "sample(\(Self.draws))", shape: drawn.shape,
                expected: shape.shapeText)
        }
        // As many of both, or the more numerous ones would be nearer for that alone.
        let count = min(training.shape[0], heldOut.shape[0], Self.mostNeighbours)
        let near = try nearest(drawn, to: training, count: count)
        let far = try nearest(drawn, to: heldOut, count: count)
        let norm = try heldOut.square().sum().scaled(by: 1 / Float(heldOut.shape[0])).sqrt().item()
        let share = Double(zip(near, far).count { $0 < $1 }) / Double(max(near.count, 1))
        return ((near.quantile(0.5) ?? 0) / Double(norm), (far.quantile(0.5) ?? 0) / Double(norm), share)
    }

    /// The distance of each of `drawn` to the nearest of `count` of `kernels`, chosen at random.
    private func nearest(_ drawn: Tensor, to kernels: Tensor, count: Int) throws(TensorError) -> [Float] {
        let chosen = generator.permutation(kernels.shape[0]).prefix(count).map { $0 + 1 }
        let rows = try kernels.indexSelect(1, chosen).reshaped([count, -1])
        let points = try drawn.reshaped([drawn.shape[0], -1])
        return try points.distances(to: rows).min(2).values.values
    }

    /// The kernels with the weights of each in an order of its own.
    private static func permuted(_ kernels: Tensor, _ generator: RandomGenerator) throws(TensorError) -> Tensor {
        let size = kernels.count / kernels.shape[0]
        var values = kernels.values
        for row in 0..<kernels.shape[0] {
            let old = Array(values[row * size..<(row + 1) * size])
            for (place, from) in generator.permutation(size).enumerated() { values[row * size + place] = old[from] }
        }
        return try Tensor(values, shape: kernels.shape)
    }
}
