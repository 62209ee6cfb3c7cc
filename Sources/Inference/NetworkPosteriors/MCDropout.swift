import Layers
import Support
import Tensors

/// Monte Carlo dropout (Gal and Ghahramani 2016): predictions with the dropout of the training, each draw with channels
/// or elements of its own that are set to 0.
///
/// Where a volume is taken in windows, each window drops the same channels within a draw.
public final class MCDropout: SavedPosterior {
    /// "MCDropout".
    public static let kind = "MCDropout"

    private let network: any Layer
    private let layers: [Dropout]

    /// The dropout of `network`; throws where it has no `Dropout` layer with a probability above 0, or is Bayesian.
    public init(_ network: any Layer) throws(TensorError) {
        try network.requirePlain(Self.kind)
        layers = network.namedLayers.compactMap { $0.layer as? Dropout }
        try require(
            layers.contains { $0.probability > 0 }, Self.kind, "network", network.summary,
            expected: "a network with dropout, as of nn.UNet{dropout = 0.1} or nn.Dropout3d: without it all draws are "
                + "alike")
        self.network = network
    }

    /// The network.
    public var networks: [any Layer] { [network] }

    /// None: dropout leaves weights alone.
    public var drawnTensors: [Tensor] { [] }

    /// False: what is dropped has a probability, but no variance of weights.
    public var hasVariance: Bool { false }

    /// The network without dropout.
    public func mean() throws(TensorError) -> Draw { network.asDraw }

    /// The network with dropout from one stream of random numbers, which begins anew with each call.
    public func draw(_ index: Int, temperature: Double, generator: RandomGenerator) throws(TensorError) -> Draw {
        let stream = generator.split()
        for layer in layers { (layer.isTraining, layer.generator) = (true, stream) }
        return { volume throws(TensorError) in
            stream.restore(seed: stream.seed)
            return try self.network(volume)
        }
    }

    /// No settings.
    public var configuration: Configuration { Configuration(kind: Self.kind) }

    /// Nothing beside the network.
    public var tensors: [(name: String, tensor: Tensor)] { [] }

    /// Makes the posterior again of its network.
    public convenience init(
        _ configuration: Configuration, networks: [any Layer], tensors: [String: Tensor]
    ) throws(TensorError) {
        try self.init(networks.only(Self.kind))
    }
}
