import Support
import Tensors

/// A differentiable map of tensors that can be undone, with the determinant of its Jacobian; PyTorch calls it a
/// transform.
public protocol Bijector {
    /// What tensors become, and the logarithm of the absolute value of the Jacobian's determinant there.
    typealias Image = (value: Tensor, logDeterminant: Tensor)

    /// The name that scripts know, such as "Exp".
    var kind: String { get }
    /// The number of last dimensions that are mapped together: 0 for a map of each element.
    var eventRank: Int { get }
    /// What it is made of that can be trained, by name.
    var parameters: [(name: String, tensor: Tensor)] { get }
    /// The numbers that it takes.
    var domain: Constraint { get throws(TensorError) }
    /// The numbers that it gives.
    var image: Constraint { get throws(TensorError) }
    /// What it prints as: by default its kind, and the shapes of its parameters.
    var description: String { get }

    /// What `x` becomes, and the logarithm of the determinant: the dimensions of `x` but the last `eventRank`.
    func map(_ x: Tensor) throws(TensorError) -> Image

    /// What becomes `y`, and the logarithm of the determinant of this, the inverse map.
    func unmap(_ y: Tensor) throws(TensorError) -> Image
}

extension Bijector {
    /// 0.
    public var eventRank: Int { 0 }

    /// None.
    public var parameters: [(name: String, tensor: Tensor)] { [] }

    /// All numbers.
    public var domain: Constraint { get throws(TensorError) { try .real } }

    /// All numbers.
    public var image: Constraint { get throws(TensorError) { try .real } }

    /// "Affine(loc: 3, scale: scalar)".
    public var description: String {
        "\(kind)(" + parameters.map { "\($0.name): \($0.tensor.shape.shapeText)" }.joined(separator: ", ") + ")"
    }

    /// What `x` becomes.
    public func forward(_ x: Tensor) throws(TensorError) -> Tensor { try map(x).value }

    /// What becomes `y`.
    public func inverse(_ y: Tensor) throws(TensorError) -> Tensor { try unmap(y).value }

    /// The logarithm of the absolute value of the Jacobian's determinant at `x`.
    public func logDeterminant(_ x: Tensor) throws(TensorError) -> Tensor { try map(x).logDeterminant }

    /// Throws unless `tensor` has the dimensions that are mapped together.
    func requireEvent(_ tensor: Tensor, _ parameter: String) throws(TensorError) {
        guard tensor.rank >= eventRank else {
            throw .shape(
                operation: kind, parameter: parameter, shape: tensor.shape,
                expected: "at least \(eventRank) \(eventRank == 1 ? "dimension" : "dimensions")")
        }
    }
}

/// A bijector the other way round.
public struct InvertedTransform: Bijector {
    /// The bijector that this one undoes.
    public let original: any Bijector

    /// The bijector that undoes `original`.
    public init(_ original: any Bijector) { self.original = original }

    /// "Inverse".
    public var kind: String { "Inverse" }
    /// That of the original.
    public var eventRank: Int { original.eventRank }
    /// Those of the original.
    public var parameters: [(name: String, tensor: Tensor)] { original.parameters }
    /// The original's image.
    public var domain: Constraint { get throws(TensorError) { try original.image } }
    /// The original's domain.
    public var image: Constraint { get throws(TensorError) { try original.domain } }
    /// "Inverse(Exp())".
    public var description: String { "Inverse(\(original.description))" }

    /// What the original makes `x` of.
    public func map(_ x: Tensor) throws(TensorError) -> Image { try original.unmap(x) }

    /// What the original makes of `y`.
    public func unmap(_ y: Tensor) throws(TensorError) -> Image { try original.map(y) }
}
