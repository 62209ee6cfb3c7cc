import Kernels

/// Diagonals and triangles of matrices.
extension Tensor {
    /// The elements of two dimensions with equal indices, as a view with one last dimension in their place.
    ///
    /// - Parameters:
    ///   - offset: Which diagonal: above the main one where it is positive, below where negative.
    ///   - dim1: The rows.
    ///   - dim2: The columns.
    public func diagonal(offset: Int = 0, dim1: Int = 1, dim2: Int = 2) throws(TensorError) -> Tensor {
        let rows = try Shape.dimension(dim1, rank: rank, operation: "diagonal", parameter: "dim1")
        let columns = try Shape.dimension(dim2, rank: rank, operation: "diagonal", parameter: "dim2")
        try require(rows != columns, "diagonal", "dim2", dim2, expected: "another dimension than dim1")
        let whole = shape
        return try diagonalView(offset, rows, columns).recorded(.diagonal, [self], keeping: []) {
            gradient throws(TensorError) in
            let result = try Tensor.zeros(whole)
            let view = result.diagonalView(offset, rows, columns)
            gradient.copyElements(to: view.pointer, strides: view.strides)
            return [result]
        }
    }

    /// The view that `diagonal` records, of dimensions counted from 0.
    private func diagonalView(_ offset: Int, _ rows: Int, _ columns: Int) -> Tensor {
        let (right, down) = (
            Swift.min(Swift.max(offset, 0), shape[columns]),
            Swift.min(-Swift.max(Swift.min(offset, 0), -shape[rows]), shape[rows])
        )
        let length = Swift.min(shape[rows] - down, shape[columns] - right)
        let others = shape.indices.filter { $0 != rows && $0 != columns }
        return Tensor(
            storage: storage, shape: others.map { shape[$0] } + [length],
            strides: others.map { strides[$0] } + [strides[rows] + strides[columns]],
            offset: self.offset + (length > 0 ? right * strides[columns] + down * strides[rows] : 0))
    }

    /// A copy of the diagonal of a matrix, or the matrix that has the elements of a vector on its diagonal and zeros
    /// elsewhere; `offset` says which diagonal.
    public func diag(offset: Int = 0) throws(TensorError) -> Tensor {
        switch rank {
        case 1:
            let size = try Shape.sum([shape[0], Int(clamping: offset.magnitude)], operation: "diag")
            let result = try Tensor.zeros([size, size])
            try result.diagonal(offset: offset).assign(self)
            return result
        case 2: return try diagonal(offset: offset).cloned()
        default:
            throw .shape(operation: "diag", parameter: "self", shape: shape, expected: "one dimension or two")
        }
    }

    /// The sum of a matrix's diagonal.
    public func trace() throws(TensorError) -> Tensor {
        guard rank == 2 else {
            throw .shape(operation: "trace", parameter: "self", shape: shape, expected: "two dimensions")
        }
        return try diagonal().sum()
    }

    /// Which part of a matrix stays.
    public enum Triangle: String, CaseIterable, Sendable {
        /// The elements on the diagonal and below.
        case lower = "tril"
        /// The elements on the diagonal and above.
        case upper = "triu"
    }

    /// The matrices in the last two dimensions with zeros outside of a triangle.
    ///
    /// - Parameters:
    ///   - triangle: The part that stays.
    ///   - diagonal: Where it ends: at the main diagonal, or so many above it (below where negative).
    public func triangle(_ triangle: Triangle, diagonal: Int = 0) throws(TensorError) -> Tensor {
        try requireMatrices(triangle.rawValue, "self")
        let (rows, columns) = (shape[rank - 2], shape[rank - 1])
        let diagonal = Swift.max(-rows, Swift.min(columns, diagonal))
        let mask = try Tensor.zeros([rows, columns])
        for row in 0..<rows {
            for column in 0..<columns {
                let isInside = triangle == .lower ? column - row <= diagonal : column - row >= diagonal
                if isInside { mask.pointer[row * columns + column] = 1 }
            }
        }
        return try Tensor.select(mask, self, Tensor(0))
    }
}
