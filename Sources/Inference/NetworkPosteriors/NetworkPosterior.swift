import Layers
import Support
import Tensors

/// A distribution of networks, over which `Prediction` averages: draws of weights, of dropped channels, or the members
/// of an ensemble.
///
/// A draw sets weights or modes of the networks that the caller holds; `Prediction` gives them back.
public protocol NetworkPosterior: AnyObject {
    /// The network that a draw is, as a function of a volume.
    typealias Draw = (Tensor) throws(TensorError) -> Tensor

    /// The name by which scripts, files and errors know it.
    static var kind: String { get }

    /// The networks that draws compute with; their layers' modes and generators are as before after a prediction.
    var networks: [any Layer] { get }

    /// The parameters and buffers that draws set; they have their values again after a prediction.
    var drawnTensors: [Tensor] { get }

    /// How many draws there are; nil where there is no end of them.
    var memberCount: Int? { get }

    /// Whether the draws have a variance that a temperature can multiply.
    var hasVariance: Bool { get }

    /// The network with the mean of the weights; an error where there is no such network.
    func mean() throws(TensorError) -> Draw

    /// The draw `index`, counted from 0; `temperature` multiplies the variance of the draws.
    func draw(_ index: Int, temperature: Double, generator: RandomGenerator) throws(TensorError) -> Draw
}

extension NetworkPosterior {
    /// Nil: there is no end of draws.
    public var memberCount: Int? { nil }

    /// True: the draws are weights with a variance.
    public var hasVariance: Bool { true }
}

extension Layer {
    /// The network, with the weights and modes that it has when it is called, as a draw.
    var asDraw: NetworkPosterior.Draw { { volume throws(TensorError) in try self(volume) } }
}

/// Runs `body`, which may set modes of `networks` and the values of `tensors`, without gradients and with networks that
/// predict (`setTraining`); afterwards, also after an error or an interrupt, modes, generators and values are as
/// before.
func keeping<Result>(
    _ networks: [any Layer], _ tensors: [Tensor], _ body: () throws(TensorError) -> Result
) throws(TensorError) -> Result {
    let layers = networks.flatMap { $0.namedLayers.map(\.layer) }
    let bayesian = layers.compactMap { $0 as? BayesianConvolution }.map { ($0, $0.mode) }
    let modal = layers.compactMap { $0 as? any ModalLayer }.map { ($0, $0.isTraining) }
    let random = layers.compactMap { $0 as? any RandomLayer }.map { ($0, $0.generator) }
    return try GradientMode.disabled { () throws(TensorError) in
        let values = try tensors.map { tensor throws(TensorError) in (tensor, try tensor.cloned()) }
        defer {
            for (layer, mode) in bayesian { layer.mode = mode }
            for (layer, isTraining) in modal { layer.isTraining = isTraining }
            for (layer, generator) in random { layer.generator = generator }
            for (tensor, kept) in values { tensor.putBack(kept) }
        }
        for network in networks { network.setTraining(false) }
        return try body()
    }
}

/// A network as its own posterior: draws are those of its Bayesian convolutions.
final class BayesianNetworkPosterior: NetworkPosterior {
    /// "BayesianNetwork".
    static let kind = "BayesianNetwork"

    private let network: any Layer

    /// The posterior of a network; one without Bayesian convolutions has a mean only.
    init(_ network: any Layer) { self.network = network }

    /// The network.
    var networks: [any Layer] { [network] }

    /// None: Bayesian convolutions hold their drawn weights beside the means.
    var drawnTensors: [Tensor] { [] }

    /// The network with the posterior's mean weights.
    func mean() throws(TensorError) -> Draw {
        for (_, layer) in network.bayesianLayers { layer.mode = .mean }
        return network.asDraw
    }

    /// The network with weights drawn anew.
    func draw(_ index: Int, temperature: Double, generator: RandomGenerator) throws(TensorError) -> Draw {
        try network.drawWeights(generator, temperature: temperature)
        return network.asDraw
    }
}

extension Layer {
    /// An error in the name of `operation` where this network has Bayesian convolutions, whose weights are drawn
    /// already.
    func requirePlain(_ operation: String) throws(TensorError) {
        try require(
            bayesianLayers.isEmpty, operation, "network", "\(summary) with Bayesian convolutions",
            expected: "a plain network; predictions with a Bayesian one draw its weights")
    }

    /// An error in the name of `operation` where a parameter or a buffer of this network is not finite.
    func requireFinite(_ operation: String) throws(TensorError) {
        for (name, tensor) in namedState { try tensor.requireFinite(operation, name) }
    }
}
