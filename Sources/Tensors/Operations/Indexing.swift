import Kernels
import Support

/// Parts of tensors, and tensors of parts; dimensions and indices count from 1, or from -1 backwards.
extension Tensor {
    /// The part where dimension `dim` has the index `index`, without that dimension.
    public func select(_ dim: Int, _ index: Int) throws(TensorError) -> Tensor {
        let axis = try Shape.dimension(dim, rank: rank, operation: "select")
        let place = try self.index(index, along: axis, operation: "select")
        return try sliced(axis, from: place, count: 1, step: 1).reshaped(dropped([axis]))
    }

    /// Every `step`-th index of dimension `dim` from `first` to `last`, both included.
    public func slice(_ dim: Int, _ first: Int, _ last: Int, step: Int = 1) throws(TensorError) -> Tensor {
        let axis = try Shape.dimension(dim, rank: rank, operation: "slice")
        try require(step >= 1, "slice", "step", step, expected: "1 or more")
        let start = try index(first, along: axis, operation: "slice", parameter: "start")
        // An empty range is written as one whose end lies just before its start.
        if first > 0, last == first - 1 { return try sliced(axis, from: start, count: 0, step: 1) }
        let end = try index(last, along: axis, operation: "slice", parameter: "stop")
        return try sliced(axis, from: start, count: end < start ? 0 : (end - start) / step + 1, step: step)
    }

    /// About how many bytes a tensor takes besides its elements.
    private static let bytesOfView = 256

    /// Views of this tensor cut along dimension `dim` into parts of `size`; the last may be smaller.
    public func split(_ size: Int, dim: Int) throws(TensorError) -> [Tensor] {
        let axis = try Shape.dimension(dim, rank: rank, operation: "split")
        try require(size >= 1, "split", "size", size, expected: "1 or more")
        try Shape.requireMemory(shape[axis] / size + 1, Self.bytesOfView)
        var parts: [Tensor] = []
        // A dimension of size 0 gives one empty part, as in PyTorch.
        for start in stride(from: 0, to: Swift.max(shape[axis], 1), by: size) {
            if parts.count & 0xFFF == 0, Interrupt.isRequested { throw .interrupted }
            parts.append(try sliced(axis, from: start, count: Swift.min(size, shape[axis] - start), step: 1))
        }
        return parts
    }

    /// The indices `indices` of dimension `dim`, in that order, copied; an index may come several times.
    public func indexSelect(_ dim: Int, _ indices: [Int]) throws(TensorError) -> Tensor {
        let axis = try Shape.dimension(dim, rank: rank, operation: "index_select")
        let places = try indices.map { index throws(TensorError) in
            try self.index(index, along: axis, operation: "index_select")
        }
        var target = shape
        target[axis] = places.count
        // All that lies below one index is contiguous, and copied as a block.
        let outer = shape[..<axis].reduce(1, *)
        let inner = shape[(axis + 1)...].reduce(1, *)
        let size = shape[axis]
        let source = try detached().contiguous()
        let result = try Tensor(uninitialised: target)
        for o in 0..<outer where result.count > 0 {
            if o & 0xFFF == 0, Interrupt.isRequested { throw .interrupted }
            for (i, place) in places.enumerated() {
                (result.pointer + (o * places.count + i) * inner)
                    .update(from: source.pointer + (o * size + place) * inner, count: inner)
            }
        }
        let shape = shape
        return try result.recorded(.indexSelect, [self], keeping: []) { gradient throws(TensorError) in
            let gradient = try gradient.contiguous()
            let sum = try Tensor.zeros(shape)
            for o in 0..<outer where gradient.count > 0 {
                for (i, place) in places.enumerated() {
                    let part = gradient.pointer + (o * places.count + i) * inner
                    let total = sum.pointer + (o * size + place) * inner
                    for j in 0..<inner { total[j] += part[j] }
                }
            }
            return [sum]
        }
    }

    /// The index of `value`, counted from 1 or from -1 backwards, as one from 0.
    func index(
        _ value: Int, along axis: Int, operation: String, parameter: String = "index"
    ) throws(TensorError) -> Int {
        let size = shape[axis]
        guard value != 0, value <= size, value >= -size else {
            throw .index(operation: operation, parameter: parameter, value: value, size: size)
        }
        return value > 0 ? value - 1 : size + value
    }

    private func sliced(_ axis: Int, from start: Int, count: Int, step: Int) throws(TensorError) -> Tensor {
        let source = detached()
        return try view(axis, from: start, count: count, step: step).recorded(.slice, [self], keeping: []) {
            gradient throws(TensorError) in
            let whole = try source.zerosLike()
            try whole.view(axis, from: start, count: count, step: step).assign(gradient)
            return [whole]
        }
    }

    /// A part of dimension `axis`, which counts from 0; nothing is recorded.
    func view(_ axis: Int, from start: Int, count: Int, step: Int) -> Tensor {
        var (target, steps) = (shape, strides)
        target[axis] = count
        // With one element or none the step is not used, and the product could overflow.
        steps[axis] = count > 1 ? strides[axis] * step : strides[axis]
        return Tensor(
            storage: storage, shape: target, strides: steps, offset: offset + (count > 0 ? start * strides[axis] : 0))
    }
}

/// Tensors put together.
extension Tensor {
    /// Tensors joined along dimension `dim`; the other sizes must be equal. An empty tensor of one dimension fits any
    /// others and adds nothing, as in PyTorch.
    public static func concatenate(_ parts: [Tensor], dim: Int) throws(TensorError) -> Tensor {
        guard let first = parts.first(where: { $0.shape != [0] }) ?? parts.first else {
            throw .argument(
                operation: "cat", parameter: "tensors", value: "an empty list", expected: "at least one tensor")
        }
        let axis = try Shape.dimension(dim, rank: first.rank, operation: "cat")
        let isNothing = parts.map { $0.shape == [0] && first.rank != 1 }
        let joined = zip(parts, isNothing).filter { !$0.1 }.map(\.0)
        for part in joined {
            guard part.rank == first.rank, part.dropped([axis]) == first.dropped([axis]) else {
                throw .shape(
                    operation: "cat", parameter: "tensors", shape: part.shape,
                    expected: "\(first.shape.shapeText) in all dimensions but \(axis + 1)")
            }
        }
        var target = first.shape
        target[axis] = try Shape.sum(joined.map { $0.shape[axis] }, operation: "cat")
        let order = Shape.memoryOrder(first.shape, first.strides)
        let result = try Tensor(uninitialised: target, strides: Shape.strides(target, order: order))
        var start = 0
        for part in joined {
            part.copyElements(to: result.pointer + start * result.strides[axis], strides: result.strides)
            start += part.shape[axis]
        }
        let sizes = zip(parts, isNothing).map { $0.1 ? nil : $0.0.shape[axis] }
        return try result.recorded(.concatenate, parts, keeping: []) { gradient throws(TensorError) in
            var start = 0
            var pieces: [Tensor?] = []
            for size in sizes {
                guard let size else {
                    pieces.append(try Tensor.zeros([0]))
                    continue
                }
                pieces.append(gradient.view(axis, from: start, count: size, step: 1))
                start += size
            }
            return pieces
        }
    }

    /// Tensors of one shape joined along a new dimension, which becomes dimension `dim`.
    public static func stack(_ parts: [Tensor], dim: Int = 1) throws(TensorError) -> Tensor {
        try concatenate(parts.map { part throws(TensorError) in try part.unsqueezed(dim) }, dim: dim)
    }

    /// The tensor within a border of `value`: `before` and `after` elements more in each dimension, or fewer where
    /// negative.
    public func padded(before: [Int], after: [Int], value: Float = 0) throws(TensorError) -> Tensor {
        try require(
            before.count == rank && after.count == rank, "pad", "padding", "\(before) and \(after)",
            expected: "one number before and one after for each of the \(rank) dimensions")
        let limit: UInt = 1 << 40
        for dim in shape.indices {
            guard before[dim].magnitude <= limit, after[dim].magnitude <= limit,
                shape[dim] + before[dim] + after[dim] >= 0,
                shape[dim] + Swift.min(before[dim], 0) + Swift.min(after[dim], 0) >= 0
            else {
                throw .argument(
                    operation: "pad", parameter: "padding", value: "\(before) and \(after)",
                    expected: "no more cropped than there is in \(shape.shapeText)")
            }
        }
        let target = shape.indices.map { shape[$0] + before[$0] + after[$0] }
        let order = Shape.memoryOrder(shape, strides)
        let result = try Tensor(uninitialised: target, strides: Shape.strides(target, order: order))
        result.storage.pointer.update(repeating: value, count: result.storage.count)
        var (inner, source) = (result, detached())
        for dim in shape.indices {
            let size = shape[dim] + Swift.min(before[dim], 0) + Swift.min(after[dim], 0)
            inner = inner.view(dim, from: Swift.max(before[dim], 0), count: size, step: 1)
            source = source.view(dim, from: Swift.max(-before[dim], 0), count: size, step: 1)
        }
        source.copyElements(to: inner.pointer, strides: inner.strides)
        return try result.recorded(.pad, [self], keeping: []) { gradient throws(TensorError) in
            [try gradient.padded(before: before.map { -$0 }, after: after.map { -$0 })]
        }
    }

    /// A copy whose elements come in reversed order along each of `dims`.
    public func flipped(_ dims: [Int]) throws(TensorError) -> Tensor {
        let axes = try indices(of: dims, "flip")
        var (steps, start) = (strides, offset)
        for axis in axes where shape[axis] > 0 {
            start += (shape[axis] - 1) * strides[axis]
            steps[axis] = -strides[axis]
        }
        let reversed = Tensor(storage: storage, shape: shape, strides: steps, offset: start)
        let result = try emptyLike()
        reversed.copyElements(to: result.pointer, strides: result.strides)
        return try result.recorded(.flip, [self], keeping: []) { gradient throws(TensorError) in
            [try gradient.flipped(dims)]
        }
    }
}
