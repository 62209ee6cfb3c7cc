import Kernels
import Support

/// Elements in order along a dimension. Dimensions and indices count from 1; NaN counts as larger than any number,
/// equal elements keep their order, and a scalar counts as one dimension of size 1.
extension Tensor {
    /// The elements in order along dimension `dim`, and the indices that they had there.
    public func sorted(_ dim: Int = -1, descending: Bool = false) throws(TensorError) -> (
        values: Tensor, indices: Tensor
    ) {
        let indices = try order(dim, descending: descending, "sort")
        return (try gather(dim, indices), indices)
    }

    /// The indices that put the elements in order along dimension `dim`.
    public func argsort(_ dim: Int = -1, descending: Bool = false) throws(TensorError) -> Tensor {
        try order(dim, descending: descending, "argsort")
    }

    /// The `count` largest (or smallest) elements along dimension `dim`, the most extreme first, and their indices.
    public func topk(
        _ count: Int, _ dim: Int = -1, largest: Bool = true
    ) throws(TensorError) -> (values: Tensor, indices: Tensor) {
        let order = try order(dim, descending: largest, "topk")
        let size = order.rank == 0 ? 1 : order.shape[try Shape.dimension(dim, rank: rank, operation: "topk")]
        try require((0...size).contains(count), "topk", "k", count, expected: "0 to \(size)")
        // As in PyTorch, the only element of a scalar is its first one, whatever the number.
        let indices = rank == 0 || count == size ? order : try order.slice(dim, 1, count)
        return (try gather(dim, indices), indices)
    }

    /// The median of all elements: of an even number the lower one of two, NaN where there is any, or no element; equal
    /// ones share the gradient.
    public func median() throws(TensorError) -> Tensor {
        let value = count == 0 ? .nan : try detached().reshaped([-1]).median(1).values.item()
        return try shared(value, .median)
    }

    /// The medians along dimension `dim`, the lower one of two, and their indices; NaN where there is any.
    ///
    /// The dimension stays as size 1 where `keepDims` is true. The gradient goes to the chosen elements.
    public func median(_ dim: Int, keepDims: Bool = false) throws(TensorError) -> (values: Tensor, indices: Tensor) {
        if rank == 0 {
            let (values, indices) = try reshaped([1]).median(dim)
            return (try values.reshaped([]), try indices.reshaped([]))
        }
        let axis = try Shape.dimension(dim, rank: rank, operation: "median")
        let data = try sortable(axis, from: 1, "median")
        var reduced = shape
        reduced[axis] = 1
        let indices = try Tensor(uninitialised: reduced)
        Sorting.medians(data.fibres(along: axis), input: data.pointer, indices: indices.pointer)
        if Interrupt.isRequested { throw .interrupted }
        let values = try gather(dim, indices)
        if keepDims { return (values, indices) }
        return (try values.reshaped(dropped([axis])), try indices.reshaped(dropped([axis])))
    }

    /// The quantiles at `shares`, a number from 0 to 1 or a list of them, of all elements or along dimension `dim`,
    /// which stays as size 1 where `keepDims` is true; NaN where there is any.
    ///
    /// A quantile is interpolated linearly between the two elements around position share * (n - 1) of n, counted from
    /// 0. A list of shares gives the result a first dimension.
    public func quantile(_ shares: Tensor, _ dim: Int? = nil, keepDims: Bool = false) throws(TensorError) -> Tensor {
        let list = try shares.numbers()
        guard shares.rank <= 1 else {
            throw .shape(operation: "quantile", parameter: "q", shape: shares.shape, expected: "a number or a list")
        }
        for share in list where !(0...1).contains(share) {
            throw .argument(operation: "quantile", parameter: "q", value: "\(share)", expected: "0 to 1")
        }
        guard count > 0 else {
            throw .shape(operation: "quantile", parameter: "self", shape: shape, expected: "at least one element")
        }
        guard let dim, rank > 0 else {
            if let dim { _ = try Shape.dimension(dim, rank: 1, operation: "quantile") }
            let result = try reshaped([-1]).quantiles(list, 0)
            let whole = keepDims ? shape.map { _ in 1 } : []
            return try result.reshaped((shares.rank == 0 ? [] : [list.count]) + whole)
        }
        let axis = try Shape.dimension(dim, rank: rank, operation: "quantile")
        let result = try quantiles(list, axis)
        if shares.rank == 0 { return keepDims ? result : try result.reshaped(dropped([axis])) }
        let first = try result.permuted(indices: [axis] + shape.indices.filter { $0 != axis })
        return keepDims ? try first.unsqueezed(axis + 2) : first
    }

    /// The quantiles along dimension `axis`, which counts from 0 and becomes as long as the list.
    private func quantiles(_ shares: [Float], _ axis: Int) throws(TensorError) -> Tensor {
        let dim = axis + 1
        let ordered = try sorted(dim).values
        let last = shape[axis] - 1
        let positions = shares.map { Double($0) * Double(last) }
        var (along, whole) = (shape.map { _ in 1 }, shape)
        (along[axis], whole[axis]) = (shares.count, shares.count)
        func list(_ numbers: [Double]) throws(TensorError) -> Tensor {
            try Tensor(numbers.map { Float($0) }, shape: along)
        }
        // Where an element is NaN, the last one is, and it is chosen for every share.
        let isNaN = try ordered.detached().slice(dim, -1, -1).isNaN()
        let end = try Tensor(Float(last + 1))
        func elements(_ places: [Double]) throws(TensorError) -> Tensor {
            try ordered.gather(dim, Tensor.select(isNaN, end, list(places.map { $0 + 1 })).expanded(to: whole))
        }
        let below = try elements(positions.map { $0.rounded(.down) })
        let above = try elements(positions.map { $0.rounded(.up) })
        let weights = try list(positions.map { $0 - $0.rounded(.down) })
        // At an element itself nothing is interpolated: the difference of infinities would be NaN.
        return try Tensor.select(weights, below + (above - below) * weights, below)
    }

    /// The indices that put the elements in order along dimension `dim`.
    private func order(_ dim: Int, descending: Bool, _ operation: String) throws(TensorError) -> Tensor {
        if rank == 0 {
            _ = try Shape.dimension(dim, rank: 1, operation: operation)
            return try Tensor(1)
        }
        let axis = try Shape.dimension(dim, rank: rank, operation: operation)
        let data = try sortable(axis, from: 0, operation)
        let indices = try Tensor(uninitialised: shape)
        Sorting.order(
            data.fibres(along: axis), descending: descending, input: data.pointer, indices: indices.pointer)
        if Interrupt.isRequested { throw .interrupted }
        return indices
    }

    /// The elements without gaps, the last dimension running fastest; an error where dimension `axis` is longer than
    /// can be sorted, or shorter than `least`.
    private func sortable(_ axis: Int, from least: Int, _ operation: String) throws(TensorError) -> Tensor {
        guard (least...Sorting.longest).contains(shape[axis]) else {
            throw .shape(
                operation: operation, parameter: "self", shape: shape,
                expected: "between \(least) and \(Sorting.longest) elements in dimension \(axis + 1)")
        }
        try Shape.requireMemory(shape[axis], ThreadPool.shared.threads, Sorting.bytesPerElement)
        return try detached().contiguous()
    }
}
