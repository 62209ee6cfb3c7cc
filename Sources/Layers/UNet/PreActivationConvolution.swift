import Support
import Tensors

/// InstanceNorm, ReLU and a convolution without bias, in one operation: the element of the U-Net's blocks (He et al.
/// 2016).
///
/// The convolution is the third layer of a sequence called "conv" in the authors' state dictionaries.
public final class PreActivationConvolution: DeclaredLayer {
    private static let part = Setting<JSON>.part("convolution", "the convolution")

    /// `PreActivation`, which blocks make.
    public static let declarations = [
        LayerDeclaration("PreActivation", "InstanceNorm, ReLU and a convolution without bias.", part)
    ]

    /// The convolution.
    public let convolution: any ConvolutionLayer

    /// Makes the layer around a convolution.
    public init(_ convolution: any ConvolutionLayer) { self.convolution = convolution }

    /// The convolution of the activated `input`.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try convolution(input, normalisedBy: InstanceStatistics(input))
    }

    /// The convolution.
    public var children: [(name: String, layer: any Layer)] { [("conv.2", convolution)] }

    /// The convolution's configuration.
    public var configuration: Configuration {
        Configuration(kind: "PreActivation", Self.part(convolution.configuration.json))
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        let part = try Configuration(configuration[Self.part])
        self.init(try decoder.convolution(part, generator: generator))
    }
}

/// The convolutions without bias that the U-Net is made of.
struct BlockConvolutions {
    /// The kind of the 3x3x3 convolutions, as files keep it: plain ones, or those of a module above.
    static let kind = Setting<String>.part("convolution", default: "Conv3d", "the kind of the 3x3x3 convolutions")

    /// Makes the 3x3x3 convolutions: plain or Bayesian ones.
    let factory: ConvolutionFactory
    /// What the initial weights of the 3x3x3 convolutions are multiplied by.
    let initialScale: Float
    /// Where parameters are drawn from.
    let generator: RandomGenerator

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
