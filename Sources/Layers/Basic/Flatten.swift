import Support
import Tensors

/// All dimensions but the first, the samples, made one.
public final class Flatten: DecodableLayer {
    /// Makes the layer.
    public init() {}

    /// `input` as samples x features.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor { try input.flattened(from: 2) }

    /// "Flatten()".
    public var summary: String { "Flatten()" }

    /// The kind.
    public static var kinds: [String] { ["Flatten"] }

    /// The kind alone.
    public var configuration: Configuration { Configuration(kind: "Flatten") }

    /// Makes the layer.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        self.init()
    }
}
