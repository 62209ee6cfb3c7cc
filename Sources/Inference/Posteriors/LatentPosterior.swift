import Layers
import Support
import Tensors

/// The posterior of a layer's kernels in the code space of an autoencoder over kernels: a code z ~ q(z), a Gaussian for
/// each kernel, and a kernel from the decoder's p(w | z), times the layer's scale.
///
/// It is a posterior of codes and kernels together, as the deep weight prior is a prior of both: the two have p(w | z)
/// in common, and what is left of their divergence is KL(q(z) || p(z)), which bounds that of the kernels.
public struct LatentPosterior {
    static let network = Setting<JSON?>.part("autoencoder", default: .some(nil), "of 'latent': the autoencoder")
    static let factor = Setting<Float>.part(
        "kernel_scale", default: 1, "of 'latent': what decoded kernels are multiplied by")

    /// The name of the means of the codes.
    static let codeMean = "code_mean"

    /// The autoencoder, frozen.
    public let autoencoder: KernelVAE
    /// What decoded kernels are multiplied by.
    public let scale: Float
    /// q(z): means and log-variances, n x the number of codes.
    public let codes: Normal

    /// Starts at what the encoder says of `kernels`, n x the kernel's shape, divided by `scale`; the autoencoder must
    /// be frozen.
    init(_ autoencoder: KernelVAE, scale: Float, kernels: Tensor) throws(TensorError) {
        let codes = try GradientMode.disabled { () throws(TensorError) in
            try autoencoder.encode(kernels.detached().scaled(by: 1 / scale)).copy()
        }
        try self.init(autoencoder, scale: scale, codes: codes)
    }

    /// Makes it again, with codes of 0, from what a file kept of a layer with weights of `shape`; nil where the layer
    /// had no autoencoder.
    init?(_ configuration: Configuration, shape: [Int], decoder: LayerDecoder) throws(TensorError) {
        guard let json = try configuration[Self.network] else { return nil }
        let scale = try configuration[Self.factor]
        try require(
            scale > 0 && scale.isFinite, configuration.kind, Self.factor.declaration.name, scale,
            expected: "a finite number above 0")
        let kernel = Array(shape.dropFirst(2))
        let layer = try decoder.layer(Configuration(json), generator: RandomGenerator(seed: 0))
        guard let autoencoder = layer as? KernelVAE, autoencoder.kernelShape == kernel else {
            throw .argument(
                operation: configuration.kind, parameter: Self.network.declaration.name,
                value: layer.summary, expected: "a KernelVAE of kernels \(kernel.shapeText)")
        }
        try autoencoder.freeze(except: [])
        let size = [shape[0] * shape[1], autoencoder.latentSize]
        try self.init(
            autoencoder, scale: scale, codes: Normal(mean: Tensor.zeros(size), logVariance: Tensor.zeros(size)))
    }

    private init(_ autoencoder: KernelVAE, scale: Float, codes: Normal) throws(TensorError) {
        (self.autoencoder, self.scale, self.codes) = (autoencoder, scale, codes)
        for (_, tensor) in parameters { try tensor.requireGradient() }
    }

    /// What is trained: means and log-variances of the codes.
    var parameters: [(name: String, tensor: Tensor)] {
        [(Self.codeMean, codes.mean), ("code_log_variance", codes.logVariance)]
    }

    /// The parameters of the autoencoder, which are not trained.
    var buffers: [(name: String, tensor: Tensor)] {
        autoencoder.namedParameters.map { ("autoencoder." + $0.name, $0.tensor) }
    }

    /// The autoencoder's configuration, and the scale.
    var settings: [JSON.Member] { [Self.network(autoencoder.configuration.json), Self.factor(scale)] }

    /// The kernels that the decoder gives for the means of the codes, n x the kernel's shape.
    func mean() throws(TensorError) -> Tensor { try autoencoder.decode(codes.mean).mean.scaled(by: scale) }

    /// One draw of the kernels, through which gradients flow to the codes; variances of codes and of p(w | z) are
    /// multiplied by `temperature`.
    func sample(temperature: Float, generator: RandomGenerator) throws(TensorError) -> Tensor {
        let noise = try Tensor.randn(codes.eventShape, generator: generator)
        let given = try autoencoder.decode(codes.tempered(temperature).sample(noise: noise)).tempered(temperature)
        return try given.sample(noise: Tensor.randn(given.eventShape, generator: generator)).scaled(by: scale)
    }

    /// Moves the codes' means to what the encoder says of `kernels`, n x the kernel's shape.
    func start(at kernels: Tensor) throws(TensorError) {
        try codes.mean.assign(codes(of: kernels))
    }

    /// The means of what the encoder says of `kernels`, n x the kernel's shape.
    func codes(of kernels: Tensor) throws(TensorError) -> Tensor {
        try autoencoder.encode(kernels.scaled(by: 1 / scale)).mean
    }

    /// KL(q(z) || p(z)) in nats, summed over the kernels: in closed form for N(0, I), by one draw for a VampPrior.
    ///
    /// It bounds the divergence from the `VAEPrior` of kernels divided by `scale` whose decoder this one has, and from
    /// no other prior: that is an error, which names the layer by its `path`.
    func bound(
        _ prior: any KernelPrior, scale: Float, path: String, generator: RandomGenerator
    ) throws(TensorError) -> Tensor {
        guard scale == self.scale, let prior = prior as? VAEPrior, prior.hasDecoder(of: autoencoder) else {
            throw .argument(
                operation: "prior_group", parameter: "prior of '\(path)'", value: "another than its posterior has",
                expected: "the VAEPrior and the scale of its latent posterior, as bayes.use_latent_posterior took them")
        }
        guard let mixture = prior.codePrior else { return try codes.divergenceFromStandard().sum() }
        let drawn = try codes.sample(noise: Tensor.randn(codes.eventShape, generator: generator))
        return try (mixture.logProbability(drawn).sum() + codes.entropy()).negated()
    }
}

extension Layer {
    /// Gives the Bayesian convolutions that `priors` hold posteriors in the code spaces of these priors, which must all
    /// be `VAEPrior`s. Codes start at what the encoders say of the means that the layers had; other layers stay as they
    /// are, and so do all of them where an error is thrown.
    ///
    /// The parameters change: optimisers are made afterwards.
    public func useLatentPosterior(_ priors: PriorSet) throws(TensorError) {
        let operation = "use_latent_posterior"
        _ = try someBayesianLayers(operation)
        var found: [(layer: BayesianConvolution, latent: LatentPosterior)] = []
        for group in priors.groups {
            guard let prior = group.prior as? VAEPrior else {
                throw .argument(
                    operation: operation, parameter: "prior of '\(group.name)'",
                    value: (group.prior as? any DeclaredPrior).map { type(of: $0).kind } ?? "another",
                    expected: "a VAEPrior: its decoder makes kernels of codes")
            }
            let autoencoder = try prior.autoencoder.copy()
            try autoencoder.freeze(except: [])
            for (_, scale, layer) in try group.bayesianLayers(of: self) {
                found.append(
                    (layer, try LatentPosterior(autoencoder, scale: scale, kernels: layer.meanWeights().kernels())))
            }
        }
        for (layer, latent) in found { layer.setLatentPosterior(latent) }
    }
}

extension VAEPrior {
    /// Whether the prior's decoder is that of `other`: of the same kind and with the same parameters.
    fileprivate func hasDecoder(of other: KernelVAE) -> Bool {
        let (own, given) = (autoencoder.decoder, other.decoder)
        return own.configuration == given.configuration
            && zip(own.namedParameters, given.namedParameters).allSatisfy { $0.tensor.values == $1.tensor.values }
    }
}

extension Tensor {
    /// The kernels of a convolution's weight: all of them in dimension 1.
    func kernels() throws(TensorError) -> Tensor { try reshaped([-1] + Array(shape.dropFirst(2))) }
}
