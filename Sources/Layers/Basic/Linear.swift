import Support
import Tensors

/// A linear map with a bias: x [..., in] to x weight^T + bias [..., out], weight out x in.
public final class Linear: DeclaredLayer {
    private static let inputFeatures = Setting.integer("in_features", "size of the input")
    private static let outputFeatures = Setting.integer("out_features", "size of the result")
    private static let hasBias = Setting.flag("bias", default: true, "whether b is there")

    /// `Linear`.
    public static let declarations = [
        LayerDeclaration(
            "Linear", "Makes a linear layer: y = x W' + b.", inputFeatures, outputFeatures, hasBias,
            drawsParameters: true, example: "nn.Linear(3, 2)(torch.ones(5, 3)):size(2) == 2")
    ]

    /// The weight: output features, input features.
    public let weight: Tensor
    /// What is added to each output; nil where nothing is.
    public let bias: Tensor?

    /// Makes a linear layer that starts with PyTorch's default: uniform within 1 / sqrt(inputs).
    public init(
        _ inputFeatures: Int, _ outputFeatures: Int, bias: Bool = true, generator: RandomGenerator
    ) throws(TensorError) {
        let shape = [
            try positive(outputFeatures, "Linear", "out_features"),
            try positive(inputFeatures, "Linear", "in_features"),
        ]
        (weight, self.bias) = try initialParameters(
            shape: shape, channels: bias ? outputFeatures : nil, generator: generator)
    }

    /// The outputs for `input`, whose last dimension holds the features.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try input.linear(weight: weight, bias: bias)
    }

    /// The weight, and the bias where there is one.
    public var parameters: [(name: String, tensor: Tensor)] { named(weight, bias) }

    /// The sizes.
    public var configuration: Configuration {
        Configuration(
            kind: "Linear", Self.inputFeatures(weight.shape[1]), Self.outputFeatures(weight.shape[0]),
            Self.hasBias(bias != nil))
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(
            configuration[Self.inputFeatures], configuration[Self.outputFeatures], bias: configuration[Self.hasBias],
            generator: generator)
    }
}
