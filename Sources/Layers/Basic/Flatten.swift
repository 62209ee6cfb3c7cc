import Support
import Tensors

/// A layer that makes all dimensions but the first, the samples, into one.
public final class Flatten: DeclaredLayer {
    /// `Flatten`, which has no settings.
    public static let declarations = [
        LayerDeclaration(
            "Flatten", "Makes a layer that puts all dimensions but the first into one.",
            example: "nn.Flatten()(torch.ones(2, 3, 4)):size(2) == 12")
    ]

    /// Makes the layer.
    public init() {}

    /// `input` as samples x features.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor { try input.flattened(from: 2) }

    /// The kind alone.
    public var configuration: Configuration { Configuration(kind: "Flatten") }

    /// Makes the layer.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        self.init()
    }
}
