import Support
import Tensors

/// x where it is positive, a trained fraction of x elsewhere (He et al. 2015).
public final class PReLU: DeclaredLayer {
    private static let count = Setting.integer(
        "num_parameters", default: 1, "1, or the number of channels, for a fraction each"
    ).positionalToo
    private static let start = Setting.number("init", in: .finite, default: 0.25, "the fraction at first").positionalToo

    /// `PReLU`.
    public static let declarations = [
        LayerDeclaration(
            "PReLU", "Makes a layer of x where it is positive, a trained fraction of x elsewhere.", count, start,
            example: "nn.PReLU()(torch.full({2}, -4)):sum():item() == -2")
    ]

    /// The fraction, or that of each channel.
    public let weight: Tensor
    /// The fraction at first; 0.25 by default.
    public let initial: Float

    /// Makes the layer with a fraction for all, or one for each of `count` channels.
    public init(_ count: Int = 1, initial: Float = 0.25) throws(TensorError) {
        try positive(count, "PReLU", "num_parameters")
        try require(initial.isFinite, "PReLU", "init", initial, expected: "a finite number")
        self.initial = initial
        weight = try Tensor.full([count], initial).requireGradient()
    }

    /// The function of each element of `input`.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor { try input.prelu(weight: weight) }

    /// The weight.
    public var parameters: [(name: String, tensor: Tensor)] { named(weight, nil) }

    /// The number of fractions, and what they were at first.
    public var configuration: Configuration {
        Configuration(kind: "PReLU", Self.count(weight.count), Self.start(initial))
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(configuration[Self.count], initial: configuration[Self.start])
    }
}
