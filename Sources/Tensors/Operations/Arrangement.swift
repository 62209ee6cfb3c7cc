/// In which dimensions of a grid the first two coordinates run.
public enum GridIndexing: String, CaseIterable, Sendable {
    /// In the first and the second, as the rows and columns of a matrix.
    case matrix = "ij"
    /// In the second and the first, as x and y of a picture.
    case cartesian = "xy"
}

/// Tensors in another arrangement.
extension Tensor {
    /// The elements moved by `shifts` along `dims`, those that leave one end coming in at the other; without `dims`,
    /// all elements as one dimension.
    public func rolled(_ shifts: [Int], _ dims: [Int]? = nil) throws(TensorError) -> Tensor {
        guard let dims else {
            try require(shifts.count == 1, "roll", "shifts", shifts, expected: "one number, or one for each of dims")
            return try reshaped([-1]).rolled(shifts, [1]).reshaped(shape)
        }
        try require(
            shifts.count == dims.count && !dims.isEmpty, "roll", "shifts", shifts,
            expected: "one number for each of dims, \(dims)")
        var result = self
        for (shift, dim) in zip(shifts, dims) {
            let size = shape[try Shape.dimension(dim, rank: rank, operation: "roll")]
            let start = size == 0 ? 0 : (size - shift % size) % size
            if start == 0 { continue }
            result = try Tensor.concatenate(
                [result.slice(dim, start + 1, size), result.slice(dim, 1, start)], dim: dim)
        }
        return result === self ? try cloned() : result
    }

    /// Coordinates of a grid, one tensor for each of `axes`, which are scalars or have one dimension each: in the
    /// result's dimension k, the elements of the tensor k run, but for the first two dimensions of `.cartesian` ones.
    public static func meshgrid(_ axes: [Tensor], indexing: GridIndexing = .matrix) throws(TensorError) -> [Tensor] {
        guard !axes.isEmpty else {
            throw .argument(
                operation: "meshgrid", parameter: "tensors", value: "an empty list", expected: "at least one tensor")
        }
        for axis in axes where axis.rank > 1 {
            throw .shape(
                operation: "meshgrid", parameter: "tensors", shape: axis.shape, expected: "at most one dimension each")
        }
        let whole = axes.map(\.count)
        return try axes.enumerated().map { dim, axis throws(TensorError) in
            var sizes = axes.map { _ in 1 }
            sizes[dim] = axis.count
            let grid = try axis.reshaped(sizes).expanded(to: whole)
            return indexing == .cartesian && axes.count > 1 ? try grid.transposed(1, 2) : grid
        }
    }
}
