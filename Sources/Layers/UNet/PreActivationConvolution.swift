import Support
import Tensors

/// A normalisation, an activation and a convolution without bias: the element of the U-Net's blocks (He et al. 2016).
///
/// They are the layers of a sequence called "conv" in the authors' state dictionaries. InstanceNorm and ReLU, the
/// published ones, are one operation with the convolution, and so no layers of their own. Dropout may follow.
public final class PreActivationConvolution: DeclaredLayer {
    private static let part = Setting<JSON>.part("convolution", "the convolution")

    /// `PreActivation`, which blocks make.
    public static let declarations = [
        LayerDeclaration(
            "PreActivation", "A normalisation, an activation and a convolution without bias.", part,
            BlockStyle.normSetting, BlockStyle.activationSetting, BlockStyle.dropoutSetting)
    ]

    /// The convolution.
    public let convolution: any ConvolutionLayer
    /// What stands before it.
    public let style: BlockStyle
    /// The layers before it, where they are not one operation with it, or not there.
    private let normalisation: (any Layer)?
    private let activation: (any Layer)?
    private let dropout: Dropout?

    /// Makes the layer around a convolution; dropout draws from `generator`.
    public init(
        _ convolution: any ConvolutionLayer, style: BlockStyle = .published, generator: RandomGenerator
    ) throws(TensorError) {
        self.convolution = convolution
        self.style = style
        dropout = try style.makeDropout(generator)
        if style.isFused {
            (normalisation, activation) = (nil, nil)
        } else {
            let channels = try convolution.configuration[ConvolutionSpecification.inputs]
            normalisation = try style.normalisation(channels: channels)
            activation = try style.makeActivation()
        }
    }

    /// The convolution of the activated `input`.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor { try self(input, sharing: nil) }

    /// The same, where the `statistics` of the published normalisation may be those that another layer uses, too.
    func callAsFunction(_ input: Tensor, sharing statistics: InstanceStatistics?) throws(TensorError) -> Tensor {
        let result = try convolved(input, sharing: statistics)
        guard let dropout else { return result }
        return try dropout(result)
    }

    private func convolved(
        _ input: Tensor, sharing statistics: InstanceStatistics?
    ) throws(TensorError) -> Tensor {
        guard let activation else {
            let own = if let statistics { statistics } else { try InstanceStatistics(input) }
            return try convolution(input, normalisedBy: own)
        }
        guard let normalisation else { return try convolution(activation(input)) }
        return try convolution(activation(normalisation(input)))
    }

    /// The convolution, the layers before it where they are layers of their own, and the dropout where there is one.
    public var children: [(name: String, layer: any Layer)] {
        let layers: [(String, (any Layer)?)] = [
            ("conv.0", normalisation), ("conv.1", activation), ("conv.2", convolution), ("conv.3", dropout),
        ]
        return layers.compactMap { name, layer in layer.map { (name, $0) } }
    }

    /// The convolution's configuration, and the style.
    public var configuration: Configuration {
        Configuration(kind: "PreActivation", settings: [Self.part(convolution.configuration.json)] + style.settings)
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        let part = try Configuration(configuration[Self.part])
        try self.init(
            decoder.convolution(part, generator: generator), style: BlockStyle(configuration), generator: generator)
    }
}

/// The convolutions without bias that the U-Net is made of.
struct BlockConvolutions {
    /// The kind of the 3x3x3 convolutions, as files keep it: plain ones, or those of a module above.
    static let kind = Setting<String>.part("convolution", default: "Conv3d", "the kind of the 3x3x3 convolutions")
    /// The settings that they have beside their sizes: one object for all, or one for each where they differ.
    static let further = Setting<[JSON]>.part(
        "convolution_settings", default: [], "what the 3x3x3 convolutions are made from beside their sizes")

    /// What files keep of 3x3x3 convolutions: their kind, and what they have beside their sizes, if anything.
    static func settings(_ cubes: [any ConvolutionLayer]) -> [JSON.Member] {
        let own = cubes.map { ConvolutionSpecification.furtherSettings(of: $0) }
        let kind = cubes.prefix(1).map { Self.kind($0.configuration.kind) }
        guard own.contains(where: { !$0.isEmpty }) else { return kind }
        return kind + [further((own.allSatisfy { $0 == own[0] } ? Array(own.prefix(1)) : own).map { .object($0) })]
    }

    /// Makes the 3x3x3 convolutions that `configuration` describes.
    static func factory(
        _ configuration: Configuration, _ decoder: LayerDecoder
    ) throws(TensorError) -> ConvolutionFactory {
        decoder.convolutionFactory(try configuration[kind], further: try configuration[further])
    }

    /// Makes the 3x3x3 convolutions: plain or Bayesian ones.
    let factory: ConvolutionFactory
    /// What the initial weights of the 3x3x3 convolutions are multiplied by.
    let initialScale: Float
    /// What stands around each convolution of a block.
    let style: BlockStyle
    /// Where parameters are drawn from.
    let generator: RandomGenerator

    /// A 3x3x3 convolution of a block, with what stands around it.
    func activatedCube(_ inputs: Int, _ outputs: Int, stride: Int = 1) throws(TensorError) -> PreActivationConvolution {
        try PreActivationConvolution(cube(inputs, outputs, stride: stride), style: style, generator: generator)
    }

    /// A 1x1x1 convolution of a block, with what stands before it; dropout does not follow.
    func activatedPoint(_ inputs: Int, _ outputs: Int, stride: Int = 1) throws(TensorError) -> PreActivationConvolution
    {
        try PreActivationConvolution(
            point(inputs, outputs, stride: stride), style: style.withoutDropout, generator: generator)
    }

    /// A 3x3x3 convolution with padding 1, made by the factory.
    func cube(_ inputs: Int, _ outputs: Int, stride: Int = 1) throws(TensorError) -> any ConvolutionLayer {
        let specification = try ConvolutionSpecification(
            dimensions: 3, inputChannels: inputs, outputChannels: outputs, kernelSize: [3], stride: [stride],
            padding: [1], bias: false, initialScale: initialScale)
        return try factory(specification, generator)
    }

    /// A 1x1x1 convolution, which is never Bayesian.
    func point(_ inputs: Int, _ outputs: Int, stride: Int = 1) throws(TensorError) -> Convolution {
        let specification = try ConvolutionSpecification(
            dimensions: 3, inputChannels: inputs, outputChannels: outputs, kernelSize: [1], stride: [stride],
            bias: false)
        return try Convolution(specification, generator: generator)
    }
}
