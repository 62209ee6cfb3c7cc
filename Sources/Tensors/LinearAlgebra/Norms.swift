import Kernels

/// Which norm.
public enum NormOrder: Equatable, Sendable {
    /// Of vectors: (the sum of |x|^p)^(1/p), the largest |x| for infinity, the smallest for -infinity, and how many
    /// are not 0 for p = 0. Of matrices: the largest singular value for 2, the largest sum of |x| in a column for 1
    /// and in a row for infinity; the smallest ones for -2, -1 and -infinity.
    case number(Float)
    /// Of matrices: the root of the sum of squares.
    case frobenius
    /// Of matrices: the sum of the singular values.
    case nuclear
}

/// Norms of vectors and matrices, as in PyTorch's `linalg`. Where several elements are the largest, they share the
/// gradient; at 0 it is 0.
extension Tensor {
    /// The norm of a vector or matrix, or of several.
    ///
    /// - Parameters:
    ///   - order: The Euclidean norm by default, of all elements together.
    ///   - dims: One dimension of vectors, or two of matrices; all by default, which are then one or two where there
    ///     is an `order`.
    ///   - keepDims: Whether the dimensions stay as size 1.
    public func norm(
        order: NormOrder?, dims: [Int]? = nil, keepDims: Bool = false
    ) throws(TensorError) -> Tensor {
        let operation = "linalg.norm"
        if let dims {
            try require(dims.count == 1 || dims.count == 2, operation, "dim", dims, expected: "one dimension or two")
        }
        guard let order else { return try norm(dims, keepDims: keepDims) }
        let dims = dims ?? Array(1..<rank + 1)
        guard dims.count == 1 || dims.count == 2 else {
            throw .shape(
                operation: operation, parameter: "A", shape: shape,
                expected: "one or two dimensions, where ord is given without dim")
        }
        if dims.count == 2 { return try matrixNorm(order, dims: dims, keepDims: keepDims) }
        guard case .number(let number) = order else {
            throw .argument(
                operation: operation, parameter: "ord", value: order.text, expected: "a number for a norm of vectors")
        }
        return try vectorNorm(number, dims: dims, keepDims: keepDims)
    }

    /// The norm of the elements along `dims`, all by default: see `NormOrder.number`.
    public func vectorNorm(
        _ order: Float = 2, dims: [Int]? = nil, keepDims: Bool = false
    ) throws(TensorError) -> Tensor {
        if order == 2 { return try norm(dims, keepDims: keepDims) }
        let operation = "linalg.vector_norm"
        try require(!order.isNaN, operation, "ord", order, expected: "a number")
        let reduced = try indices(of: dims, operation)
        if order < 0 || order == .infinity, reduced.contains(where: { shape[$0] == 0 }) {
            throw .shape(
                operation: operation, parameter: "x", shape: shape, expected: "at least one element, for ord \(order)")
        }
        let source = detached()
        let kept = try source.norm(order, over: reduced)
        let root = kept.detached()
        let result = try keepDims ? kept : kept.viewed(as: dropped(reduced))
        // A count has no gradient.
        if order == 0 { return result }
        return try result.recorded(.vectorNorm, [self], keeping: [source, root]) { gradient throws(TensorError) in
            let slope = try source.normSlope(order, norm: root, over: reduced)
            return [try slope * gradient.restored(reduced, in: source.shape)]
        }
    }

    /// The norm over dimensions counted from 0, which stay as size 1; nothing is recorded.
    private func norm(_ order: Float, over reduced: [Int]) throws(TensorError) -> Tensor {
        switch order {
        case 0: return try compared(.notEqual, Tensor(0)).sum(indices: reduced, keepDims: true)
        case .infinity, -.infinity:
            var extreme = try abs()
            for axis in reduced {
                extreme = try
                    (order > 0 ? extreme.max(axis + 1, keepDims: true) : extreme.min(axis + 1, keepDims: true))
                    .values
            }
            return extreme
        case 1: return try abs().sum(indices: reduced, keepDims: true)
        default: return try abs().power(order).sum(indices: reduced, keepDims: true).power(1 / order)
        }
    }

    /// The derivative of `norm`, which this tensor has along `reduced`, by its elements.
    private func normSlope(_ order: Float, norm: Tensor, over reduced: [Int]) throws(TensorError) -> Tensor {
        switch order {
        case .infinity, -.infinity:
            let chosen = try zipped(norm, "linalg.vector_norm") {
                $0.map { x, norm in
                    Vector(repeating: 1).replacing(with: 0, where: .!(VectorMath.absolute(x) .== norm .| norm .!= norm))
                }
            }
            let share = try chosen / chosen.sum(indices: reduced, keepDims: true)
            return try zipped(share, "linalg.vector_norm") {
                $0.map { ($1 * sign(of: $0)).replacing(with: 0, where: $1 .== 0) }
            }
        default:
            return try zipped(norm, "linalg.vector_norm") {
                $0.map { x, norm in
                    (sign(of: x) * VectorMath.power(VectorMath.absolute(x) / norm, order - 1))
                        .replacing(with: 0, where: x .== 0)
                }
            }
        }
    }

    /// The norms of matrices, whose rows and columns are the two dimensions `dims`.
    public func matrixNorm(
        _ order: NormOrder = .frobenius, dims: [Int] = [-2, -1], keepDims: Bool = false
    ) throws(TensorError) -> Tensor {
        let operation = "linalg.matrix_norm"
        try requireMatrices(operation)
        try require(dims.count == 2, operation, "dim", dims, expected: "two dimensions")
        let places = try dims.map { dim throws(TensorError) in
            try Shape.dimension(dim, rank: rank, operation: operation)
        }
        try require(places[0] != places[1], operation, "dim", dims, expected: "two different dimensions")
        let matrices = try permuted(indices: shape.indices.filter { !places.contains($0) } + places)
        let result: Tensor
        switch order {
        case .frobenius: result = try matrices.norm([-2, -1])
        case .nuclear: result = try matrices.singularValues().sum([-1])
        case .number(2): result = try matrices.singularValues().largest()
        case .number(-2): result = try matrices.singularValues().vectorNorm(-.infinity, dims: [-1])
        case .number(1): result = try matrices.abs().sum([-2]).largest()
        case .number(-1): result = try matrices.abs().sum([-2]).vectorNorm(-.infinity, dims: [-1])
        case .number(.infinity): result = try matrices.abs().sum([-1]).largest()
        case .number(-.infinity): result = try matrices.abs().sum([-1]).vectorNorm(-.infinity, dims: [-1])
        case .number(let number):
            throw .argument(
                operation: operation, parameter: "ord", value: "\(number)",
                expected: "'fro', 'nuc', 1, -1, 2, -2, inf or -inf for a norm of matrices")
        }
        return keepDims ? try result.reshaped(shape.indices.map { places.contains($0) ? 1 : shape[$0] }) : result
    }

    /// The largest of numbers of 0 or more in the last dimension; of none it is 0.
    private func largest() throws(TensorError) -> Tensor {
        try shape[rank - 1] == 0 ? sum([-1]) : vectorNorm(.infinity, dims: [-1])
    }
}

/// 1 above 0, -1 below, else x.
private func sign(of x: Vector) -> Vector { x.replacing(with: 1, where: x .> 0).replacing(with: -1, where: x .< 0) }

extension NormOrder {
    /// The order as scripts write it.
    public var text: String {
        switch self {
        case .number(let number): "\(number)"
        case .frobenius: "'fro'"
        case .nuclear: "'nuc'"
        }
    }
}
