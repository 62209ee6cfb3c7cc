import Layers
import Support
import Tensors

/// Networks whose predictions are averaged: trained from several starts (deep ensembles, Lakshminarayanan et al. 2017),
/// or snapshots of one network along its training, such as cyclical SGLD (Zhang et al. 2020).
public final class Ensemble: SavedPosterior {
    /// "Ensemble".
    public static let kind = "Ensemble"

    /// A network, and the parameters and buffers that it has as a member; nil for those that it has at the time.
    private struct Member {
        let network: any Layer
        let snapshot: [String: Tensor]?
    }

    private var members: [Member] = []

    /// An ensemble of `networks`, perhaps none yet, whose weights are those that they have as it predicts.
    ///
    /// Throws where one is there twice, is Bayesian, or is not finite.
    public init(_ networks: [any Layer]) throws(TensorError) {
        for network in networks {
            try require(
                !members.contains { $0.network === network }, Self.kind, "networks", "the same network twice",
                expected: "each network once; collect keeps several states of one")
            try network.requirePlain(Self.kind)
            try network.requireFinite(Self.kind)
            members.append(Member(network: network, snapshot: nil))
        }
    }

    /// Adds `network` with a copy of the parameters and buffers that it has now.
    ///
    /// Throws where it is Bayesian, has no parameters, is not finite, or is a member as it is.
    public func collect(_ network: any Layer) throws(TensorError) {
        // Snapshots that are drawn before it would change that member.
        try require(
            !members.contains { $0.network === network && $0.snapshot == nil }, Self.kind, "network",
            "a member that changes as it is trained", expected: "one of which every member is collected")
        try network.requirePlain(Self.kind)
        try network.requireFinite(Self.kind)
        try require(
            !network.namedParameters.isEmpty, Self.kind, "network", "without parameters",
            expected: "one whose parameters change")
        members.append(Member(network: network, snapshot: try network.stateCopy()))
    }

    /// The number of members.
    public var count: Int { members.count }

    /// The networks of the members, each once.
    public var networks: [any Layer] {
        members.reduce(into: []) { networks, member in
            if !networks.contains(where: { $0 === member.network }) { networks.append(member.network) }
        }
    }

    /// What snapshots set.
    public var drawnTensors: [Tensor] {
        var found: Set<ObjectIdentifier> = []
        return members.filter { $0.snapshot != nil }.flatMap { $0.network.namedState.map(\.tensor) }
            .filter { found.insert(ObjectIdentifier($0)).inserted }
    }

    /// The number of members.
    public var memberCount: Int? { members.count }

    /// False: there is one draw for each member.
    public var hasVariance: Bool { false }

    /// An error: members have a mean prediction, not a mean network.
    public func mean() throws(TensorError) -> Draw {
        throw .argument(
            operation: Self.kind, parameter: "mean", value: "asked for",
            expected: "a prediction with all members; an ensemble has no mean network")
    }

    /// The member `index`, counted from 0; an error where there is none.
    public func draw(_ index: Int, temperature: Double, generator: RandomGenerator) throws(TensorError) -> Draw {
        try require(
            members.indices.contains(index), Self.kind, "member", index + 1, expected: "at most \(members.count)")
        let member = members[index]
        if let snapshot = member.snapshot { try member.network.load(snapshot) }
        return member.network.asDraw
    }

    /// For each member the place of its network.
    public var configuration: Configuration {
        let networks = networks
        let places = members.map { member in networks.firstIndex { $0 === member.network } ?? 0 }
        return Configuration(kind: Self.kind, JSON.Member("members", places.json))
    }

    /// The parameters and buffers of snapshots.
    public var tensors: [(name: String, tensor: Tensor)] {
        members.enumerated().flatMap { index, member in
            (member.snapshot ?? [:]).sorted { $0.key < $1.key }.map { ("\(index + 1).\($0.key)", $0.value) }
        }
    }

    /// Makes the ensemble again that `configuration` describes.
    public init(
        _ configuration: Configuration, networks: [any Layer], tensors: [String: Tensor]
    ) throws(TensorError) {
        let places: [Int] = try configuration.value("members")
        for (index, place) in places.enumerated() {
            try require(
                networks.indices.contains(place), Self.kind, "members", place, expected: "a place in \(networks.count)")
            let snapshot = tensors.below("\(index + 1).")
            let network = networks[place]
            if !snapshot.isEmpty { try network.load(snapshot) }
            members.append(Member(network: network, snapshot: snapshot.isEmpty ? nil : snapshot))
        }
    }
}

extension Layer {
    /// Copies of all parameters and buffers by their paths.
    func stateCopy() throws(TensorError) -> [String: Tensor] {
        var copies: [String: Tensor] = [:]
        for (name, tensor) in stateDictionary { copies[name] = try tensor.copy() }
        return copies
    }
}
