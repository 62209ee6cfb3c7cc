import Support
import Tensors

/// The implicit prior of kernels that an autoencoder has learnt: p(w), the integral of p(w | z) p(z).
///
/// Its logarithm is bounded from below by log p_K(w), the logarithm of the mean over K codes z_k ~ r(z | w) of
/// p(w | z_k) p(z_k) / r(z_k | w); for K = 1 the divergence of r from p(z) = N(0, I) is taken in closed form. The
/// decoder and p(z) are frozen; gradients pass through the decoder and through the encoder to w.
public final class VAEPrior: DeclaredPrior {
    /// Where r(z | w) comes from.
    public enum Encoder {
        /// The autoencoder's encoder, trained further together with the posterior: the tightest bound.
        case trainable
        /// The autoencoder's encoder as it is.
        case fixed
        /// A mean and log-variance of the codes for each kernel, free parameters that start at what the
        /// autoencoder's encoder says of `kernels` (n x the kernel's shape), such as the posterior's means.
        case collapsed(kernels: Tensor)
    }

    /// The encoders' names in files and scripts.
    public enum Mode: String, CaseIterable, Sendable {
        /// As `Encoder.trainable`.
        case trainable
        /// As `Encoder.fixed`.
        case fixed
        /// As `Encoder.collapsed`.
        case collapsed
    }

    /// How the sum over kernels is estimated.
    public struct Estimate {
        /// K, the number of codes for each kernel; 1 by default.
        public var samples: Int
        /// How many kernels are drawn anew, without replacement, at each evaluation to stand for all; nil (the default)
        /// for all.
        public var share: Int?
        /// A Gaussian close to the prior that takes most of the noise out of the estimate from a share: its cross
        /// entropy on all kernels is known, and only the difference from it is estimated.
        public var controlVariate: (any KernelPrior & Distribution)?

        /// Describes an estimate; all kernels, one code each, by default.
        public init(
            samples: Int = 1, share: Int? = nil, controlVariate: (any KernelPrior & Distribution)? = nil
        ) {
            self.samples = samples
            self.share = share
            self.controlVariate = controlVariate
        }
    }

    /// The autoencoder: a copy, frozen except for an encoder that is trained.
    public let autoencoder: KernelVAE
    let mode: Mode
    /// The estimate.
    public let estimate: Estimate
    /// r(z) for each kernel where the encoder is collapsed.
    public let codes: Normal?
    /// p(z) as the autoencoder's encoder made it of the pseudo-inputs when the prior was made; nil for N(0, I).
    public let codePrior: CodeMixture?
    /// What is trained: the encoder's parameters, or the codes' means and log-variances.
    public let parameters: [(name: String, tensor: Tensor)]

    /// The prior of `autoencoder`, which is copied.
    public convenience init(
        _ autoencoder: KernelVAE, encoder: Encoder = .trainable, estimate: Estimate = Estimate()
    ) throws(TensorError) {
        let (mode, codes) = try encoder.start(of: autoencoder)
        let codePrior = try GradientMode.disabled { () throws(TensorError) in try autoencoder.codePrior() }
        try self.init(autoencoder, mode: mode, codes: codes, codePrior: codePrior, estimate: estimate)
    }

    init(
        _ autoencoder: KernelVAE, mode: Mode, codes: Normal?, codePrior: CodeMixture?, estimate: Estimate
    ) throws(TensorError) {
        try positive(estimate.samples, "vae_prior", "samples")
        try positive(estimate.share ?? 1, "vae_prior", "share")
        self.autoencoder = try autoencoder.copy()
        self.mode = mode
        self.estimate = estimate
        self.codes = try codes?.copy()
        self.codePrior = codePrior
        parameters =
            switch mode {
            case .trainable: self.autoencoder.encoder.namedParameters
            case .fixed: []
            case .collapsed: self.codes.map { [("codes.mean", $0.mean), ("codes.log_variance", $0.logVariance)] } ?? []
            }
        try self.autoencoder.freeze(except: [])
        for parameter in parameters { try parameter.tensor.requireGradient() }
    }

    /// The shape of one kernel.
    public var eventShape: [Int] { autoencoder.kernelShape }

    /// Draws kernels: codes from p(z), then kernels from p(w | z).
    public func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try GradientMode.disabled { () throws(TensorError) in
            try autoencoder.sample(count, noisy: true, codePrior: codePrior, generator: generator)
        }
    }

    /// A lower bound on log p(w) of each of n kernels by the encoder, with `samples` codes each.
    func bound(_ kernels: Tensor, samples: Int, generator: RandomGenerator) throws(TensorError) -> Tensor {
        let noise = try autoencoder.noise(samples: samples, count: kernels.shape.first ?? 0, generator: generator)
        return try logBound(kernels, encoded: nil, noise: noise)
    }

    /// An unbiased estimate of an upper bound on -E_q log p(w), with one draw of w for each kernel.
    public func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor {
        let count = try kernelCount(posterior)
        guard count > 0 else { return try Tensor(0) }
        var places: [Int]?
        var part = posterior
        if let share = estimate.share, share < count {
            let chosen = generator.permutation(count).prefix(share).map { $0 + 1 }.sorted()
            part = try posterior.indexed(chosen)
            places = chosen
        }
        let weights = try part.sample(noise: Tensor.randn(part.eventShape, generator: generator))
        let size = part.eventShape[0]
        let noise = try Tensor.randn([estimate.samples, size, autoencoder.latentSize], generator: generator)
        let scale = Float(Double(count) / Double(size))
        if let gaussian = estimate.controlVariate {
            let difference = try gaussian.logProbability(weights).sum() - sumOfBounds(weights, places, noise)
            return try gaussian.crossEntropy(posterior, generator: generator) + difference.scaled(by: scale)
        }
        return try sumOfBounds(weights, places, noise).scaled(by: -scale)
    }

    /// log p_K(w) of each of n kernels.
    ///
    /// - Parameters:
    ///   - kernels: n x the kernel's shape.
    ///   - places: Which kernels of the posterior they are, counted from 1, where the encoder is collapsed; all by
    ///     default.
    ///   - noise: Standard normal numbers, K x n x the number of codes.
    public func logBound(_ kernels: Tensor, places: [Int]? = nil, noise: Tensor) throws(TensorError) -> Tensor {
        try logBound(kernels, encoded: codes?.indexed(places), noise: noise)
    }

    private func logBound(_ kernels: Tensor, encoded: Normal?, noise: Tensor) throws(TensorError) -> Tensor {
        let encoded = if let encoded { encoded } else { try autoencoder.encode(kernels) }
        return try autoencoder.decoder.logMarginalBound(
            kernels, encoded: encoded, codePrior: codePrior, noise: noise)
    }

    /// The sum of log p_K(w), a part of the kernels at a time.
    private func sumOfBounds(_ kernels: Tensor, _ places: [Int]?, _ noise: Tensor) throws(TensorError) -> Tensor {
        let encoded = try codes?.indexed(places)
        let inputs = [kernels] + (encoded.map { [$0.mean, $0.logVariance] } ?? [])
        let shared = codes == nil ? parameters.map(\.tensor) : []
        let rows = max(1, KernelVAE.codesAtOnce / estimate.samples)
        return try ChunkedSum.of(inputs, parameters: shared, rows: rows) { parts, first, last throws(TensorError) in
            let codes = parts.count == 3 ? try Normal(mean: parts[1], logVariance: parts[2]) : nil
            return try self.logBound(parts[0], encoded: codes, noise: noise.slice(2, first, last)).sum()
        }
    }

    private func kernelCount(_ posterior: Normal) throws(TensorError) -> Int {
        let shape = posterior.eventShape
        let counts = codes.map { [$0.eventShape[0]] } ?? shape.first.map { [$0] } ?? []
        guard shape == counts + eventShape else {
            throw .shape(
                operation: "vae_prior", parameter: "posterior", shape: shape,
                expected: "\(codes == nil ? "n" : counts.shapeText) x \(eventShape.shapeText)")
        }
        return shape[0]
    }
}

extension VAEPrior.Encoder {
    /// The mode, and what the codes start from where they are free.
    fileprivate func start(of autoencoder: KernelVAE) throws(TensorError) -> (VAEPrior.Mode, Normal?) {
        switch self {
        case .trainable: return (.trainable, nil)
        case .fixed: return (.fixed, nil)
        case .collapsed(let kernels):
            return (.collapsed, try GradientMode.disabled { () throws(TensorError) in try autoencoder.encode(kernels) })
        }
    }
}

extension Normal {
    /// A Gaussian with leaves of its own that hold the same elements.
    func copy() throws(TensorError) -> Normal {
        try Normal(mean: mean.copy(), logVariance: logVariance.copy())
    }

    /// The Gaussian of the indices `places` of dimension 1, counted from 1; all of it where `places` is nil.
    func indexed(_ places: [Int]?) throws(TensorError) -> Normal {
        guard let places else { return self }
        return try Normal(mean: mean.indexSelect(1, places), logVariance: logVariance.indexSelect(1, places))
    }
}

extension Tensor {
    /// A leaf with a storage of its own that holds the same elements.
    func copy() throws(TensorError) -> Tensor {
        try GradientMode.disabled { () throws(TensorError) in try detached().cloned() }
    }
}
