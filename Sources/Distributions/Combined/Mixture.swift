import Support
import Tensors

/// A mixture: one of several components, chosen by a categorical distribution, gives each value.
public struct Mixture: Distribution {
    /// "Mixture".
    public var kind: String { "Mixture" }
    /// How likely each component is.
    public let weights: Categorical
    private let components: Components

    /// A mixture of the distributions along the last dimension of a batch.
    ///
    /// - Parameters:
    ///   - weights: The probabilities; its batch broadcasts to that of the components but for the last dimension.
    ///   - components: A distribution whose batch ends with a dimension of a component for each class of `weights`.
    public init(weights: Categorical, components: any Distribution) throws(TensorError) {
        try self.init(weights, .batch(components), batches: components.batchShape.last ?? 0)
    }

    /// A mixture of the distributions of a list, whose batches and events have the same shapes.
    public init(weights: Categorical, components: [any Distribution]) throws(TensorError) {
        for (place, component) in components.enumerated() {
            let shapes = (component.batchShape, component.eventShape)
            try require(
                shapes == (components[0].batchShape, components[0].eventShape), "Mixture",
                "components[\(place + 1)]", "of the batch \(shapes.0.shapeText) and the event \(shapes.1.shapeText)",
                expected: "those of the first: \(components[0].batchShape.shapeText) and "
                    + components[0].eventShape.shapeText)
        }
        try self.init(weights, .list(components), batches: components.count)
    }

    private init(_ weights: Categorical, _ components: Components, batches count: Int) throws(TensorError) {
        try require(
            count == weights.classes, "Mixture", "components", "of \(count)",
            expected: "a component for each of the \(weights.classes) weights")
        let batch = components.batchShape
        guard (try? Shape.broadcast(weights.batchShape, batch, operation: "Mixture")) == batch else {
            throw .shape(
                operation: "Mixture", parameter: "weights", shape: weights.batchShape + [count],
                expected: "a batch that broadcasts to \(batch.shapeText), that of a component")
        }
        (self.weights, self.components) = (weights, components)
    }

    /// The components as they were given: a list of distributions, or the one whose batch they are.
    public var given: [any Distribution] {
        switch components {
        case .batch(let distribution): [distribution]
        case .list(let distributions): distributions
        }
    }

    /// Whether one distribution was given, whose batch ends with the components.
    public var isBatch: Bool { if case .batch = components { true } else { false } }

    /// That of a component.
    public var batchShape: [Int] { components.batchShape }

    /// That of the components.
    public var eventShape: [Int] { components.eventShape }

    /// Those of the weights, then those of the components.
    public var parameters: [(name: String, tensor: Tensor)] { weights.parameters + components.parameters }

    /// "Mixture(Categorical(probs: 2), Normal(loc: 2, scale: 2))".
    public var description: String { "Mixture(\(weights.description), \(components.description))" }

    /// What any component may give.
    public var support: Constraint { get throws(TensorError) { try components.support } }

    /// False: which component gives a draw does not change smoothly.
    public var hasReparameterisedSample: Bool { false }

    /// The logarithm of the weighted sum of the components' densities.
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        try (weights.logProbabilities + components.logProbabilities(values)).logSumExp([-1])
    }

    /// Draws of all components, of which one is chosen.
    public func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        let choice = try weights.draws(shape + batchShape, generator: generator).unsqueezed(-1)
        let isChosen = try choice.compared(.equal, .arange(0, Double(weights.classes - 1)))
        let all = try GradientMode.disabled { () throws(TensorError) in
            try components.sample(shape, generator: generator)
        }
        let chosen = try Tensor.select(
            isChosen.reshaped(isChosen.shape + eventShape.map { _ in 1 }), all, Tensor(0))
        return try chosen.sum([components.place])
    }

    /// The weighted mean of the components' means.
    public func mean() throws(TensorError) -> Tensor { try weighted(components.means()) }

    /// The weighted mean of variances and squared means, less the square of the mean.
    public func variance() throws(TensorError) -> Tensor {
        let means = try components.means()
        let spread = try components.variances() + (means - weighted(means).unsqueezed(components.place)).square()
        return try weighted(spread)
    }

    /// The weighted mean of the components' distribution functions.
    public func cdf(_ values: Tensor) throws(TensorError) -> Tensor {
        guard eventShape.isEmpty else { throw missing("cdf") }
        return try (weights.probabilities * components.cdfs(values)).sum([-1])
    }

    private func weighted(_ tensor: Tensor) throws(TensorError) -> Tensor {
        let p = try weights.probabilities
        return try (tensor * p.reshaped(p.shape + eventShape.map { _ in 1 })).sum([components.place])
    }
}

/// The components of a mixture; what they give is stacked along the dimension `place`, the last before the event.
private enum Components {
    case batch(any Distribution)
    case list([any Distribution])

    private var first: (any Distribution)? {
        switch self {
        case .batch(let distribution): distribution
        case .list(let distributions): distributions.first
        }
    }

    var batchShape: [Int] {
        switch self {
        case .batch(let distribution): Array(distribution.batchShape.dropLast())
        case .list(let distributions): distributions.first?.batchShape ?? []
        }
    }

    var eventShape: [Int] { first?.eventShape ?? [] }

    var place: Int { -1 - eventShape.count }

    var parameters: [(name: String, tensor: Tensor)] {
        switch self {
        case .batch(let distribution): distribution.parameters
        case .list(let distributions):
            distributions.enumerated().flatMap { place, distribution in
                distribution.parameters.map { (name: "\(place + 1).\($0.name)", tensor: $0.tensor) }
            }
        }
    }

    var description: String {
        switch self {
        case .batch(let distribution): distribution.description
        case .list(let distributions): "[" + distributions.map(\.description).joined(separator: ", ") + "]"
        }
    }

    var support: Constraint {
        get throws(TensorError) {
            let dims = eventShape.count
            switch self {
            case .batch(let distribution):
                let own = try distribution.support
                // A member that differs between the components is one of the first.
                let member = try own.member.rank > dims ? own.member.select(-1 - dims, 1) : own.member
                return Constraint(member: member, isReal: own.isReal) { x throws(TensorError) in
                    try own.contains(x.unsqueezed(-1 - dims)).sum([-1]).compared(.greater, Tensor(0))
                }
            case .list(let distributions):
                let supports = try distributions.map { distribution throws(TensorError) in try distribution.support }
                // There is at least one, as there are as many as weights.
                let zero = try Tensor(0)
                return Constraint(
                    member: supports.first?.member ?? zero, isReal: supports.allSatisfy(\.isReal)
                ) { x throws(TensorError) in
                    var isInside = try Tensor(0)
                    for support in supports { isInside = try isInside.combined(.or, support.contains(x)) }
                    return isInside
                }
            }
        }
    }

    func logProbabilities(_ values: Tensor) throws(TensorError) -> Tensor {
        switch self {
        case .batch(let distribution): try distribution.logProbability(values.unsqueezed(place))
        case .list: try stacked(at: -1) { part throws(TensorError) in try part.logProbability(values) }
        }
    }

    func cdfs(_ values: Tensor) throws(TensorError) -> Tensor {
        switch self {
        case .batch(let distribution): try distribution.cdf(values.unsqueezed(place))
        case .list: try stacked(at: -1) { part throws(TensorError) in try part.cdf(values) }
        }
    }

    func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        switch self {
        case .batch(let distribution): try distribution.sample(shape, generator: generator)
        case .list:
            try stacked(at: place) { part throws(TensorError) in try part.sample(shape, generator: generator) }
        }
    }

    func means() throws(TensorError) -> Tensor {
        switch self {
        case .batch(let distribution): try distribution.mean()
        case .list: try stacked(at: place) { part throws(TensorError) in try part.mean() }
        }
    }

    func variances() throws(TensorError) -> Tensor {
        switch self {
        case .batch(let distribution): try distribution.variance()
        case .list: try stacked(at: place) { part throws(TensorError) in try part.variance() }
        }
    }

    private func stacked(
        at dim: Int, _ part: (any Distribution) throws(TensorError) -> Tensor
    ) throws(TensorError) -> Tensor {
        guard case .list(let distributions) = self else { return try Tensor(.nan) }
        return try .stack(distributions.map { distribution throws(TensorError) in try part(distribution) }, dim: dim)
    }
}
