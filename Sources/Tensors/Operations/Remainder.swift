import Kernels

/// Division with a rest.
extension Tensor {
    /// The rest of a / b, element by element, which has b's sign (Python's %): a - b floor(a / b).
    public static func remainder(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
        let (first, second, x, y) = (Recipient(a), Recipient(b), a.detached(), b.detached())
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
}
