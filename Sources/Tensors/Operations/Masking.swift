/// Elements chosen by a mask: a tensor that is 0 where they are left out.
extension Tensor {
    /// The elements where `mask`, which has this shape, is not 0: a tensor of one dimension, copied.
    public func maskedSelect(_ mask: Tensor) throws(TensorError) -> Tensor {
        try requireMask(mask, "masked_select")
        let places = mask.values.enumerated().filter { $0.element != 0 }.map { $0.offset + 1 }
        return try reshaped([-1]).indexSelect(1, places)
    }

    /// Replaces the elements where `mask`, which has this shape, is not 0, by those of `source`, which broadcasts.
    @discardableResult
    public func maskedAssign(_ source: Tensor, where mask: Tensor) throws(TensorError) -> Tensor {
        try requireMask(mask, "masked_fill_")
        return try assign(.select(mask, source, self))
    }

    private func requireMask(_ mask: Tensor, _ operation: String) throws(TensorError) {
        guard mask.shape == shape else {
            throw .shape(operation: operation, parameter: "mask", shape: mask.shape, expected: shape.shapeText)
        }
    }
}
