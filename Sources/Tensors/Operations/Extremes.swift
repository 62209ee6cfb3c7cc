import Kernels

/// The largest and smallest elements; NaN counts as more extreme than any number. A scalar counts as one dimension of
/// size 1.
extension Tensor {
    /// The largest elements along dimension `dim`, and their indices, both counted from 1; the first of equal ones.
    ///
    /// The dimension stays as size 1 where `keepDims` is true. The gradient goes to the chosen elements.
    public func max(
        _ dim: Int, keepDims: Bool = false
    ) throws(TensorError) -> (values: Tensor, indices: Tensor) {
        try extremes(dim, keepDims: keepDims, .max)
    }

    /// The smallest elements along dimension `dim`, and their indices, both counted from 1; the first of equal ones.
    ///
    /// The dimension stays as size 1 where `keepDims` is true. The gradient goes to the chosen elements.
    public func min(
        _ dim: Int, keepDims: Bool = false
    ) throws(TensorError) -> (values: Tensor, indices: Tensor) {
        try extremes(dim, keepDims: keepDims, .min)
    }

    /// The largest of all elements; equal ones share the gradient.
    public func max() throws(TensorError) -> Tensor { try extreme(.max) }

    /// The smallest of all elements; equal ones share the gradient.
    public func min() throws(TensorError) -> Tensor { try extreme(.min) }

    /// The indices of the largest elements along dimension `dim`, both counted from 1; the first of equal ones.
    public func argmax(_ dim: Int, keepDims: Bool = false) throws(TensorError) -> Tensor {
        try detached().max(dim, keepDims: keepDims).indices
    }

    /// The indices of the smallest elements along dimension `dim`, both counted from 1; the first of equal ones.
    public func argmin(_ dim: Int, keepDims: Bool = false) throws(TensorError) -> Tensor {
        try detached().min(dim, keepDims: keepDims).indices
    }

    private func extremes(
        _ dim: Int, keepDims: Bool, _ operation: Operation
    ) throws(TensorError) -> (values: Tensor, indices: Tensor) {
        if rank == 0 {
            let (values, indices) = try reshaped([1]).extremes(dim, keepDims: keepDims, operation)
            return (try values.reshaped([]), try indices.reshaped([]))
        }
        let axis = try Shape.dimension(dim, rank: rank, operation: operation.rawValue)
        // Beyond this a Float does not hold every whole number.
        guard (1...1 << 24).contains(shape[axis]) else {
            throw .shape(
                operation: operation.rawValue, parameter: "self", shape: shape,
                expected: "between 1 and \(1 << 24) elements in dimension \(axis + 1)")
        }
        let data = try dense()
        let fibres = data.fibres(along: axis)
        var reduced = shape
        reduced[axis] = 1
        let strides = Shape.strides(reduced, order: Shape.memoryOrder(data.shape, data.strides))
        let values = try Tensor(uninitialised: reduced, strides: strides)
        let indices = try Tensor(uninitialised: reduced, strides: strides)
        Kernels.Extremes.ofFibres(
            fibres, largest: operation == .max, input: data.pointer, values: values.pointer, indices: indices.pointer)
        let final = keepDims ? values : try values.viewed(as: dropped([axis]))
        let (places, layout) = (indices.detached(), (shape: data.shape, strides: data.strides))
        try final.recorded(operation, [self], keeping: [places]) { gradient throws(TensorError) in
            let arranged = try gradient.viewed(as: reduced).arranged(by: strides)
            let result = try Tensor(uninitialised: layout.shape, strides: layout.strides)
            Kernels.Extremes.backward(
                fibres, indices: places.pointer, valueGradient: arranged.pointer, inputGradient: result.pointer)
            return [result]
        }
        return (final, keepDims ? indices : try indices.viewed(as: dropped([axis])))
    }

    private func extreme(_ operation: Operation) throws(TensorError) -> Tensor {
        guard count > 0 else {
            throw .shape(
                operation: operation.rawValue, parameter: "self", shape: shape, expected: "at least one element")
        }
        let data = try dense()
        let value = Kernels.Extremes.ofAll(count: count, largest: operation == .max, input: data.pointer)
        // The elements are read through a pointer, and have to outlive that.
        withExtendedLifetime(data) {}
        return try shared(value, operation)
    }

    /// `value`, which some elements have (or are NaN, as it is), as the result of `operation`: they share the gradient.
    func shared(_ value: Float, _ operation: Operation) throws(TensorError) -> Tensor {
        let data = detached()
        return try Tensor(value).recorded(operation, [self], keeping: [data]) { gradient throws(TensorError) in
            let chosen = try data.mapped {
                $0.map { Vector.zero.replacing(with: 1, where: value.isNaN ? $0 .!= $0 : $0 .== value) }
            }
            return [
                try (gradient / chosen.sum()).zipped(chosen, operation.rawValue) {
                    $0.map { $0.replacing(with: 0, where: $1 .== 0) }
                }
            ]
        }
    }
}
