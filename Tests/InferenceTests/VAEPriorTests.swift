import Foundation
import Inference
import Layers
import Support
import Tensors
import TestSupport
import Testing

@Suite struct VAEPriorTests {
    private let autoencoder: KernelVAE
    private let posterior: Normal

    init() throws {
        let architecture = try KernelArchitecture(.size3x3x3, latentSize: 3, hiddenChannels: 4)
        autoencoder = try KernelVAE(architecture, generator: RandomGenerator(seed: 31))
        let generator = RandomGenerator(seed: 32)
        posterior = try Normal(
            mean: Tensor.randn([40, 3, 3, 3], generator: generator).scaled(by: 0.5),
            logVariance: Tensor.randn([40, 3, 3, 3], generator: generator).scaled(by: 0.3).offset(by: -2))
    }

    private func noise(_ samples: Int, _ kernels: Int) throws -> Tensor {
        try Tensor.randn([samples, kernels, 3], generator: RandomGenerator(seed: 33))
    }

    @Test(arguments: [1, 4]) func encoderModesAgreeAtTheStart(_ samples: Int) throws {
        let kernels = posterior.mean
        let noise = try noise(samples, 40)
        let estimate = VAEPrior.Estimate(samples: samples)
        let fixed = try VAEPrior(autoencoder, encoder: .fixed, estimate: estimate)
        let trainable = try VAEPrior(autoencoder, encoder: .trainable, estimate: estimate)
        let collapsed = try VAEPrior(autoencoder, encoder: .collapsed(kernels: kernels), estimate: estimate)
        let expected = try fixed.logBound(kernels, noise: noise)
        try expectClose(trainable.logBound(kernels, noise: noise), expected, "trainable")
        try expectClose(collapsed.logBound(kernels, noise: noise), expected, "collapsed")
        #expect(fixed.parameters.isEmpty)
        #expect(trainable.parameters.count == 10)
        #expect(collapsed.parameters.map(\.tensor.shape) == [[40, 3], [40, 3]])
    }

    @Test func gradientsReachWhatIsTrainedAndNothingElse() throws {
        for mode in [VAEPrior.Encoder.trainable, .fixed, .collapsed(kernels: posterior.mean)] {
            let prior = try VAEPrior(autoencoder, encoder: mode)
            let mean = try posterior.mean.cloned().requireGradient()
            let q = try Normal(mean: mean, logVariance: posterior.logVariance)
            try prior.bound(q, generator: RandomGenerator(seed: 1)).backward()
            #expect(mean.gradient != nil)
            for (name, tensor) in prior.parameters { #expect(tensor.gradient != nil, "\(name)") }
            for (name, tensor) in prior.autoencoder.decoder.namedParameters {
                #expect(tensor.gradient == nil, "\(name)")
            }
            // The autoencoder that the prior was made of keeps its own parameters.
            for (name, tensor) in autoencoder.namedParameters { #expect(tensor.gradient == nil, "\(name)") }
        }
    }

    @Test(arguments: [false, true]) func shareOfKernelsIsUnbiased(_ controlled: Bool) throws {
        let gaussian = try FullCovarianceGaussian(
            fitting: autoencoder.sample(400, generator: RandomGenerator(seed: 2)), shrinkage: 0.1)
        let all = try VAEPrior(autoencoder, encoder: .fixed)
        let share = try VAEPrior(
            autoencoder, encoder: .fixed, estimate: .init(share: 8, controlVariate: controlled ? gaussian : nil))
        let (first, second) = (RandomGenerator(seed: 34), RandomGenerator(seed: 35))
        let (exact, exactError) = meanAndError(
            try (0..<300).map { _ in try all.bound(posterior, generator: first).number() })
        let (mean, error) = meanAndError(
            try (0..<300).map { _ in try share.bound(posterior, generator: second).number() })
        #expect(abs(mean - exact) < 4 * (error * error + exactError * exactError).squareRoot(), "\(mean), \(exact)")
        // An estimate that was not scaled to all kernels would be far outside of its error.
        #expect(error < 0.02 * abs(exact))
    }

    /// Where the Gaussian is the prior itself and the encoder exact, nothing is left to estimate.
    @Test func controlVariateTakesTheNoiseOut() throws {
        let decoder = try LinearNormal(
            inputShape: [2], outputShape: [2, 2],
            weight: Tensor([1, 0.5, 0.5, -1, 0.8, 0.4, 0.4, -0.8], shape: [4, 2]),
            bias: Tensor.zeros([4]), logVariance: Tensor.full([4], -1))
        let autoencoder = try KernelVAE(encoder: LinearNormal(exactEncoderOf: decoder), decoder: decoder)
        let marginal = try decoder.marginal()
        let q = try Normal(
            mean: marginal.sample(200, generator: RandomGenerator(seed: 37)), logVariance: Tensor.full([200, 2, 2], -3))
        let exact = try KLDivergence.crossEntropy(q, marginal).number()
        let generator = RandomGenerator(seed: 38)
        func estimates(_ gaussian: FullCovarianceGaussian?) throws -> [Double] {
            let estimate = VAEPrior.Estimate(samples: 2, share: 20, controlVariate: gaussian)
            let prior = try VAEPrior(autoencoder, encoder: .fixed, estimate: estimate)
            return try (0..<60).map { _ in try prior.crossEntropy(q, generator: generator).number() }
        }
        for value in try estimates(marginal) { #expect(abs(value - exact) < 1e-4 * exact) }
        let (mean, error) = meanAndError(try estimates(nil))
        #expect(error > 0.001 * exact)
        #expect(abs(mean - exact) < 4 * error)
    }

    /// Gradients by central differences: the same seed gives the same draws of weights, codes and kernels.
    @Test(arguments: [1, 5]) func gradientsAreTheDifferences(_ samples: Int) throws {
        let prior = try VAEPrior(
            autoencoder, encoder: .collapsed(kernels: posterior.mean), estimate: .init(samples: samples))
        let mean = try posterior.mean.cloned().requireGradient()
        let logVariance = try posterior.logVariance.cloned().requireGradient()
        let q = try Normal(mean: mean, logVariance: logVariance)
        func bound() throws -> Tensor { try prior.bound(q, generator: RandomGenerator(seed: 38)) }
        try bound().backward()
        let leaves = [("mean", mean), ("log_variance", logVariance)] + prior.parameters.map { ($0.name, $0.tensor) }
        for (name, tensor) in leaves {
            let gradient = try #require(tensor.gradient)
            // Along the gradient the derivative is largest, so rounding in Float matters least.
            let norm = try gradient.square().sum().number().squareRoot()
            let step = 0.02 / max(norm, 1)
            func shifted(_ factor: Double) throws -> Double {
                _ = try GradientMode.disabled { try tensor.add(gradient, factor: Float(factor)) }
                defer { _ = try? GradientMode.disabled { try tensor.add(gradient, factor: Float(-factor)) } }
                return try GradientMode.disabled { try bound().number() }
            }
            let difference = try (shifted(step / norm * norm) - shifted(-step / norm * norm)) / (2 * step)
            #expect(abs(difference - norm * norm) < 0.02 * norm * norm, "\(name): \(difference), \(norm * norm)")
        }
    }

    /// More kernels than one part holds: value and gradients are those of the whole at once.
    @Test func partsSumToTheWhole() throws {
        let decoder = try LinearNormal(
            inputShape: [1], outputShape: [2], weight: Tensor([1, 0.5], shape: [2, 1]), bias: Tensor.zeros([2]),
            logVariance: Tensor.full([2], -1))
        let encoder = try LinearNormal(
            inputShape: [2], outputShape: [1], weight: Tensor([0.3, 0.2], shape: [1, 2]), bias: Tensor.zeros([1]),
            logVariance: Tensor.zeros([1]))
        let prior = try VAEPrior(
            KernelVAE(encoder: encoder, decoder: decoder), encoder: .trainable, estimate: .init(samples: 2))
        let mean = try Tensor.randn([2500, 2], generator: RandomGenerator(seed: 1)).requireGradient()
        let q = try Normal(mean: mean, logVariance: Tensor.full([2500, 2], -2))
        let inParts = try prior.crossEntropy(q, generator: RandomGenerator(seed: 2))
        // The same draws in the same order.
        let generator = RandomGenerator(seed: 2)
        let weights = try q.sample(noise: Tensor.randn([2500, 2], generator: generator))
        let atOnce = try prior.logBound(weights, noise: Tensor.randn([2, 2500, 1], generator: generator)).sum()
            .negated()
        #expect(abs(try inParts.number() - atOnce.number()) < 1e-5 * abs(try atOnce.number()))
        let leaves = [mean] + prior.parameters.map(\.tensor)
        try inParts.backward()
        let gradients = leaves.map(\.gradient)
        for leaf in leaves { leaf.gradient = nil }
        try atOnce.backward()
        for (leaf, gradient) in zip(leaves, gradients) {
            try expectClose(gradient, try #require(leaf.gradient), "gradient of a leaf of \(leaf.shape.shapeText)")
        }
    }

    @Test(arguments: [1, 3]) func frozenAutoencodersSayWhatTrainedOnesDo(_ samples: Int) throws {
        let frozen = try autoencoder.copy()
        for parameter in frozen.namedParameters { try parameter.tensor.requireGradient(false) }
        func results(_ autoencoder: KernelVAE) throws -> [Tensor] {
            let mean = try posterior.mean.cloned().requireGradient()
            let encoded = try autoencoder.encode(mean)
            let bound = try autoencoder.decoder.logMarginalBound(mean, encoded: encoded, noise: noise(samples, 40))
            try (bound * posterior.logVariance.sum([2, 3, 4])).sum().backward()
            return [bound, try #require(mean.gradient)]
        }
        for round in 0..<2 {
            for (one, other) in try zip(results(frozen), results(autoencoder)) {
                try expectClose(one, other, "round \(round)")
            }
            // What was arranged for the frozen one is not used any longer.
            for one in [frozen, autoencoder] {
                for (_, tensor) in one.namedParameters {
                    _ = try GradientMode.disabled { try tensor.add(tensor.detached(), factor: 0.3) }
                }
            }
        }
    }

    @Test(arguments: [false, true]) func threadsDoNotChangeABit(isTrained: Bool) throws {
        let threads = ThreadPool.shared.threads
        defer { ThreadPool.shared.threads = threads }
        let generator = RandomGenerator(seed: 41)
        let kernels = try Tensor.randn([1100, 3, 3, 3], generator: generator)
        func results(_ threads: Int) throws -> [[Float]] {
            ThreadPool.shared.threads = threads
            let prior = try VAEPrior(autoencoder, encoder: isTrained ? .trainable : .fixed)
            let mean = try kernels.cloned().requireGradient()
            let bound = try prior.bound(
                Normal(mean: mean, logVariance: Tensor.full(kernels.shape, -3)), generator: RandomGenerator(seed: 42))
            try bound.backward()
            let gradients = try ([mean] + prior.parameters.map(\.tensor)).map { try #require($0.gradient) }
            return ([bound] + gradients).map(\.values)
        }
        let one = try results(1)
        let isSame = try results(2) == one
        #expect(isSame)
    }

    @Test func refusesWhatDoesNotFit() throws {
        #expect(throws: TensorError.self) { try VAEPrior(autoencoder, estimate: .init(samples: 0)) }
        #expect(throws: TensorError.self) { try VAEPrior(autoencoder, estimate: .init(share: 0)) }
        let prior = try VAEPrior(autoencoder, encoder: .collapsed(kernels: posterior.mean))
        let other = try Normal(mean: Tensor.zeros([7, 3, 3, 3]), logVariance: Tensor.zeros([7, 3, 3, 3]))
        #expect(throws: TensorError.self) { try prior.bound(other, generator: RandomGenerator(seed: 1)) }
        let flat = try Normal(mean: Tensor.zeros([7, 5, 5]), logVariance: Tensor.zeros([7, 5, 5]))
        #expect(throws: TensorError.self) {
            try VAEPrior(autoencoder).bound(flat, generator: RandomGenerator(seed: 1))
        }
    }
}
