import Foundation
import Layers
import Support
import Tensors

/// The weighted mean of the densities of several priors, of whatever kinds.
///
/// Fits from different starts err in different places; their average is likelier on new kernels than they are on
/// average, and usually than each of them.
public struct MixtureAverage: Distribution, DeclaredPrior {
    /// A prior that has a density.
    public typealias Member = KernelPrior & Distribution

    /// The priors.
    public private(set) var members: [any Member]
    /// The probability of each; they sum to 1.
    public let weights: [Double]
    /// The shape of one value.
    public let eventShape: [Int]

    /// The average of `members`, one at least, all of the same kernels.
    ///
    /// - Parameter weights: A number above 0 for each; equal ones by default. They are divided by their sum.
    public init(_ members: [any Member], weights: [Double]? = nil) throws(TensorError) {
        guard let first = members.first else {
            throw .argument(
                operation: "mixture_average", parameter: "priors", value: "empty", expected: "at least one prior")
        }
        eventShape = first.eventShape as [Int]
        for member in members where (member.eventShape as [Int]) != eventShape {
            throw .shape(
                operation: "mixture_average", parameter: "priors", shape: member.eventShape,
                expected: "all of kernels of \(eventShape.shapeText)")
        }
        let given = weights ?? [Double](repeating: 1, count: members.count)
        try require(
            given.count == members.count, "mixture_average", "weights", "a list of \(given.count)",
            expected: "a number for each prior, \(members.count)")
        if let wrong = given.first(where: { !($0 > 0 && $0.isFinite) }) {
            throw .argument(
                operation: "mixture_average", parameter: "weights", value: "\(wrong)",
                expected: "finite numbers above 0")
        }
        let sum = given.reduce(0, +)
        self.members = members
        self.weights = given.map { $0 / sum }
    }

    /// The log density of each of `values`.
    public func logProbability(_ values: Tensor) throws(TensorError) -> Tensor {
        var logs: [Tensor] = []
        for (member, weight) in zip(members, weights) {
            logs.append(try member.logProbability(values).offset(by: Float(log(weight))))
        }
        return try Tensor.stack(logs, dim: 1).logSumExp([1])
    }

    /// Whether all members do.
    public var allowsThreads: Bool { members.allSatisfy(\.allowsThreads) }

    /// Independent draws: a prior, then a kernel of it.
    public func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor {
        let places = try Tensor.rand([count], generator: generator).values
        let chosen = weights.map { Float($0) }.chosen(at: places)
        var (order, parts): ([Int], [Tensor]) = ([], [])
        for (index, member) in members.enumerated() {
            let own = chosen.indices.filter { chosen[$0] == index }
            guard !own.isEmpty else { continue }
            order += own
            parts.append(try member.sample(own.count, generator: generator))
        }
        guard !parts.isEmpty else { return try Tensor.zeros([0] + eventShape) }
        var inverse = order
        for (place, row) in order.enumerated() { inverse[row] = place + 1 }
        return try Tensor.concatenate(parts, dim: 1).indexSelect(1, inverse)
    }
}

/// Files.
extension MixtureAverage {
    private static let kinds = Setting<[JSON]>.part("members", "the priors")
    private static let shares = Setting<[Double]>.part("weights", "the probability of each")

    /// "MixtureAverage".
    public static let kind = "MixtureAverage"

    /// None: it is made from priors.
    public static let declarations: [PriorDeclaration] = []

    /// What the members are trained with.
    public var parameters: [(name: String, tensor: Tensor)] {
        get throws(TensorError) {
            named(try members.map { member throws(TensorError) in try member.parameters })
        }
    }

    /// The numbers of all members.
    public var numberCount: Int {
        get throws(TensorError) {
            try members.map { member throws(TensorError) in try member.numberCount }.reduce(0, +)
        }
    }

    /// The weights, and the configurations of the members.
    public var configuration: Configuration { get throws(TensorError) { try stored().configuration } }

    /// The tensors of the members, under "member1" and so on.
    public var tensors: [(name: String, tensor: Tensor)] { get throws(TensorError) { try stored().tensors } }

    /// The configuration and the tensors.
    public func stored() throws(TensorError) -> StoredPrior {
        let parts = try members.map { member throws(TensorError) in try member.stored() }
        let configuration = Configuration(
            kind: Self.kind, Self.kinds(parts.map(\.configuration.json)), Self.shares(weights))
        return (configuration, named(parts.map(\.tensors)))
    }

    /// The same average of members that know their group.
    public func inGroup(_ name: String) -> any KernelPrior {
        var average = self
        average.members = members.map { $0.inGroup(name) as? any Member ?? $0 }
        return average
    }

    /// The tensors of each member, with its place in their names.
    private func named(_ tensors: [[(name: String, tensor: Tensor)]]) -> [(name: String, tensor: Tensor)] {
        tensors.enumerated().flatMap { index, own in
            own.map { (name: "member\(index + 1).\($0.name)", tensor: $0.tensor) }
        }
    }

    /// Makes the prior again from what a file kept.
    public init(
        _ configuration: Configuration, tensors: [String: Tensor], decoder: PriorDecoder
    ) throws(TensorError) {
        var members: [any Member] = []
        for (index, json) in try configuration[Self.kinds].enumerated() {
            let prior = try decoder.prior(Configuration(json), tensors: tensors.below("member\(index + 1)."))
            guard let member = prior as? any Member else {
                throw .argument(
                    operation: "load", parameter: "members", value: "\(type(of: prior))",
                    expected: "priors with a density")
            }
            members.append(member)
        }
        try self.init(members, weights: configuration[Self.shares])
    }
}
