import Support
import Tensors

/// A line: each element times a scale, plus a location.
public struct AffineTransform: Bijector {
    /// "Affine".
    public var kind: String { "Affine" }
    /// What is added.
    public let loc: Tensor
    /// What elements are multiplied by, not 0.
    public let scale: Tensor

    /// The map to `loc` + `scale` x, element by element; both broadcast with x.
    public init(loc: Tensor, scale: Tensor) throws(TensorError) {
        _ = try CheckedParameter.batchShape(
            "Affine", CheckedParameter("loc", loc), CheckedParameter("scale", scale))
        if let place = scale.values.firstIndex(of: 0) {
            throw .argument(
                operation: "Affine", parameter: "scale" + CheckedParameter.index(of: place, in: scale.shape),
                value: "0", expected: "a number other than 0")
        }
        (self.loc, self.scale) = (loc, scale)
    }

    /// `loc` and `scale`.
    public var parameters: [(name: String, tensor: Tensor)] { [("loc", loc), ("scale", scale)] }

    /// loc + scale x.
    public func map(_ x: Tensor) throws(TensorError) -> Image {
        let y = try loc + scale * x
        return (y, try logSlope.expanded(to: y.shape))
    }

    /// (y - loc) / scale.
    public func unmap(_ y: Tensor) throws(TensorError) -> Image {
        let x = try (y - loc) / scale
        return (x, try logSlope.negated().expanded(to: x.shape))
    }

    private var logSlope: Tensor { get throws(TensorError) { try scale.abs().log() } }
}

/// The elements of the last dimension in another order.
public struct PermutationTransform: Bijector {
    /// "Permutation".
    public var kind: String { "Permutation" }
    /// Which element comes in each place, counted from 1.
    public let order: [Int]

    /// The map whose i-th element is that of the place `order[i]`, counted from 1; each place has to come once.
    public init(_ order: [Int]) throws(TensorError) {
        try require(
            order.sorted() == Array(1...max(order.count, 1)), "Permutation", "order", order,
            expected: "each of the numbers from 1 to their count once")
        self.order = order
    }

    /// 1.
    public var eventRank: Int { 1 }

    /// "Permutation(3, 1, 2)".
    public var description: String { "Permutation(\(order.map(String.init).joined(separator: ", ")))" }

    /// The elements in their new order; a determinant of 1.
    public func map(_ x: Tensor) throws(TensorError) -> Image { try arranged(x, order) }

    /// The elements in their old order.
    public func unmap(_ y: Tensor) throws(TensorError) -> Image {
        var inverse = order
        for (place, source) in order.enumerated() { inverse[source - 1] = place + 1 }
        return try arranged(y, inverse)
    }

    private func arranged(_ tensor: Tensor, _ order: [Int]) throws(TensorError) -> Image {
        guard tensor.shape.last == order.count else {
            throw .shape(
                operation: "Permutation", parameter: "input", shape: tensor.shape,
                expected: "\(order.count) in the last dimension")
        }
        return (try tensor.indexSelect(-1, order), try .zeros(Array(tensor.shape.dropLast())))
    }
}
