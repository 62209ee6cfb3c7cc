import Support
import Tensors

/// A residual block of the U-Net's way down: two 3x3x3 pre-activation convolutions and a shortcut around them.
///
/// Where it downsamples, conv_1 has stride 2 and the shortcut `down` is a pre-activation 1x1x1 convolution of stride 2;
/// else the shortcut is the input itself. conv_1 and `down` share one normalisation of the input where that has no
/// weights.
public final class DownBlock: DeclaredLayer {
    private static let (inputs, outputs) = (ConvolutionSpecification.inputs, ConvolutionSpecification.outputs)
    private static let step = Setting.integer(
        "stride", in: .between(1, 2), default: 1, "2 where the block halves the sides")
    private static let formerStep = Setting<Bool?>.part(
        "downsamples", default: .some(nil), "in files of earlier versions: whether the stride is 2")

    /// `DownBlock`.
    public static let declarations = [
        LayerDeclaration(
            "DownBlock", "Makes a block of the U-Net's way down: two convolutions beside a shortcut.", inputs, outputs,
            step, formerStep, BlockStyle.normSetting, BlockStyle.activationSetting, BlockStyle.dropoutSetting,
            BlockConvolutions.kind, BlockConvolutions.further, drawsParameters: true,
            example: "nn.DownBlock(2, 4, {stride = 2})(torch.ones(1, 2, 4, 4, 4))")
    ]

    /// The channels of the input.
    public let inputChannels: Int
    /// The channels of the result.
    public let outputChannels: Int
    /// Whether the result has half the size in each direction.
    public let downsamples: Bool
    private let style: BlockStyle
    private let first: PreActivationConvolution
    private let second: PreActivationConvolution
    private let shortcut: PreActivationConvolution?

    /// Makes a block; channels may change only where it downsamples.
    public convenience init(
        _ inputChannels: Int, _ outputChannels: Int, downsamples: Bool, initialScale: Float = 1,
        style: BlockStyle = .published, convolution: @escaping ConvolutionFactory = Convolution.plain,
        generator: RandomGenerator
    ) throws(TensorError) {
        try self.init(
            inputChannels, outputChannels, downsamples: downsamples,
            BlockConvolutions(factory: convolution, initialScale: initialScale, style: style, generator: generator))
    }

    init(
        _ inputChannels: Int, _ outputChannels: Int, downsamples: Bool, _ convolutions: BlockConvolutions
    ) throws(TensorError) {
        try require(
            downsamples || inputChannels == outputChannels, "DownBlock", "out_channels", outputChannels,
            expected: "\(inputChannels), the input's, as the block does not downsample")
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.downsamples = downsamples
        let stride = downsamples ? 2 : 1
        style = convolutions.style
        first = try convolutions.activatedCube(inputChannels, outputChannels, stride: stride)
        second = try convolutions.activatedCube(outputChannels, outputChannels)
        shortcut =
            downsamples ? try convolutions.activatedPoint(inputChannels, outputChannels, stride: stride) : nil
    }

    /// The 3x3x3 convolutions, in order.
    var cubes: [any ConvolutionLayer] { [first.convolution, second.convolution] }

    /// The block's result for `input`, N x C x D x H x W.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        let statistics = style.isFused ? try InstanceStatistics(input) : nil
        let hidden = try inside("conv_1") { () throws(TensorError) in
            try first(input, sharing: statistics)
        }
        let residual = try inside("conv_2") { () throws(TensorError) in try second(hidden) }
        guard let shortcut else { return try residual + input }
        let direct = try inside("down") { () throws(TensorError) in
            try shortcut(input, sharing: statistics)
        }
        return try residual + direct
    }

    /// conv_1, conv_2, and down where there is one.
    public var children: [(name: String, layer: any Layer)] {
        [("conv_1", first), ("conv_2", second)] + (shortcut.map { [("down", $0)] } ?? [])
    }

    /// The sizes, the style, and what files keep of the 3x3x3 convolutions.
    public var configuration: Configuration {
        var result = Configuration(
            kind: "DownBlock", Self.inputs(inputChannels), Self.outputs(outputChannels), Self.step(downsamples ? 2 : 1))
        result.settings += BlockConvolutions.settings(cubes) + style.settings
        return result
    }

    /// Makes the block that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        let (former, step) = (try configuration[Self.formerStep], try configuration[Self.step])
        try self.init(
            configuration[Self.inputs], configuration[Self.outputs],
            downsamples: former ?? (step == 2), style: BlockStyle(configuration),
            convolution: BlockConvolutions.factory(configuration, decoder), generator: generator)
    }
}
