import Support
import Tensors

/// A residual block of the U-Net's way up.
///
/// A pre-activation 1x1x1 convolution and trilinear upsampling by 2 (aligned corners), to which the skip is added; then
/// conv_1 and conv_2, 3x3x3 pre-activation convolutions, whose result is added to their input.
public final class UpBlock: DeclaredLayer {
    private static let (inputs, outputs) = (ConvolutionSpecification.inputs, ConvolutionSpecification.outputs)

    /// `UpBlock`.
    public static let declarations = [
        LayerDeclaration(
            "UpBlock", "Makes a block of the U-Net's way up: it doubles the sides, then two convolutions.", inputs,
            outputs, BlockStyle.normSetting, BlockStyle.activationSetting, BlockStyle.dropoutSetting,
            BlockConvolutions.kind, BlockConvolutions.further, drawsParameters: true,
            example: "nn.UpBlock(4, 2)(torch.ones(1, 4, 2, 2, 2))")
    ]

    /// The channels of the input.
    public let inputChannels: Int
    /// The channels of the skip and of the result.
    public let outputChannels: Int
    private let reduction: PreActivationConvolution
    private let first: PreActivationConvolution
    private let second: PreActivationConvolution

    /// Makes a block.
    public convenience init(
        _ inputChannels: Int, _ outputChannels: Int, initialScale: Float = 1, style: BlockStyle = .published,
        convolution: @escaping ConvolutionFactory = Convolution.plain, generator: RandomGenerator
    ) throws(TensorError) {
        try self.init(
            inputChannels, outputChannels,
            BlockConvolutions(factory: convolution, initialScale: initialScale, style: style, generator: generator))
    }

    init(_ inputChannels: Int, _ outputChannels: Int, _ convolutions: BlockConvolutions) throws(TensorError) {
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        reduction = try convolutions.activatedPoint(inputChannels, outputChannels)
        first = try convolutions.activatedCube(outputChannels, outputChannels)
        second = try convolutions.activatedCube(outputChannels, outputChannels)
    }

    /// The 3x3x3 convolutions, in order.
    var cubes: [any ConvolutionLayer] { [first.convolution, second.convolution] }

    /// The block's result without a skip.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor { try self(input, adding: nil) }

    /// The block's result for `input`, N x C x D x H x W, and a skip of twice its size in each direction.
    public func callAsFunction(_ input: Tensor, adding skip: Tensor?) throws(TensorError) -> Tensor {
        let start = try inside("upsample") { () throws(TensorError) in
            try reduction(input).upsampled(scale: 2, alignCorners: true, adding: skip)
        }
        let hidden = try inside("conv_1") { () throws(TensorError) in try first(start) }
        let residual = try inside("conv_2") { () throws(TensorError) in try second(hidden) }
        return try residual + start
    }

    /// upsample.0, conv_1, conv_2.
    public var children: [(name: String, layer: any Layer)] {
        [("upsample.0", reduction), ("conv_1", first), ("conv_2", second)]
    }

    /// The sizes, the style, and what files keep of the 3x3x3 convolutions.
    public var configuration: Configuration {
        var result = Configuration(
            kind: "UpBlock", Self.inputs(inputChannels), Self.outputs(outputChannels))
        result.settings += BlockConvolutions.settings(cubes) + first.style.settings
        return result
    }

    /// Makes the block that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(
            configuration[Self.inputs], configuration[Self.outputs], style: BlockStyle(configuration),
            convolution: BlockConvolutions.factory(configuration, decoder), generator: generator)
    }
}
