import Layers
import Support
import Tensors

/// A convolution of 1 to 3 dimensions whose weights have a Gaussian posterior, independent for each weight.
///
/// The weight is the posterior's mean, under the name that it has in a plain convolution, so that files of plain
/// networks load; beside it lies the log-variance. A bias has no posterior.
public final class BayesianConvolution: ConvolutionLayer, DeclaredLayer {
    /// What the layer computes with.
    public enum Mode {
        /// The result drawn from its Gaussian, anew at each call (local reparameterisation, Kingma, Salimans and
        /// Welling 2015): gradients reach mean and log-variance with little noise. The noise comes from the generator.
        case training(RandomGenerator)
        /// The posterior's mean.
        case mean
        /// Weights drawn once, and used until other ones are drawn.
        case sampled(weight: Tensor)
    }

    /// `Conv1d`, `Conv2d` and `Conv3d` of `bayes`.
    public static let declarations = ConvolutionSpecification.declarations(
        "BayesianConv", name: "Conv",
        "Makes a convolution whose weights have Gaussian posteriors; the means start as PyTorch's weights do. The bias is "
            + "a number."
    ) { "bayes.\($0)(1, 4, 3).log_variance:size(1) == 4" }

    /// The sizes.
    public let specification: ConvolutionSpecification
    /// The posterior's means: output channels, input channels, and the kernel.
    public let weight: Tensor
    /// The logarithms of the posterior's variances, in the shape of the weight.
    public let logVariance: Tensor
    /// What is added to each channel of the result; nil for a layer without a bias.
    public let bias: Tensor?
    /// What the layer computes with; the mean at first.
    public var mode: Mode = .mean

    /// The log-variance of every weight at the start, unless another is given.
    public static let defaultLogVariance: Float = -10

    /// Makes a layer whose means start as the weights of a plain convolution do, its log-variances at -10.
    public init(_ specification: ConvolutionSpecification, generator: RandomGenerator) throws(TensorError) {
        let plain = try Convolution(specification, generator: generator)
        self.specification = specification
        weight = plain.weight
        bias = plain.bias
        logVariance = try Tensor.full(plain.weight.shape, Self.defaultLogVariance).requireGradient()
    }

    /// The posterior of the weights.
    public func posterior() throws(TensorError) -> Normal { try Normal(mean: weight, logVariance: logVariance) }

    /// Draws each weight once, for all calls until the next draw; `temperature` multiplies the posterior's variances.
    public func drawWeights(_ generator: RandomGenerator, temperature: Double = 1) throws(TensorError) {
        let drawn = try GradientMode.disabled { () throws(TensorError) in
            let noise = try Tensor.randn(weight.shape, generator: generator)
            return try posterior().sample(
                noise: temperature == 1 ? noise : noise.scaled(by: Float(temperature.squareRoot())))
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
        switch mode {
        case .training(let generator):
            return try input.bayesianConvolution(
                mean: weight, logVariance: logVariance, bias: bias, stride: stride, padding: padding,
                generator: generator, normalisedBy: statistics)
        case .mean: kernels = weight
        case .sampled(let drawn): kernels = drawn
        }
        return try input.convolution(
            weight: kernels, bias: bias, stride: stride, padding: padding, normalisedBy: statistics)
    }

    /// The mean under the name "weight", "log_variance", and the bias where there is one.
    public var parameters: [(name: String, tensor: Tensor)] {
        [("weight", weight), ("log_variance", logVariance)] + (bias.map { [("bias", $0)] } ?? [])
    }

    /// The sizes.
    public var configuration: Configuration {
        specification.configuration(kind: "BayesianConv\(specification.dimensions)d")
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(ConvolutionSpecification(configuration), generator: generator)
    }
}
