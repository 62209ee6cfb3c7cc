import Layers
import Support
import Tensors

/// A convolution of 1 to 3 dimensions whose weights have a posterior: independent normals, or of another family.
///
/// The weight is the posterior's mean, under the name that it has in a plain convolution, so that files of plain
/// networks load; beside it lies the log-variance. A latent posterior has codes instead. A bias has no posterior.
public final class BayesianConvolution: ConvolutionLayer, DeclaredLayer {
    /// What the layer computes with.
    public enum Mode {
        /// Independent weights: the result drawn from its Gaussian, anew at each call (local reparameterisation,
        /// Kingma, Salimans and Welling 2015), so that gradients reach mean and log-variance with little noise. Other
        /// families: weights drawn anew at each call, one set for all of the input, through which gradients reach all
        /// parameters. The noise comes from the generator.
        case training(RandomGenerator)
        /// The posterior's mean.
        case mean
        /// Weights drawn once, and used until other ones are drawn.
        case sampled(weight: Tensor)
    }

    /// `Conv1d`, `Conv2d` and `Conv3d` of `bayes`.
    public static let declarations = ConvolutionSpecification.declarations(
        "BayesianConv", name: "Conv",
        "Makes a convolution whose weights have posteriors; the means start as PyTorch's weights do. The bias is a number.",
        PosteriorFamily.nameSetting, PosteriorFamily.rankSetting, LatentPosterior.network, LatentPosterior.factor
    ) { "bayes.\($0)(1, 4, 3).log_variance:size(1) == 4" }

    /// The sizes.
    public let specification: ConvolutionSpecification
    /// The posterior's means: output channels, input channels, and the kernel. Not used where the posterior is latent.
    public let weight: Tensor
    /// The logarithms of the posterior's variances, in the shape of the weight: of each weight given those before it in
    /// its kernel where the covariance is full, without the factors' part where it is of low rank. Not used where the
    /// posterior is latent.
    public let logVariance: Tensor
    /// The family of the posterior, with what it has beside means and log-variances.
    public private(set) var family: PosteriorFamily
    /// What is added to each channel of the result; nil for a layer without a bias.
    public let bias: Tensor?
    /// What the layer computes with; the mean at first.
    public var mode: Mode = .mean

    /// The log-variance of every weight at the start, unless another is given.
    public static let defaultLogVariance: Float = -10

    /// Makes a layer whose means start as the weights of a plain convolution do, the variances of weights at e^-10.
    ///
    /// - Parameters:
    ///   - specification: The sizes.
    ///   - posterior: The family of the posterior, independent normals by default; a latent one is an error, as it
    ///     needs `useLatentPosterior`.
    ///   - rank: The number of factors of `lowRank`, at most that of a kernel's weights; 2 by default. An error for
    ///     other families.
    ///   - generator: Where the means, and the factors of `lowRank`, are drawn from.
    public init(
        _ specification: ConvolutionSpecification, posterior: PosteriorFamily.Name = .meanField, rank: Int? = nil,
        generator: RandomGenerator
    ) throws(TensorError) {
        let plain = try Convolution(specification, generator: generator)
        self.specification = specification
        weight = plain.weight
        bias = plain.bias
        logVariance = try Tensor.full(plain.weight.shape, Self.defaultLogVariance).requireGradient()
        family = try PosteriorFamily(
            posterior, rank: rank, shape: plain.weight.shape, operation: Self.kind(specification), generator: generator)
        try GradientMode.disabled { () throws(TensorError) in try fillVariance(Self.defaultLogVariance) }
    }

    private static func kind(_ specification: ConvolutionSpecification) -> String {
        "BayesianConv\(specification.dimensions)d"
    }

    /// The posterior of the layer's kernels around their means; not that of a latent posterior, which has none.
    func kernelPosterior() throws(TensorError) -> KernelPosterior {
        KernelPosterior(
            normal: try Normal(mean: weight.kernels(), logVariance: logVariance.kernels()),
            dependence: try family.dependence())
    }

    /// The posterior's mean where it has one in closed form; of a latent posterior, what the decoder gives for the
    /// means of the codes. In the shape of the weight.
    public func meanWeights() throws(TensorError) -> Tensor {
        guard case .latent(let latent) = family else { return weight }
        return try latent.mean().reshaped(weight.shape)
    }

    /// One draw of the weights, through which gradients flow; all variances are multiplied by `temperature`.
    private func drawnWeights(_ generator: RandomGenerator, temperature: Float = 1) throws(TensorError) -> Tensor {
        let kernels =
            if case .latent(let latent) = family {
                try latent.sample(temperature: temperature, generator: generator)
            } else {
                try kernelPosterior().tempered(temperature).sample(generator: generator)
            }
        return try kernels.reshaped(weight.shape)
    }

    /// Draws each weight once, for all calls until the next draw.
    ///
    /// - Parameters:
    ///   - generator: Where the draw comes from.
    ///   - temperature: What the posterior's variances are multiplied by, a finite number of 0 or more; 1 by default.
    public func drawWeights(_ generator: RandomGenerator, temperature: Double = 1) throws(TensorError) {
        try require(
            temperature >= 0 && Float(temperature).isFinite, "draw_weights", "temperature", temperature,
            expected: "a finite number of 0 or more")
        let drawn = try GradientMode.disabled { () throws(TensorError) in
            try drawnWeights(generator, temperature: Float(temperature))
        }
        mode = .sampled(weight: drawn)
    }

    /// The convolution of `input`, as the mode says; it is normalised with its `statistics` and rectified first where
    /// they are given.
    public func callAsFunction(
        _ input: Tensor, normalisedBy statistics: InstanceStatistics?
    ) throws(TensorError) -> Tensor {
        let (stride, padding) = (specification.stride, specification.padding)
        let kernels: Tensor
        switch (mode, family) {
        case (.training(let generator), .meanField):
            return try input.bayesianConvolution(
                mean: weight, logVariance: logVariance, bias: bias, stride: stride, padding: padding,
                generator: generator, normalisedBy: statistics)
        case (.training(let generator), _): kernels = try drawnWeights(generator)
        case (.mean, _): kernels = try meanWeights()
        case (.sampled(let drawn), _): kernels = drawn
        }
        return try input.convolution(
            weight: kernels, bias: bias, stride: stride, padding: padding, normalisedBy: statistics)
    }

    /// The mean under the name "weight", "log_variance", the family's own, and the bias where there is one; the codes
    /// of a latent posterior instead of the first three.
    public var parameters: [(name: String, tensor: Tensor)] {
        let posterior =
            if case .latent(let latent) = family {
                latent.parameters
            } else {
                [("weight", weight), ("log_variance", logVariance)] + family.parameters
            }
        return posterior + (bias.map { [("bias", $0)] } ?? [])
    }

    /// The autoencoder of a latent posterior.
    public var buffers: [(name: String, tensor: Tensor)] {
        if case .latent(let latent) = family { latent.buffers } else { [] }
    }

    /// The sizes, and the family where weights are not independent.
    public var configuration: Configuration {
        var result = specification.configuration(kind: Self.kind(specification))
        result.settings += family.settings
        return result
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        let specification = try ConvolutionSpecification(configuration)
        let name = try PosteriorFamily.Name(rawValue: configuration[PosteriorFamily.nameSetting]) ?? .meanField
        guard let latent = try LatentPosterior(configuration, shape: specification.weightShape, decoder: decoder) else {
            try self.init(
                specification, posterior: name, rank: configuration[PosteriorFamily.rankSetting], generator: generator)
            return
        }
        try self.init(specification, generator: generator)
        setLatentPosterior(latent)
    }
}

/// How the posterior starts.
extension BayesianConvolution {
    /// Gives the layer a posterior in the code space of an autoencoder, in place of the one that it had.
    func setLatentPosterior(_ latent: LatentPosterior) { family = .latent(latent) }

    /// Whether the posterior is latent.
    var isLatent: Bool { family.name == .latent }

    /// The logarithms of variances that are trained: of weights, or of the codes of a latent posterior.
    var trainedLogVariance: Tensor {
        if case .latent(let latent) = family { latent.codes.logVariance } else { logVariance }
    }

    /// Sets the posterior to a start, without gradients: the means at `mean`, in the shape of the weight, or as they
    /// are where it is nil; and independent weights of the given variance, or nearly so for `lowRank`. Codes of a
    /// latent posterior start at those of `mean`, with this variance in place of that of weights.
    func start(
        mean: Tensor?, variance: PosteriorVariance, generator: RandomGenerator
    ) throws(TensorError) {
        switch family {
        case .latent(let latent):
            if let mean { try latent.start(at: mean.kernels()) }
            try latent.codes.logVariance.fill(variance.value(for: latent.codes.mean))
            return
        case .fullCovariance(let lower): try lower.fill(0)
        case .lowRank(let factors): try factors.assign(PosteriorFamily.startFactors(factors.shape, generator))
        case .meanField, .radial: break
        }
        if let mean { try weight.assign(mean) }
        try fillVariance(variance.value(for: weight))
    }

    /// Gives each weight the variance e^`value`, factors of low rank included.
    private func fillVariance(_ value: Float) throws(TensorError) {
        try logVariance.fill(value)
        guard case .lowRank(let factors) = family else { return }
        let relative = try factors.square().sum([4]).offset(by: 1).log().reshaped(weight.shape)
        try logVariance.assign(logVariance - relative)
    }
}
