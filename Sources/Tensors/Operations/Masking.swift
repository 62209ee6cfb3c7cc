/// Elements chosen by a mask: a tensor that is 0 where they are left out.
extension Tensor {
    /// The elements where `mask`, with which this tensor broadcasts, is not 0: a tensor of one dimension, copied.
    public func maskedSelect(_ mask: Tensor) throws(TensorError) -> Tensor {
        let whole = try Shape.broadcast(shape, mask.shape, operation: "masked_select")
        let chosen = try mask.expanded(to: whole).numbers()
        let places = chosen.enumerated().filter { $0.element != 0 }.map { $0.offset + 1 }
        return try expanded(to: whole).reshaped([-1]).indexSelect(1, places)
    }

    /// Replaces the elements where `mask`, which broadcasts to this shape, is not 0, by those of `source`, which does, too.
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
