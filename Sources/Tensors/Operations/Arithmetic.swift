import Foundation
import Kernels

/// Arithmetic of two tensors, which broadcast as in NumPy and PyTorch.
extension Tensor {
    /// The sum of two tensors.
    public static func + (a: Tensor, b: Tensor) throws(TensorError) -> Tensor {
        try a.zipped(b, "add") { $0.map { $0 + $1 } }.recorded(.add, [a, b], keeping: []) {
            [first = GradientTarget(a), second = GradientTarget(b)] gradient throws(TensorError) in
            [try gradient.summed(to: first), try gradient.summed(to: second)]
        }
    }

    /// The difference of two tensors.
    public static func - (a: Tensor, b: Tensor) throws(TensorError) -> Tensor {
        try a.zipped(b, "subtract") { $0.map { $0 - $1 } }.recorded(.subtract, [a, b], keeping: []) {
            [first = GradientTarget(a), second = GradientTarget(b)] gradient throws(TensorError) in
            [
                try gradient.summed(to: first),
                try second.requiresGradient ? gradient.negated().summed(to: second) : nil,
            ]
        }
    }

    /// The element-wise product of two tensors.
    public static func * (a: Tensor, b: Tensor) throws(TensorError) -> Tensor {
        let (first, second) = (GradientTarget(a), GradientTarget(b))
        let x = second.requiresGradient ? a.detached() : nil
        let y = first.requiresGradient ? b.detached() : nil
        let result = try a.zipped(b, "multiply") { $0.map { $0 * $1 } }
        result.isMask = a.isMask && b.isMask
        return try result.recorded(.multiply, [a, b], keeping: [x, y].compactMap { $0 }) {
            gradient throws(TensorError) in
            [
                try y.map { y throws(TensorError) in try gradient * y }?.summed(to: first),
                try x.map { x throws(TensorError) in try gradient * x }?.summed(to: second),
            ]
        }
    }

    /// The element-wise quotient of two tensors.
    public static func / (a: Tensor, b: Tensor) throws(TensorError) -> Tensor {
        let (first, second) = (GradientTarget(a), GradientTarget(b))
        let (x, y) = (second.requiresGradient ? a.detached() : nil, b.detached())
        return try a.zipped(b, "divide") { $0.map { $0 / $1 } }.recorded(
            .divide, [a, b], keeping: [x, y].compactMap { $0 }
        ) {
            gradient throws(TensorError) in
            [
                try first.requiresGradient ? (gradient / y).summed(to: first) : nil,
                try x.map { x throws(TensorError) in try gradient.negated() * (x / y / y) }?.summed(to: second),
            ]
        }
    }

    /// a to the power of b, element by element, by the rules of C: NaN for negative a unless b is whole.
    public static func power(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
        let (first, second) = (GradientTarget(a), GradientTarget(b))
        let result = try a.zipped(b, "pow") { $0.map { VectorMath.power($0, $1) } }
        let (x, y, value) = (a.detached(), b.detached(), result.detached())
        return try result.recorded(.power, [a, b], keeping: [x, y, value]) { gradient throws(TensorError) in
            // The derivative by a is b a^(b - 1), but 0 where b = 0, as a^0 is constant; that by b is a^b log a, but 0
            // where a = 0 and b >= 0, as 0^b stays 0 for b > 0.
            var parts: [Tensor?] = [nil, nil]
            if first.requiresGradient {
                let slope = try x.zipped(y, "pow") { $0.map { $1 * VectorMath.power($0, $1 - 1) } }
                parts[0] = try (gradient * slope)
                    .zipped(y, "pow") { $0.map { $0.replacing(with: 0, where: $1 .== 0) } }.summed(to: first)
            }
            if second.requiresGradient {
                let logarithm = try x.zipped(y, "pow") {
                    $0.map { VectorMath.log($0).replacing(with: 0, where: ($0 .== 0) .& ($1 .>= 0)) }
                }
                parts[1] = try (gradient * (value * logarithm)).summed(to: second)
            }
            return parts
        }
    }

    /// The larger of each two elements; where they are equal each gets half of the gradient.
    public static func maximum(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
        let result = try a.zipped(b, "maximum") { $0.map { $0.replacing(with: $1, where: ($1 .>= $0) .| ($1 .!= $1)) } }
        return try result.choosing(.maximum, a, b)
    }

    /// The smaller of each two elements; where they are equal each gets half of the gradient.
    public static func minimum(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
        let result = try a.zipped(b, "minimum") { $0.map { $0.replacing(with: $1, where: ($1 .<= $0) .| ($1 .!= $1)) } }
        return try result.choosing(.minimum, a, b)
    }

    /// Records that this is the larger or smaller of two operands: the other one gets no gradient, and where neither is
    /// chosen, because one is NaN, both get it.
    private func choosing(
        _ operation: Operation, _ a: Tensor, _ b: Tensor
    ) throws(TensorError) -> Tensor {
        let (first, second, x, y) = (GradientTarget(a), GradientTarget(b), a.detached(), b.detached())
        let isLargest = operation == .maximum
        return try recorded(operation, [a, b], keeping: [x, y]) { gradient throws(TensorError) in
            func part(_ target: GradientTarget, _ own: Tensor, _ other: Tensor) throws(TensorError) -> Tensor? {
                guard target.requiresGradient else { return nil }
                let share = try own.zipped(other, operation.rawValue) {
                    $0.map { x, y in
                        Vector(repeating: 1).replacing(with: 0, where: isLargest ? x .< y : x .> y)
                            .replacing(with: 0.5, where: x .== y)
                    }
                }
                return try gradient.zipped(share, operation.rawValue) {
                    $0.map { ($0 * $1).replacing(with: 0, where: $1 .== 0) }
                }.summed(to: target)
            }
            return [try part(first, x, y), try part(second, y, x)]
        }
    }

    /// Elements of `a` where `condition` is not 0, elements of `b` elsewhere.
    public static func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
        let mask = try condition.mapped { $0.map { Vector(repeating: 1).replacing(with: 0, where: $0 .== 0) } }
        let shape = try Shape.broadcast(
            try Shape.broadcast(a.shape, b.shape, operation: "where"), mask.shape, operation: "where")
        // A choice, not a weighted sum: NaN in what is not chosen must not show.
        let (x, y, m) = try (
            a.detached().expanded(to: shape), b.detached().expanded(to: shape), mask.expanded(to: shape)
        )
        let result = try x.emptyLike()
        let loop = StridedLoop(shape: shape, strides: result.strides, x.strides, y.strides, m.strides).withLongRows
        let (out, first, second, third, steps) = (result.pointer, x.pointer, y.pointer, m.pointer, loop.rowStrides)
        loop.forEachPiece { at, length in
            VectorLoop.map(
                length, out: out + at[0], steps[0], a: first + at[1], steps[1], b: second + at[2], steps[2],
                c: third + at[3], steps[3]
            ) { $1.replacing(with: $0, where: $2 .!= 0) }
        }
        let targets = (GradientTarget(a), GradientTarget(b))
        return try result.recorded(.select, [a, b], keeping: []) { gradient throws(TensorError) in
            // The gradient is chosen, too: an infinite one must not show where it does not belong.
            let (left, right) = targets
            return [
                try left.requiresGradient
                    ? gradient.zipped(mask, "where") { $0.map { $0.replacing(with: 0, where: $1 .== 0) } }
                        .summed(to: left) : nil,
                try right.requiresGradient
                    ? gradient.zipped(mask, "where") { $0.map { $0.replacing(with: 0, where: $1 .!= 0) } }
                        .summed(to: right) : nil,
            ]
        }
    }

    /// The gradient of an operand that was broadcast: the sum over the dimensions in which it was repeated.
    func summed(to operand: GradientTarget) throws(TensorError) -> Tensor? {
        operand.requiresGradient ? try summed(toShape: operand.shape) : nil
    }

    /// The sum over the dimensions in which `target` was broadcast to this shape.
    func summed(toShape target: [Int]) throws(TensorError) -> Tensor {
        let shift = rank - target.count
        let dims = shape.indices.filter { $0 < shift || (target[$0 - shift] == 1 && shape[$0] != 1) }
        return dims.isEmpty ? self : try sum(indices: dims, keepDims: true).viewed(as: target)
    }
}

/// What a derivative has to know of an operand whose elements it does not need, and so does not keep.
struct GradientTarget {
    let shape: [Int]
    let requiresGradient: Bool

    init(_ operand: Tensor) {
        shape = operand.shape
        requiresGradient = operand.requiresGradient
    }
}

/// Division with remainder.
extension Tensor {
    /// The remainder of a / b, element by element, with b's sign (Python's %): a - b floor(a / b).
    public static func remainder(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
        let (first, second, x, y) = (GradientTarget(a), GradientTarget(b), a.detached(), b.detached())
        let kept = second.requiresGradient ? [x, y] : []
        return try a.zipped(b, "remainder") { $0.map(VectorMath.remainder) }
            .recorded(.remainder, [a, b], keeping: kept) { gradient throws(TensorError) in
                [
                    try gradient.summed(to: first),
                    try second.requiresGradient
                        ? (gradient.negated() * floorDivide(x, y)).summed(to: second) : nil,
                ]
            }
    }

    /// The largest whole number that is not above a / b, element by element; it carries no gradient.
    public static func floorDivide(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
        try a.zipped(b, "floor_divide") { $0.map(VectorMath.floorQuotient) }
    }

    /// The remainder of a / b, element by element, with a's sign (C's fmod): a - b trunc(a / b).
    public static func fmod(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
        let (first, second, x, y) = (GradientTarget(a), GradientTarget(b), a.detached(), b.detached())
        let kept = second.requiresGradient ? [x, y] : []
        return try a.zipped(b, "fmod") { $0.map(VectorMath.truncatedRemainder) }
            .recorded(.fmod, [a, b], keeping: kept) { gradient throws(TensorError) in
                [
                    try gradient.summed(to: first),
                    try second.requiresGradient
                        ? (gradient.negated() * x.zipped(y, "fmod") { $0.map(VectorMath.truncatedQuotient) })
                            .summed(to: second) : nil,
                ]
            }
    }
}

/// Angles.
extension Tensor {
    /// The angle of the point (x, y) in radians, from -pi to pi, element by element; at (0, 0) it has the gradient 0.
    public static func atan2(_ y: Tensor, _ x: Tensor) throws(TensorError) -> Tensor {
        let (first, second, a, b) = (GradientTarget(y), GradientTarget(x), y.detached(), x.detached())
        return try y.zipped(x, "atan2") { $0.map { $0.lanes($1, Foundation.atan2) } }
            .recorded(.atan2, [y, x], keeping: [a, b]) { gradient throws(TensorError) in
                func part(
                    _ target: GradientTarget, _ slope: @escaping (Double, Double) -> Double
                ) throws(TensorError) -> Tensor? {
                    guard target.requiresGradient else { return nil }
                    let slopes = try a.zipped(b, "atan2") {
                        $0.map { $0.lanes($1) { y, x in y == 0 && x == 0 ? 0 : slope(y, x) / (y * y + x * x) } }
                    }
                    return try (gradient * slopes).summed(to: target)
                }
                return [try part(first) { _, x in x }, try part(second) { y, _ in -y }]
            }
    }
}
