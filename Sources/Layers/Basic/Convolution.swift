import Support
import Tensors

/// A layer that convolves, and can normalise and rectify its input as it reads it.
public protocol ConvolutionLayer: AdaptableLayer {
    /// The convolution of `input`, which is first normalised with its `statistics` and rectified, where they are given.
    func callAsFunction(_ input: Tensor, normalisedBy statistics: InstanceStatistics?) throws(TensorError) -> Tensor
}

extension ConvolutionLayer {
    /// The convolution of `input`.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor { try self(input, normalisedBy: nil) }
}

/// A convolution of 1 to 3 dimensions: input N x C x L, N x C x H x W or N x C x D x H x W, weight O x I x kernel.
public final class Convolution: ConvolutionLayer, DeclaredLayer {
    /// `Conv1d`, `Conv2d` and `Conv3d`.
    public static let declarations = ConvolutionSpecification.declarations(
        "Conv", "Makes a convolution, with PyTorch's default start."
    ) { "nn.\($0)(1, 4, 3, {padding = 1}).weight:size(1) == 4" }

    /// The sizes.
    public let specification: ConvolutionSpecification
    /// The kernels: output channels, input channels, and the kernel.
    public let weight: Tensor
    /// What is added to each channel of the result; nil where nothing is.
    public let bias: Tensor?

    /// Makes a convolution that starts with PyTorch's default: weight and bias uniform within 1 / sqrt(fan in), the
    /// weight times the specification's `initialScale`.
    public init(_ specification: ConvolutionSpecification, generator: RandomGenerator) throws(TensorError) {
        self.specification = specification
        (weight, bias) = try initialParameters(
            shape: specification.weightShape, channels: specification.bias ? specification.outputChannels : nil,
            scale: specification.initialScale, generator: generator)
    }

    /// The factory of plain convolutions.
    public static func plain(
        _ specification: ConvolutionSpecification, _ generator: RandomGenerator
    ) throws(TensorError) -> any ConvolutionLayer {
        try Convolution(specification, generator: generator)
    }

    /// The convolution of `input`, which is first normalised with its `statistics` and rectified, where they are given.
    public func callAsFunction(
        _ input: Tensor, normalisedBy statistics: InstanceStatistics?
    ) throws(TensorError) -> Tensor {
        try input.convolution(
            weight: weight, bias: bias, stride: specification.stride, padding: specification.padding,
            normalisedBy: statistics)
    }

    /// The weight, and the bias where there is one.
    public var parameters: [(name: String, tensor: Tensor)] { named(weight, bias) }

    /// The sizes.
    public var configuration: Configuration {
        specification.configuration(kind: "Conv\(specification.dimensions)d")
    }

    /// Makes the convolution that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(try ConvolutionSpecification(configuration), generator: generator)
    }
}
