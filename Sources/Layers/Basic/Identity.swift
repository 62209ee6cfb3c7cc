import Support
import Tensors

/// A layer that changes nothing, as a place where another may stand.
public final class Identity: DeclaredLayer {
    /// `Identity`, which has no settings.
    public static let declarations = [
        LayerDeclaration("Identity", "Makes a layer that gives its input.", example: "nn.Identity()(torch.ones(2))")
    ]

    /// Makes the layer.
    public init() {}

    /// `input` itself.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor { input }

    /// The kind alone.
    public var configuration: Configuration { Configuration(kind: "Identity") }

    /// Makes the layer.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        self.init()
    }
}
