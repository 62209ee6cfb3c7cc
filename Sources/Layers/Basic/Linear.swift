import Support
import Tensors

/// A linear map with a bias: x [..., in] to x weight^T + bias [..., out], weight out x in.
public final class Linear: DecodableLayer {
    /// The weight: output features, input features.
    public let weight: Tensor
    /// What is added to each output, where there is such.
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

    /// "Linear(128, 10)".
    public var summary: String {
        "Linear(\(weight.shape[1]), \(weight.shape[0])\(bias == nil ? ", bias = false" : ""))"
    }

    /// The kind.
    public static var kinds: [String] { ["Linear"] }

    /// The sizes.
    public var configuration: Configuration {
        Configuration(
            kind: "Linear",
            [
                "in_features": .integer(weight.shape[1]), "out_features": .integer(weight.shape[0]),
                "bias": .bool(bias != nil),
            ])
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(
            try configuration.integer("in_features"), try configuration.integer("out_features"),
            bias: try configuration.flag("bias"), generator: generator)
    }
}
