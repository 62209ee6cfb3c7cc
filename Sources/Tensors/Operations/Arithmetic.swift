import Kernels

/// Arithmetic of two tensors, which broadcast as in NumPy and PyTorch.
extension Tensor {
    /// The sum of two tensors.
    public static func + (a: Tensor, b: Tensor) throws(TensorError) -> Tensor {
        let (first, second) = (Recipient(a), Recipient(b))
        return try a.zipped(b, "add") { $0.map(+) }.recorded(.add, [a, b]) { gradient throws(TensorError) in
            [try gradient.summed(to: first), try gradient.summed(to: second)]
        }
    }

    /// The difference of two tensors.
    public static func - (a: Tensor, b: Tensor) throws(TensorError) -> Tensor {
        let (first, second) = (Recipient(a), Recipient(b))
        return try a.zipped(b, "subtract") { $0.map(-) }.recorded(.subtract, [a, b]) {
            gradient throws(TensorError) in
            [
                try gradient.summed(to: first),
                try second.requiresGradient ? gradient.negated().summed(to: second) : nil,
            ]
        }
    }

    /// The element-wise product of two tensors.
    public static func * (a: Tensor, b: Tensor) throws(TensorError) -> Tensor {
        try a.zipped(b, "multiply") { $0.map(*) }.recorded(.multiply, [a, b]) { gradient throws(TensorError) in
            [
                try a.requiresGradient ? (gradient * b).summed(to: a) : nil,
                try b.requiresGradient ? (gradient * a).summed(to: b) : nil,
            ]
        }
    }

    /// The element-wise quotient of two tensors.
    public static func / (a: Tensor, b: Tensor) throws(TensorError) -> Tensor {
        try a.zipped(b, "divide") { $0.map(/) }.recorded(.divide, [a, b]) { gradient throws(TensorError) in
            let byB = try gradient / b
            return [
                try a.requiresGradient ? byB.summed(to: a) : nil,
                try b.requiresGradient ? (byB.negated() * (a / b)).summed(to: b) : nil,
            ]
        }
    }

    /// a to the power of b, element by element: exp(b log a), so a must not be negative.
    public static func power(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
        let result = try a.zipped(b, "pow") { $0.map { VectorMath.power($0, $1) } }
        let value = result.detached()
        return try result.recorded(.power, [a, b], keeping: [value]) { gradient throws(TensorError) in
            // b a^(b - 1) and a^b log a, which is 0 where a^b is.
            let logarithm = try a.detached().mapped { $0.map { VectorMath.log($0) } }
            return [
                try a.requiresGradient ? (gradient * b * power(a, b.offset(by: -1))).summed(to: a) : nil,
                try b.requiresGradient
                    ? (gradient
                        * value.zipped(logarithm, "pow") { $0.map { ($0 * $1).replacing(with: 0, where: $0 .== 0) } })
                        .summed(to: b) : nil,
            ]
        }
    }

    /// The larger of each two elements; where they are equal each gets half of the gradient.
    public static func maximum(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
        try a.zipped(b, "maximum") { $0.map { $0.replacing(with: $1, where: ($1 .> $0) .| ($1 .!= $1)) } }
            .recorded(.maximum, [a, b]) { gradient throws(TensorError) in try chosen(gradient, a, b) { $0 .> $1 } }
    }

    /// The smaller of each two elements; where they are equal each gets half of the gradient.
    public static func minimum(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
        try a.zipped(b, "minimum") { $0.map { $0.replacing(with: $1, where: ($1 .< $0) .| ($1 .!= $1)) } }
            .recorded(.minimum, [a, b]) { gradient throws(TensorError) in try chosen(gradient, a, b) { $0 .< $1 } }
    }

    /// The gradients of two operands of which one was chosen.
    private static func chosen(
        _ gradient: Tensor, _ a: Tensor, _ b: Tensor, _ chooses: (Vector, Vector) -> SIMDMask<SIMD16<Int32>>
    ) throws(TensorError) -> [Tensor?] {
        let share = try a.zipped(b, "maximum") {
            $0.map { x, y in
                Vector(repeating: 0).replacing(with: 1, where: chooses(x, y)).replacing(with: 0.5, where: x .== y)
            }
        }
        let first = try gradient * share
        return [try first.summed(to: a), try (gradient - first).summed(to: b)]
    }

    /// Elements of `a` where `condition` is not 0, elements of `b` elsewhere.
    public static func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
        let mask = try condition.mapped { $0.map { Vector(repeating: 1).replacing(with: 0, where: $0 .== 0) } }
        let shape = try Shape.broadcast(
            try Shape.broadcast(a.shape, b.shape, operation: "where"), mask.shape, operation: "where")
        // A choice, not a weighted sum: NaN in what is not chosen must not show.
        let (x, y, m) = try (
            a.expanded(to: shape).detached(), b.expanded(to: shape).detached(), mask.expanded(to: shape)
        )
        let result = try x.emptyLike()
        let loop = StridedLoop(shape: shape, strides: result.strides, x.strides, y.strides, m.strides)
        let (out, first, second, third, steps) = (result.pointer, x.pointer, y.pointer, m.pointer, loop.rowStrides)
        loop.forEachPiece { at, length in
            Rows.map(
                length, out: out + at[0], steps[0], a: first + at[1], steps[1], b: second + at[2], steps[2],
                c: third + at[3], steps[3]
            ) { $1.replacing(with: $0, where: $2 .!= 0) }
        }
        return try result.recorded(.select, [a, b]) { gradient throws(TensorError) in
            [
                try a.requiresGradient ? (gradient * mask).summed(to: a) : nil,
                try b.requiresGradient ? (gradient * mask.mapped { $0.map { 1 - $0 } }).summed(to: b) : nil,
            ]
        }
    }

    /// The gradient of an operand that was broadcast: the sum over the dimensions in which it was repeated.
    func summed(to operand: Tensor) throws(TensorError) -> Tensor? { try summed(to: Recipient(operand)) }

    /// The gradient of an operand that was broadcast, of which no more is known.
    func summed(to operand: Recipient) throws(TensorError) -> Tensor? {
        guard operand.requiresGradient else { return nil }
        if shape == operand.shape { return self }
        let shift = rank - operand.shape.count
        let dims = shape.indices.filter { $0 < shift || (operand.shape[$0 - shift] == 1 && shape[$0] != 1) }
        return try sum(indices: dims, keepDims: true).viewed(as: operand.shape)
    }
}

/// What a derivative has to know of an operand whose elements it does not need, and so does not keep.
struct Recipient {
    let shape: [Int]
    let requiresGradient: Bool

    init(_ operand: Tensor) {
        shape = operand.shape
        requiresGradient = operand.requiresGradient
    }
}

/// Comparisons, which give 1 where they hold and 0 elsewhere, and carry no gradient.
extension Tensor {
    /// How two elements are compared.
    public enum Comparison: String, CaseIterable, Sendable {
        case equal = "eq", notEqual = "ne", less = "lt", lessOrEqual = "le", greater = "gt", greaterOrEqual = "ge"
    }

    /// 1 where the comparison of the elements of this tensor with those of `other` holds, 0 elsewhere.
    public func compared(_ comparison: Comparison, _ other: Tensor) throws(TensorError) -> Tensor {
        let (one, zero) = (Vector(repeating: 1), Vector.zero)
        let name = comparison.rawValue
        return switch comparison {
        case .equal: try zipped(other, name) { $0.map { zero.replacing(with: one, where: $0 .== $1) } }
        case .notEqual: try zipped(other, name) { $0.map { zero.replacing(with: one, where: $0 .!= $1) } }
        case .less: try zipped(other, name) { $0.map { zero.replacing(with: one, where: $0 .< $1) } }
        case .lessOrEqual: try zipped(other, name) { $0.map { zero.replacing(with: one, where: $0 .<= $1) } }
        case .greater: try zipped(other, name) { $0.map { zero.replacing(with: one, where: $0 .> $1) } }
        case .greaterOrEqual: try zipped(other, name) { $0.map { zero.replacing(with: one, where: $0 .>= $1) } }
        }
    }
}
