import Layers
import Support
import Tensors

/// The Gaussian posterior that `IVON` has learnt, as it is when this is made: the means are the network's weights, the
/// variances 1 / (ess (hessian + weight_decay)).
public final class IVONPosterior: SavedPosterior {
    /// "IVONPosterior".
    public static let kind = "IVONPosterior"

    private let network: any Layer
    /// Of each parameter that the optimiser changes: itself, its means, and its standard deviations.
    private let parts: [(name: String, tensor: Tensor, mean: Tensor, deviation: Tensor)]

    /// The posterior of the weights of `network` that `optimiser` trains.
    ///
    /// Throws where one of these is not the network's, or weights are drawn now: `step()` comes first.
    public init(_ network: any Layer, _ optimiser: IVON) throws(TensorError) {
        try network.requirePlain(Self.kind)
        try network.requireFinite(Self.kind)
        try require(
            !optimiser.isSampled, Self.kind, "optimizer", "between sample() and step()", expected: "one after step()")
        let own = network.namedParameters
        let deviations = try optimiser.standardDeviations()
        parts = try zip(optimiser.parameters, deviations).map { parameter, deviation throws(TensorError) in
            guard let (name, tensor) = own.first(where: { $0.tensor === parameter.tensor }) else {
                throw .argument(
                    operation: Self.kind, parameter: "optimizer", value: "of '\(parameter.name)', another parameter",
                    expected: "one that trains parameters of the network")
            }
            return (name, tensor, try tensor.detached().cloned(), deviation)
        }
        self.network = network
    }

    /// The network.
    public var networks: [any Layer] { [network] }

    /// The parameters that have a variance.
    public var drawnTensors: [Tensor] { parts.map(\.tensor) }

    /// The network with the means.
    public func mean() throws(TensorError) -> Draw {
        for part in parts { try part.tensor.assign(part.mean) }
        return network.asDraw
    }

    /// The network with weights drawn anew.
    public func draw(_ index: Int, temperature: Double, generator: RandomGenerator) throws(TensorError) -> Draw {
        for part in parts {
            let noise = try Tensor.randn(part.mean.shape, generator: generator)
            let spread = try part.deviation.scaled(by: Float(temperature.squareRoot()))
            try part.tensor.assign(part.mean + spread * noise)
        }
        return network.asDraw
    }

    /// The names of the parameters that have a variance.
    public var configuration: Configuration {
        Configuration(kind: Self.kind, JSON.Member("parameters", parts.map(\.name).json))
    }

    /// Of each parameter the means ("mean/weight") and the standard deviations ("std/weight").
    public var tensors: [(name: String, tensor: Tensor)] {
        parts.flatMap { [("mean/\($0.name)", $0.mean), ("std/\($0.name)", $0.deviation)] }
    }

    /// Makes the posterior again that `configuration` describes.
    public init(
        _ configuration: Configuration, networks: [any Layer], tensors: [String: Tensor]
    ) throws(TensorError) {
        let network = try networks.only(Self.kind)
        let own = Dictionary(network.namedParameters.map { ($0.name, $0.tensor) }) { first, _ in first }
        let names: [String] = try configuration.value("parameters")
        parts = try names.map { name throws(TensorError) in
            guard let tensor = own[name] else {
                throw .argument(
                    operation: Self.kind, parameter: "parameters", value: "'\(name)'",
                    expected: "parameters of the network")
            }
            return (
                name, tensor, try tensors.tensor("mean/\(name)", shape: tensor.shape),
                try tensors.tensor("std/\(name)", shape: tensor.shape)
            )
        }
        self.network = network
    }
}
