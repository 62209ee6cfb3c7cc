import Support
import Tensors

/// The distribution of what a bijector makes of another distribution's values.
public struct Transformed: Distribution {
    /// "Transformed".
    public var kind: String { "Transformed" }
    /// The distribution of what is mapped; its event has at least the dimensions that are mapped together.
    private let base: any Distribution
    /// The distribution as it was given.
    public let given: any Distribution
    /// The bijectors, one after the other.
    public let bijector: ComposeTransform

    /// The distribution of draws of `base` after `bijectors`, one after the other.
    ///
    /// Where bijectors map more dimensions together than an event of `base` has, dimensions of the batch become those
    /// of the event.
    public init(_ base: any Distribution, _ bijectors: [any Bijector]) throws(TensorError) {
        bijector = ComposeTransform(bijectors)
        let missing = max(0, bijector.eventRank - base.eventShape.count)
        guard missing <= base.batchShape.count else {
            throw .shape(
                operation: "Transformed", parameter: "base", shape: base.batchShape + base.eventShape,
                expected: "at least \(bijector.eventRank) dimensions, which \(bijector.description) maps together")
        }
        given = base
        self.base = missing == 0 ? base : try Independent(base, dims: missing)
        let (support, domain) = (try base.support, try bijector.domain)
        try require(
            domain.isReal || !support.isReal, "Transformed", "transforms", bijector.description,
            expected: "bijectors that take all numbers, as \(base.description) gives them")
        // One value goes through, so that what does not fit is known where the distribution is made.
        let shape = base.batchShape + base.eventShape
        let result = try GradientMode.disabled { () throws(TensorError) in
            try bijector.forward(support.member.expanded(to: shape))
        }
        guard result.shape == shape else {
            throw .shape(
                operation: "Transformed", parameter: "the result of transforms", shape: result.shape,
                expected: "\(shape.shapeText), the shape of the base distribution")
        }
    }

    /// That of the base, without what became the event's.
    public var batchShape: [Int] { base.batchShape }

    /// That of the base, with what became the event's.
    public var eventShape: [Int] { base.eventShape }

    /// Those of the base, then those of the bijectors.
    public var parameters: [(name: String, tensor: Tensor)] { base.parameters + bijector.parameters }

    /// As the base says.
    public var hasReparameterisedSample: Bool { base.hasReparameterisedSample }

    /// "Transformed(Normal(loc: 3, scale: scalar), Exp())".
    public var description: String {
        "Transformed(\(([given.description] + bijector.parts.map(\.description)).joined(separator: ", ")))"
    }

    /// What the bijectors make of the base's support.
    public var support: Constraint {
        get throws(TensorError) {
            let (inner, image, dims) = (try base.support, try bijector.image, eventShape.count)
            if inner.isReal, image.isReal { return try Constraint.real.joined(dims) }
            let member = try inner.member.expanded(to: batchShape + eventShape)
            let wanted = image.joined(dims)
            return Constraint(member: try bijector.forward(member).detached()) { y throws(TensorError) in
                // What is no image has no origin: numbers that are one take its place.
                let isImage = try image.contains(y)
                let x = try bijector.inverse(.select(isImage, y, image.member))
                return try wanted.contains(y) * inner.contains(x.detached())
            }
        }
    }

    /// The base's density of what becomes the values, plus the logarithm of the inverse's determinant.
    public func logDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        let (x, logDeterminant) = try bijector.unmap(values)
        return try base.logDensity(x) + logDeterminant.summed(last: eventShape.count - bijector.eventRank)
    }

    /// Draws of the base, mapped.
    public func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        try bijector.forward(base.sample(shape, generator: generator))
    }
}
