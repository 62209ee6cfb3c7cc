import Support

/// Elements at indices of one dimension, one index for each element. Dimensions and indices count from 1, or from -1
/// backwards, and a scalar counts as one dimension of size 1.
extension Tensor {
    /// The elements of dimension `dim` at `index`, in whose shape they come: in two dimensions, result[i][j] is
    /// self[index[i][j]][j] for `dim` 1, and self[i][index[i][j]] for 2.
    ///
    /// In the other dimensions `index` has at most the sizes of this tensor.
    public func gather(_ dim: Int, _ index: Tensor) throws(TensorError) -> Tensor {
        if rank == 0 { return try reshaped([1]).gather(dim, index) }
        let places = try places(dim, index, "gather")
        let result = try detached().elements(at: places, shape: index.shape)
        let whole = shape
        return try result.recorded(.gather, [self], keeping: []) { gradient throws(TensorError) in
            let sum = try Tensor.zeros(whole)
            try gradient.detached().forEachElement(at: places) { sum.pointer[$0] += $1 }
            return [sum]
        }
    }

    /// A copy to which the elements of `source` are added, each at its index of dimension `dim`, as `gather` counts.
    ///
    /// `source` has the shape of `index`, or more, which is left out.
    public func scatterAdd(_ dim: Int, _ index: Tensor, _ source: Tensor) throws(TensorError) -> Tensor {
        try scattered(.scatterAdd, dim, index, source)
    }

    /// A copy in which the elements of `source` are put, each at its index of dimension `dim`, as `gather` counts.
    ///
    /// `source` has the shape of `index`, or more, which is left out. Of several elements at one place the last stays,
    /// and as in PyTorch all of them get the gradient.
    public func scatter(_ dim: Int, _ index: Tensor, _ source: Tensor) throws(TensorError) -> Tensor {
        try scattered(.scatter, dim, index, source)
    }

    private func scattered(
        _ operation: Operation, _ dim: Int, _ index: Tensor, _ source: Tensor
    ) throws(TensorError) -> Tensor {
        if rank == 0 { return try reshaped([1]).scattered(operation, dim, index, source).reshaped([]) }
        let isSum = operation == .scatterAdd
        let places = try places(dim, index, operation.rawValue)
        let source = try source.beginning(index.shape, operation.rawValue)
        let result = try detached().arranged(by: Shape.contiguousStrides(shape)).copied()
        try source.detached().forEachElement(at: places) {
            if isSum { result.pointer[$0] += $1 } else { result.pointer[$0] = $1 }
        }
        let target = GradientTarget(source)
        return try result.recorded(operation, [self, source], keeping: []) { gradient throws(TensorError) in
            let parts = try gradient.elements(at: places, shape: target.shape)
            if isSum { return [gradient, parts] }
            let rest = try gradient.contiguous().copied()
            for place in places { rest.pointer[place] = 0 }
            return [rest, parts]
        }
    }

    /// For each element of `index`, the place of the element of this tensor that it names, if both are contiguous.
    private func places(_ dim: Int, _ index: Tensor, _ operation: String) throws(TensorError) -> [Int] {
        let axis = try Shape.dimension(dim, rank: rank, operation: operation)
        let sizes = index.rank == 0 ? [1] : index.shape
        if index.count == 0 { return [] }
        guard sizes.count == rank, shape.indices.allSatisfy({ $0 == axis || sizes[$0] <= shape[$0] }) else {
            throw .shape(
                operation: operation, parameter: "index", shape: index.shape,
                expected: "at most \(shape.shapeText) in all dimensions but \(axis + 1)")
        }
        let values = try index.numbers()
        try Shape.requireMemory(values.count, MemoryLayout<Int>.stride)
        let steps = Shape.contiguousStrides(shape)
        var position = [Int](repeating: 0, count: rank)
        var places: [Int] = []
        places.reserveCapacity(values.count)
        for value in values {
            if places.count & 0xFFFF == 0, Interrupt.isRequested { throw .interrupted }
            guard let number = Int(exactly: value) else {
                throw .argument(operation: operation, parameter: "index", value: "\(value)", expected: "whole numbers")
            }
            var place = try self.index(number, along: axis, operation: operation) * steps[axis]
            for dim in position.indices where dim != axis { place += position[dim] * steps[dim] }
            places.append(place)
            var dim = rank - 1
            while dim >= 0 {
                position[dim] += 1
                if position[dim] < sizes[dim] { break }
                position[dim] = 0
                dim -= 1
            }
        }
        return places
    }

    /// The elements at `places` of the contiguous tensor, under a shape of as many.
    private func elements(at places: [Int], shape: [Int]) throws(TensorError) -> Tensor {
        let source = try contiguous()
        let result = try Tensor(uninitialised: shape)
        for (i, place) in places.enumerated() { result.pointer[i] = source.pointer[place] }
        return result
    }

    /// Calls `body` with each of `places` and this tensor's element that belongs to it, in order.
    private func forEachElement(at places: [Int], _ body: (Int, Float) -> Void) throws(TensorError) {
        let source = try contiguous()
        for (i, place) in places.enumerated() { body(place, source.pointer[i]) }
    }

    /// The first elements along each dimension, as many as `sizes` says.
    private func beginning(_ sizes: [Int], _ operation: String) throws(TensorError) -> Tensor {
        if shape == sizes || sizes.contains(0) { return self }
        if rank == 0 || sizes.isEmpty {
            return try reshaped(rank == 0 ? [1] : shape).beginning(sizes.isEmpty ? [1] : sizes, operation)
        }
        guard rank == sizes.count, zip(shape, sizes).allSatisfy({ $0 >= $1 }) else {
            throw .shape(
                operation: operation, parameter: "src", shape: shape,
                expected: "at least \(sizes.shapeText), as the index has")
        }
        var result = self
        for (axis, size) in sizes.enumerated() where size < shape[axis] {
            result = try result.slice(axis + 1, 1, size)
        }
        return result
    }
}
