import Support
import Tensors

/// A transposed convolution of 1 to 3 dimensions, the derivative of a convolution by its input: weight I x O x k...
public final class TransposedConvolution: DeclaredLayer {
    private static let extraSize = Setting.sizes(
        "output_padding", in: .countOrNone, default: 0, "what is added at the far side of the result"
    ).positionalToo

    /// `ConvTranspose1d`, `ConvTranspose2d` and `ConvTranspose3d`.
    public static let declarations = ConvolutionSpecification.declarations(
        "ConvTranspose",
        "Makes a transposed convolution, with PyTorch's default start: kernels `stride` apart in the result, of which "
            + "`padding` is cut from both sides.", extraSize
    ) { "nn.\($0)(4, 2, 2, {stride = 2})" }

    /// The sizes.
    public let specification: ConvolutionSpecification
    /// How much longer the result is in each direction than the smallest one that fits.
    public let outputPadding: [Int]
    /// The kernels: input channels, output channels, and the kernel.
    public let weight: Tensor
    /// What is added to each channel of the result; nil where nothing is.
    public let bias: Tensor?

    /// Makes a transposed convolution that starts with PyTorch's default, as `Convolution` does; the fan in is taken
    /// from the weight's second dimension, as there.
    public init(
        _ specification: ConvolutionSpecification, outputPadding: [Int] = [0], generator: RandomGenerator
    ) throws(TensorError) {
        let name = "ConvTranspose\(specification.dimensions)d"
        self.specification = specification
        self.outputPadding = try directions(
            outputPadding, specification.dimensions, name, "output_padding", atLeast: 0)
        try require(
            zip(self.outputPadding, specification.stride).allSatisfy { $0 < $1 }, name, "output_padding",
            outputPadding.optionText, expected: "less than the stride, \(specification.stride.optionText)")
        (weight, bias) = try initialParameters(
            shape: [specification.inputChannels, specification.outputChannels] + specification.kernelSize,
            channels: specification.bias ? specification.outputChannels : nil, scale: specification.initialScale,
            generator: generator)
    }

    /// The transposed convolution of `input`.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try input.transposedConvolution(
            weight: weight, bias: bias, stride: specification.stride, padding: specification.padding,
            outputPadding: outputPadding)
    }

    /// The weight, and the bias where there is one.
    public var parameters: [(name: String, tensor: Tensor)] { named(weight, bias) }

    /// The sizes.
    public var configuration: Configuration {
        var result = specification.configuration(kind: "ConvTranspose\(specification.dimensions)d")
        result.settings.append(Self.extraSize(outputPadding))
        return result
    }

    /// Makes the transposed convolution that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(
            try ConvolutionSpecification(configuration), outputPadding: configuration[Self.extraSize],
            generator: generator)
    }
}
