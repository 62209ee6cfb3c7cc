/// Tensors of other shapes over the same elements.
extension Tensor {
    /// The same elements under a new shape, copied only where their layout forbids a view; one size may be -1.
    public func reshaped(_ newShape: [Int]) throws(TensorError) -> Tensor {
        let (target, old) = (try resolved(newShape), shape)
        return try viewed(as: target).recorded(.reshape, [self], keeping: []) { gradient throws(TensorError) in
            [try gradient.viewed(as: old)]
        }
    }

    /// The dimensions `first` to `last` (counted from 1) made one.
    public func flattened(from first: Int = 1, to last: Int = -1) throws(TensorError) -> Tensor {
        if rank == 0 { return try reshaped([1]).flattened(from: first, to: last) }
        let start = try Shape.dimension(first, rank: rank, operation: "flatten", parameter: "start_dim")
        let end = try Shape.dimension(last, rank: rank, operation: "flatten", parameter: "end_dim")
        try require(start <= end, "flatten", "end_dim", last, expected: "at least start_dim")
        let size = shape[start...end].reduce(1, *)
        return try reshaped(Array(shape[..<start]) + [size] + Array(shape[(end + 1)...]))
    }

    /// The dimensions in another order: dimension i of the result is dimension `dims[i]` of this tensor.
    public func permuted(_ dims: [Int]) throws(TensorError) -> Tensor {
        let order = try dims.map { dim throws(TensorError) in
            try Shape.dimension(dim, rank: rank, operation: "permute", parameter: "dims")
        }
        try require(
            Set(order).count == rank && order.count == rank, "permute", "dims", dims,
            expected: "each of the \(rank) dimensions once")
        return try permuted(indices: order)
    }

    /// This tensor with two dimensions exchanged; a scalar takes only 1 and -1, and stays as it is.
    public func transposed(_ first: Int, _ second: Int) throws(TensorError) -> Tensor {
        let places = (
            try Shape.dimension(first, rank: Swift.max(rank, 1), operation: "transpose", parameter: "dim0"),
            try Shape.dimension(second, rank: Swift.max(rank, 1), operation: "transpose", parameter: "dim1")
        )
        var order = Array(shape.indices)
        if rank > 0 { order.swapAt(places.0, places.1) }
        return try permuted(indices: order)
    }

    func permuted(indices order: [Int]) throws(TensorError) -> Tensor {
        let result = Tensor(
            storage: storage, shape: order.map { shape[$0] }, strides: order.map { strides[$0] }, offset: offset)
        return try result.recorded(.permute, [self], keeping: []) { gradient throws(TensorError) in
            var inverse = order
            for (index, dim) in order.enumerated() { inverse[dim] = index }
            return [try gradient.permuted(indices: inverse)]
        }
    }

    /// This tensor without the dimension `dim`, if its size is 1; without all such dimensions where none is named.
    public func squeezed(_ dim: Int? = nil) throws(TensorError) -> Tensor {
        guard let dim else { return try reshaped(shape.filter { $0 != 1 }) }
        let index = try Shape.dimension(dim, rank: Swift.max(rank, 1), operation: "squeeze")
        return try reshaped(rank > 0 && shape[index] == 1 ? dropped([index]) : shape)
    }

    /// This tensor with a new dimension of size 1, which becomes dimension `dim`.
    public func unsqueezed(_ dim: Int) throws(TensorError) -> Tensor {
        let index = try Shape.dimension(dim, rank: rank + 1, operation: "unsqueeze")
        return try reshaped(shape[..<index] + [1] + shape[index...])
    }

    /// This tensor repeated, without a copy, along dimensions of size 1 to the shape `sizes`, in which -1 keeps a
    /// dimension's size.
    public func expanded(to sizes: [Int]) throws(TensorError) -> Tensor {
        let added = sizes.count - rank
        var target = sizes
        if added >= 0 { for dim in shape.indices where sizes[dim + added] == -1 { target[dim + added] = shape[dim] } }
        guard (try? Shape.broadcast(shape, target, operation: "expand")) == target else {
            throw .shape(
                operation: "expand", parameter: "self", shape: shape,
                expected: "one that broadcasts to \(target.shapeText)")
        }
        if target != shape { try Shape.checkRepeated(target, operation: "expand") }
        let result = Tensor(
            storage: storage, shape: target, strides: Shape.broadcastStrides(shape, strides, to: target), offset: offset
        )
        let operand = GradientTarget(self)
        return try result.recorded(.expand, [self], keeping: []) { gradient throws(TensorError) in
            [try gradient.summed(to: operand)]
        }
    }

    /// The same elements under `target`, which has as many; copied where no strides can say it. Nothing is recorded.
    func viewed(as target: [Int]) throws(TensorError) -> Tensor {
        if target == shape { return detached() }
        if let strides = strides(viewedAs: target) {
            return Tensor(storage: storage, shape: target, strides: strides, offset: offset)
        }
        let copy = try Tensor(uninitialised: shape)
        copyElements(to: copy.pointer, strides: copy.strides)
        return Tensor(storage: copy.storage, shape: target, strides: Shape.contiguousStrides(target))
    }

    /// Strides that give the same elements in the same order under another shape, where there are such.
    private func strides(viewedAs target: [Int]) -> [Int]? {
        if isContiguous { return Shape.contiguousStrides(target) }
        guard count > 0 else { return Shape.contiguousStrides(target) }
        // Dimensions are matched in groups of equal size; within a group the old ones must follow each other in memory.
        var result = [Int](repeating: 1, count: target.count)
        let old = shape.indices.filter { shape[$0] != 1 }
        var from = 0
        var to = 0
        while from < old.count {
            var (fromEnd, toEnd) = (from + 1, to)
            var size = shape[old[from]]
            var product = 1
            while product != size || fromEnd == from {
                if product < size {
                    guard toEnd < target.count else { return nil }
                    product *= target[toEnd]
                    toEnd += 1
                } else {
                    guard fromEnd < old.count else { return nil }
                    size *= shape[old[fromEnd]]
                    fromEnd += 1
                }
            }
            for i in from..<fromEnd - 1 where strides[old[i]] != strides[old[i + 1]] * shape[old[i + 1]] { return nil }
            var step = strides[old[fromEnd - 1]]
            for dim in (to..<toEnd).reversed() {
                result[dim] = step
                step *= target[dim]
            }
            (from, to) = (fromEnd, toEnd)
        }
        return result
    }

    /// `newShape` with a size of -1 filled in; an error where it does not have this tensor's number of elements.
    private func resolved(_ newShape: [Int]) throws(TensorError) -> [Int] {
        var target = newShape
        let mismatch = TensorError.argument(
            operation: "reshape", parameter: "shape", value: newShape.shapeText,
            expected: "\(count) elements, as in \(shape.shapeText)")
        if let free = target.firstIndex(of: -1) {
            target[free] = 1
            let rest = try Shape.count(target, operation: "reshape")
            guard rest > 0, count % rest == 0 else { throw mismatch }
            target[free] = count / rest
        }
        guard try Shape.count(target, operation: "reshape") == count else { throw mismatch }
        return target
    }
}
