import Support
import Tensors

/// Bijectors one after the other, the first of the list first.
public struct ComposeTransform: Bijector {
    /// "Compose".
    public var kind: String { "Compose" }
    /// The bijectors; none of them is itself a composition.
    public let parts: [any Bijector]

    /// The bijectors `parts` one after the other; none for the identity.
    public init(_ parts: [any Bijector]) {
        self.parts = parts.flatMap { ($0 as? ComposeTransform)?.parts ?? [$0] }
    }

    /// The largest of the parts.
    public var eventRank: Int { parts.map(\.eventRank).max() ?? 0 }

    /// Those of the parts, each with the place of its part before its name.
    public var parameters: [(name: String, tensor: Tensor)] {
        parts.enumerated().flatMap { place, part in
            part.parameters.map { (name: "\(place + 1).\($0.name)", tensor: $0.tensor) }
        }
    }

    /// That of the first part.
    public var domain: Constraint {
        get throws(TensorError) { if let first = parts.first { try first.domain } else { try .real } }
    }

    /// The numbers that can be followed back through all parts.
    public var image: Constraint {
        get throws(TensorError) {
            let sets = try parts.map { part throws(TensorError) in (try part.domain, try part.image) }
            guard let last = parts.last, !sets.allSatisfy({ $0.isReal && $1.isReal }) else { return try .real }
            let rest = ComposeTransform(Array(parts.dropLast()))
            let (outer, inner) = (try last.image, try rest.image)
            return Constraint(member: try last.forward(rest.image.member)) { y throws(TensorError) in
                let isInside = try outer.contains(y)
                let x = try last.inverse(.select(isInside, y, outer.member))
                return try isInside * inner.contains(x)
            }
        }
    }

    /// "Compose(Exp(), Affine(loc: scalar, scale: scalar))".
    public var description: String { "Compose(\(parts.map(\.description).joined(separator: ", ")))" }

    /// All parts in order, and the sum of their logarithms.
    public func map(_ x: Tensor) throws(TensorError) -> Image {
        try chained(parts, x) { part, value throws(TensorError) in try part.map(value) }
    }

    /// All parts undone, the last one first.
    public func unmap(_ y: Tensor) throws(TensorError) -> Image {
        try chained(parts.reversed(), y) { part, value throws(TensorError) in try part.unmap(value) }
    }

    private func chained(
        _ parts: [any Bijector], _ start: Tensor, _ step: (any Bijector, Tensor) throws(TensorError) -> Image
    ) throws(TensorError) -> Image {
        try requireEvent(start, "input")
        var (value, sum) = (start, try Tensor.zeros(Array(start.shape.dropLast(eventRank))))
        for part in parts {
            let image = try step(part, value)
            value = image.value
            sum = try sum + image.logDeterminant.summed(last: eventRank - part.eventRank)
        }
        return (value, sum)
    }
}

extension Tensor {
    /// The sum over the last `dims` dimensions.
    func summed(last dims: Int) throws(TensorError) -> Tensor { dims > 0 ? try sum((1...dims).map { -$0 }) : self }
}
