import Layers
import Support
import Tensors

/// SWAG (Maddox et al. 2019, "A simple baseline for Bayesian uncertainty in deep learning"): a Gaussian around the mean
/// of the weights that a training with a high learning rate passes through.
///
/// Its covariance is half the diagonal of their variances plus half of D Dᵀ / (K - 1), where the columns of D are how
/// far the last K collected weights were from the running mean at the time (sections 3.2 and 3.3 there).
public final class SWAG: SavedPosterior, Restartable {
    /// "SWAG".
    public static let kind = "SWAG"

    /// The ranks that there are: 2 or more.
    public static let ranks = NumberRange.between(2, Double(Int32.max))

    private static let mostColumns = Setting.integer(
        "rank", in: ranks, default: 20, "how many of the last deviations are kept")
    private static let collectedCount = Setting<Int>.part("collected", "how many weights were collected")

    private let network: any Layer
    private let parameters: [(name: String, tensor: Tensor)]
    /// How many deviations from the mean are kept; 20 by default.
    public let rank: Int
    /// How many weights were collected.
    public private(set) var collected = 0
    /// The mean of the collected weights, and the sum of their squared distances from it; in the order of parameters.
    private var means: [Tensor]
    private var squares: [Tensor]
    /// The last deviations from the running mean, the oldest first; each has a tensor for each parameter.
    private var deviations: [[Tensor]] = []

    /// Starts without weights of `network`; throws where it is Bayesian, has no parameters, or keeps running
    /// statistics, which would not be those of drawn weights.
    ///
    /// - Parameter rank: How many deviations are kept, each as large as the network; 2 or more.
    public init(_ network: any Layer, rank: Int = 20) throws(TensorError) {
        self.rank = try Configuration(kind: Self.kind, Self.mostColumns(rank))[Self.mostColumns]
        try network.requirePlain(Self.kind)
        let tracking = network.namedLayers.first { ($0.layer as? BatchNorm)?.runningMean != nil }
        try require(
            tracking == nil, Self.kind, "network", "one with running statistics in '\(tracking?.path ?? "")'",
            expected: "one whose normalisation has none, such as norm = 'instance' or 'group'")
        self.network = network
        parameters = network.namedParameters
        try require(!parameters.isEmpty, Self.kind, "network", "without parameters", expected: "one that is trained")
        means = try parameters.map { parameter throws(TensorError) in try .zeros(parameter.tensor.shape) }
        squares = try parameters.map { parameter throws(TensorError) in try .zeros(parameter.tensor.shape) }
    }

    /// Takes the weights that the network has now, such as after each epoch; throws where one is not finite.
    ///
    /// An interrupt leaves what was collected as it was.
    public func collect() throws(TensorError) {
        try network.requireFinite(Self.kind)
        try require(
            network.namedParameters.map(\.name) == parameters.map(\.name), Self.kind, "network", "changed",
            expected: "the same parameters as at the start")
        try GradientMode.disabled { () throws(TensorError) in
            let count = collected + 1
            var (newMeans, newSquares, column): ([Tensor], [Tensor], [Tensor]) = ([], [], [])
            for (index, parameter) in parameters.enumerated() {
                // Welford (1962): the mean square less the square of the mean would lose the small variances.
                let change = try parameter.tensor - means[index]
                let mean = try means[index] + change.scaled(by: 1 / Float(count))
                let deviation = try parameter.tensor - mean
                newMeans.append(mean)
                newSquares.append(try squares[index] + change * deviation)
                column.append(deviation)
            }
            (means, squares, collected) = (newMeans, newSquares, count)
            deviations = deviations.suffix(rank - 1) + [column]
        }
    }

    /// The mean of the collected weights, by the names of the parameters; an error where none were collected.
    public func meanWeights() throws(TensorError) -> [String: Tensor] {
        try require(
            collected >= 1, Self.kind, "collected", collected, expected: "1 or more: call collect() after epochs")
        return try GradientMode.disabled { () throws(TensorError) in
            var weights: [String: Tensor] = [:]
            for (index, parameter) in parameters.enumerated() { weights[parameter.name] = try means[index].cloned() }
            return weights
        }
    }

    /// The network.
    public var networks: [any Layer] { [network] }

    /// All parameters.
    public var drawnTensors: [Tensor] { parameters.map(\.tensor) }

    /// The network with the mean of the collected weights (SWA, Izmailov et al. 2018).
    public func mean() throws(TensorError) -> Draw {
        _ = try meanWeights()
        for (index, parameter) in parameters.enumerated() { try parameter.tensor.assign(means[index]) }
        return network.asDraw
    }

    /// The network with weights drawn anew; an error where fewer than 2 were collected.
    public func draw(_ index: Int, temperature: Double, generator: RandomGenerator) throws(TensorError) -> Draw {
        try require(
            collected >= 2, Self.kind, "collected", collected, expected: "2 or more: call collect() after epochs")
        let columns = deviations.count
        let codes = try Tensor.randn([columns], generator: generator).values
        let diagonal = Float((temperature / (2 * Double(collected))).squareRoot())
        let lowRank = Float((temperature / (2 * Double(columns - 1))).squareRoot())
        for (index, parameter) in parameters.enumerated() {
            let noise = try Tensor.randn(parameter.tensor.shape, generator: generator)
            let drawn = try means[index] + squares[index].sqrt().scaled(by: diagonal) * noise
            for (column, code) in zip(deviations, codes) { try drawn.add(column[index], factor: lowRank * code) }
            try parameter.tensor.assign(drawn)
        }
        return network.asDraw
    }

    /// The settings, and how many weights were collected.
    public var configuration: Configuration {
        Configuration(kind: Self.kind, Self.mostColumns(rank), Self.collectedCount(collected))
    }

    /// Of each parameter the mean ("mean/weight"), the sum of squares ("squares/weight"), and the deviations
    /// ("deviation 1/weight").
    public var tensors: [(name: String, tensor: Tensor)] {
        let columns = deviations.enumerated().map { ("deviation \($0.offset + 1)", $0.element) }
        return ([("mean", means), ("squares", squares)] + columns).flatMap { group, tensors in
            zip(parameters, tensors).map { ("\(group)/\($0.name)", $1) }
        }
    }

    /// What collecting goes on from.
    public var state: TrainingState {
        TrainingState(
            configuration: configuration,
            tensors: Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.tensor) }))
    }

    /// Takes over the state of a SWAG of the same rank and of a network with the same parameters.
    public func load(_ state: TrainingState) throws(TensorError) {
        let configuration = state.configuration
        try require(
            configuration.kind == Self.kind, "load", "kind", "'\(configuration.kind)'", expected: "'\(Self.kind)'")
        let (rank, count) = (try configuration[Self.mostColumns], try configuration[Self.collectedCount])
        try require(rank == self.rank, "load", "rank", rank, expected: "\(self.rank)")
        try require(count >= 0, "load", "collected", count, expected: "0 or more")
        let loadedMeans = try group("mean", of: state)
        let loadedSquares = try group("squares", of: state)
        var columns: [[Tensor]] = []
        for column in 0..<min(rank, count) { columns.append(try group("deviation \(column + 1)", of: state)) }
        (means, squares, deviations, collected) = (loadedMeans, loadedSquares, columns, count)
    }

    /// Copies of the tensors of a group, in the order of parameters.
    private func group(_ name: String, of state: TrainingState) throws(TensorError) -> [Tensor] {
        try parameters.map { parameter throws(TensorError) in
            try state.tensors.tensor("\(name)/\(parameter.name)", shape: parameter.tensor.shape).cloned()
        }
    }

    /// Makes the posterior again that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, networks: [any Layer], tensors: [String: Tensor]
    ) throws(TensorError) {
        try self.init(networks.only(Self.kind), rank: configuration[Self.mostColumns])
        try load(TrainingState(configuration: configuration, tensors: tensors))
    }
}
