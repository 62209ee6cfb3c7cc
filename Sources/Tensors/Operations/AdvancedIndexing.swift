/// Elements chosen by tensors: indices of a dimension, in any order, or a mask over one or more.
public struct Choice {
    /// The first dimension that is chosen from, counted from 0, and how many are chosen from.
    fileprivate let axis: Int
    fileprivate let dims: Int
    /// The chosen places, counted from 0 over those dimensions flattened, and the shape that they give the result.
    fileprivate let places: [Int]
    fileprivate let shape: [Int]

    /// The dimension that follows those that are chosen from, counted from 1.
    public var next: Int { axis + dims + 1 }
}

/// Indexing by tensors, as in PyTorch; indices count from 1, or from -1 backwards.
extension Tensor {
    /// What `indices` chooses from this tensor's dimensions from `dim` on.
    ///
    /// `indices` is a mask where it came from a comparison or holds a 0 (which is no index), else it holds indices.
    /// Several elements, all 1, in the shape of a mask could be either, and are refused.
    public func choice(_ indices: Tensor, from dim: Int) throws(TensorError) -> Choice {
        let axis = dim - 1
        let values = try indices.numbers()
        let own = axis + indices.rank <= rank ? Array(shape[axis..<axis + indices.rank]) : nil
        if indices.isMask || (indices.rank > 0 && values.contains(0)) {
            guard own == indices.shape else {
                throw .shape(
                    operation: "index", parameter: "mask", shape: indices.shape,
                    expected: Array(shape[axis...].prefix(Swift.max(1, indices.rank))).shapeText)
            }
            try Shape.requireMemory(values.count { $0 != 0 }, MemoryLayout<Int>.stride)
            let places = values.indices.filter { values[$0] != 0 }
            return Choice(axis: axis, dims: indices.rank, places: places, shape: [places.count])
        }
        try require(
            axis < rank, "index", "index", "for \(dim) dimensions",
            expected: "at most \(rank) for the shape \(shape.shapeText)")
        if values.count > 1, own == indices.shape, values.allSatisfy({ $0 == 1 }) {
            throw .argument(
                operation: "index", parameter: "index", value: "a tensor of ones",
                expected: "m:ne(0) for a mask, or index_select for indices, as it could be either")
        }
        try Shape.requireMemory(values.count, MemoryLayout<Int>.stride)
        let places = try values.map { value throws(TensorError) in
            guard let index = Int(exactly: value) else {
                throw .argument(
                    operation: "index", parameter: "index", value: "\(value)", expected: "whole numbers, or a mask")
            }
            return try self.index(index, along: axis, operation: "index")
        }
        return Choice(axis: axis, dims: 1, places: places, shape: indices.shape)
    }

    /// A copy of the elements that `choices` of distinct dimensions name together. Their shapes broadcast; the result's
    /// dimensions take the place of the chosen ones if those lie side by side, else they come first.
    public func chosen(by choices: [Choice]) throws(TensorError) -> Tensor {
        let plan = try ChoicePlan(choices, of: shape)
        let rows = try permuted(indices: plan.order).reshaped([plan.size] + plan.rest)
        return try rows.indexSelect(1, plan.rows.map { $0 + 1 }).reshaped(plan.shape + plan.rest)
            .permuted(indices: plan.placing)
    }

    /// Replaces the elements that `choices` name by those of `source`, which broadcasts. Where one element is named
    /// several times the last value stays, and as in PyTorch all of the values get its gradient.
    @discardableResult
    public func assign(_ source: Tensor, to choices: [Choice]) throws(TensorError) -> Tensor {
        let plan = try ChoicePlan(choices, of: shape)
        let whole = plan.shape + plan.rest
        let rows = try source.expanded(to: plan.placing.map { whole[$0] })
            .permuted(indices: plan.placing.indices.map { place in plan.placing.firstIndex(of: place) ?? place })
            .reshaped([plan.rows.count] + plan.rest)
        let target = try permuted(indices: plan.order)
        try target.assign(
            target.reshaped([plan.size] + plan.rest).replacingRows(plan.rows, by: rows).reshaped(target.shape))
        return self
    }

    /// A copy in which the parts of the first dimension at `places`, counted from 0, are those of `rows`, in order.
    func replacingRows(_ places: [Int], by rows: Tensor) throws(TensorError) -> Tensor {
        let result = try detached().arranged(by: Shape.contiguousStrides(shape)).copied()
        let source = try rows.detached().contiguous()
        let inner = shape.dropFirst().reduce(1, *)
        for (i, place) in places.enumerated() {
            (result.pointer + place * inner).update(from: source.pointer + i * inner, count: inner)
        }
        return try result.recorded(.indexPut, [self, rows], keeping: []) { gradient throws(TensorError) in
            let rest = try gradient.contiguous().copied()
            for place in places { (rest.pointer + place * inner).update(repeating: 0, count: inner) }
            return [rest, try gradient.indexSelect(1, places.map { $0 + 1 })]
        }
    }
}

/// Several choices as one: rows of a matrix, whose first dimension combines all dimensions that are chosen from.
private struct ChoicePlan {
    /// The dimensions that are chosen from, and then the others.
    let order: [Int]
    /// The number of rows of the matrix, and the rows that are chosen.
    let size: Int
    private(set) var rows: [Int]
    /// The shape that the choices give, and that of a row.
    let shape: [Int]
    let rest: [Int]
    /// The order that puts the dimensions of the result in their places.
    let placing: [Int]

    init(_ choices: [Choice], of whole: [Int]) throws(TensorError) {
        let axes = choices.flatMap { Array($0.axis..<$0.axis + $0.dims) }
        let others = whole.indices.filter { !axes.contains($0) }
        (order, rest) = (axes + others, others.map { whole[$0] })
        var shape: [Int] = []
        for choice in choices { shape = try Shape.broadcast(shape, choice.shape, operation: "index") }
        let count = try Shape.count(shape, operation: "index")
        // Three arrays of this length are made below.
        try Shape.requireMemory(count, 3 * MemoryLayout<Int>.stride)
        var rows = [Int](repeating: 0, count: count)
        var size = 1
        for choice in choices {
            let extent = whole[choice.axis..<choice.axis + choice.dims].reduce(1, *)
            let steps = Shape.broadcastStrides(choice.shape, Shape.contiguousStrides(choice.shape), to: shape)
            for row in 0..<count {
                var (place, left) = (0, row)
                for dim in shape.indices.reversed() {
                    place += left % shape[dim] * steps[dim]
                    left /= shape[dim]
                }
                rows[row] = rows[row] * extent + choice.places[place]
            }
            size *= extent
        }
        (self.rows, self.size, self.shape) = (rows, size, shape)
        let first = axes.first ?? choices.first?.axis ?? 0
        let isTogether = axes == Array(first..<first + axes.count)
        let before = isTogether ? first : 0
        placing =
            Array(shape.count..<shape.count + before) + Array(0..<shape.count)
            + Array(shape.count + before..<shape.count + rest.count)
    }
}
