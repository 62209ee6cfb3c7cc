import Kernels

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
        let result =
            switch comparison {
            case .equal: try zipped(other, name) { $0.map { zero.replacing(with: one, where: $0 .== $1) } }
            case .notEqual: try zipped(other, name) { $0.map { zero.replacing(with: one, where: $0 .!= $1) } }
            case .less: try zipped(other, name) { $0.map { zero.replacing(with: one, where: $0 .< $1) } }
            case .lessOrEqual: try zipped(other, name) { $0.map { zero.replacing(with: one, where: $0 .<= $1) } }
            case .greater: try zipped(other, name) { $0.map { zero.replacing(with: one, where: $0 .> $1) } }
            case .greaterOrEqual: try zipped(other, name) { $0.map { zero.replacing(with: one, where: $0 .>= $1) } }
            }
        result.isMask = true
        return result
    }
}

/// Which elements are no ordinary numbers: 1 where it holds and 0 elsewhere, without gradient.
extension Tensor {
    /// 1 where an element is NaN.
    public func isNaN() throws(TensorError) -> Tensor { try compared(.notEqual, self) }

    /// 1 where an element is infinity or -infinity.
    public func isInfinite() throws(TensorError) -> Tensor {
        try detached().abs().compared(.equal, Tensor(.infinity))
    }

    /// 1 where an element is neither infinite nor NaN.
    public func isFinite() throws(TensorError) -> Tensor { try detached().abs().compared(.less, Tensor(.infinity)) }
}

/// Logic of elements that say yes (not 0) or no (0): 1 where it holds and 0 elsewhere, without gradient.
extension Tensor {
    /// How two answers are combined.
    public enum Logic: String, CaseIterable, Sendable {
        case and = "logical_and", or = "logical_or", exclusiveOr = "logical_xor"
    }

    /// 1 where the combination of the elements of this tensor with those of `other` holds, 0 elsewhere.
    public func combined(_ logic: Logic, _ other: Tensor) throws(TensorError) -> Tensor {
        let (one, zero, name) = (Vector(repeating: 1), Vector.zero, logic.rawValue)
        let result =
            switch logic {
            case .and: try zipped(other, name) { $0.map { zero.replacing(with: one, where: ($0 .!= 0) .& ($1 .!= 0)) } }
            case .or: try zipped(other, name) { $0.map { zero.replacing(with: one, where: ($0 .!= 0) .| ($1 .!= 0)) } }
            case .exclusiveOr:
                try zipped(other, name) { $0.map { zero.replacing(with: one, where: ($0 .!= 0) .^ ($1 .!= 0)) } }
            }
        result.isMask = true
        return result
    }

    /// 1 where an element is 0, 0 elsewhere.
    public func logicalNot() throws(TensorError) -> Tensor { try compared(.equal, Tensor(0)) }
}

/// Elements chosen by a mask: a tensor that is 0 where they are left out.
extension Tensor {
    /// The elements where `mask`, with which this tensor broadcasts, is not 0: a tensor of one dimension, copied.
    public func maskedSelect(_ mask: Tensor) throws(TensorError) -> Tensor {
        let whole = try Shape.broadcast(shape, mask.shape, operation: "masked_select")
        let chosen = try mask.expanded(to: whole).numbers()
        let places = chosen.enumerated().filter { $0.element != 0 }.map { $0.offset + 1 }
        return try expanded(to: whole).reshaped([-1]).indexSelect(1, places)
    }

    /// Replaces the elements where `mask` is not 0 by those of `source`; both broadcast to this shape.
    @discardableResult
    public func maskedAssign(_ source: Tensor, where mask: Tensor) throws(TensorError) -> Tensor {
        guard try Shape.broadcast(shape, mask.shape, operation: "masked_fill_") == shape else {
            throw .shape(
                operation: "masked_fill_", parameter: "mask", shape: mask.shape,
                expected: "one that broadcasts to \(shape.shapeText)")
        }
        return try assign(.select(mask, source, self))
    }
}
