import Support
import Tensors

/// What distributions of vectors do with a lower triangular factor L, ... x d x d, of their covariance L L^T.
extension Tensor {
    /// The sum of the logarithms of the diagonal.
    var halfLogDeterminant: Tensor {
        get throws(TensorError) { try diagonal(dim1: -2, dim2: -1).log().sum([-1]) }
    }

    /// The square of L^-1 x, summed, for each row x of ... x d.
    func squaredDistance(_ x: Tensor) throws(TensorError) -> Tensor {
        let (batch, size) = (Array(shape.dropLast(2)), shape[rank - 1])
        let leading = Array(x.shape.dropLast())
        guard Array(leading.suffix(batch.count)) == batch else {
            return try solveTriangular(x.unsqueezed(-1), upper: false).square().sum([-2, -1])
        }
        // All rows that share a factor are columns of one system.
        if rank == 2 {
            let columns = try x.reshaped([leading.reduce(1, *), size]).transposed(1, 2)
            return try solveTriangular(columns, upper: false).square().sum([1]).reshaped(leading)
        }
        let (count, rows) = (batch.reduce(1, *), leading.dropLast(batch.count).reduce(1, *))
        let columns = try x.reshaped([rows, count, size]).permuted([2, 3, 1])
        let solved = try reshaped([count, size, size]).solveTriangular(columns, upper: false)
        return try solved.square().sum([2]).transposed(1, 2).reshaped(leading)
    }

    /// F x for each row x of this tensor, ... x m, and F, ... x d x m.
    func mapped(by factor: Tensor) throws(TensorError) -> Tensor {
        // A factor without batches is one product for all rows.
        if factor.rank == 2 { return try matmul(factor.transposed(1, 2)) }
        return try unsqueezed(-2).matmul(factor.transposed(-2, -1)).squeezed(-2)
    }

    /// Throws unless these are d x d matrices, for the d of `loc`, ... x d.
    func requireSquare(of loc: Tensor, _ operation: String, _ parameter: String) throws(TensorError) {
        let size = loc.shape.last ?? 0
        guard size > 0, Array(shape.suffix(2)) == [size, size] else {
            throw .shape(
                operation: operation, parameter: parameter, shape: shape,
                expected: size == 0 ? "vectors of one number or more" : "\(size)x\(size) in the last two dimensions")
        }
    }

    /// Throws unless these matrices are symmetric, up to 1e-4 of their largest element.
    func requireSymmetric(_ operation: String, _ parameter: String) throws(TensorError) {
        let matrix = detached()
        let difference = try (matrix - matrix.transposed(-2, -1)).abs().values
        let tolerance = 1e-4 * (values.map { Swift.abs($0) }.max() ?? 0)
        guard let place = difference.firstIndex(where: { $0 > tolerance }) else { return }
        throw .argument(
            operation: operation, parameter: parameter + CheckedParameter.index(of: place, in: shape),
            value: NumberRange.text(Double(values[place])),
            expected: "a symmetric matrix, whose other half differs by \(difference[place])")
    }

    /// Throws unless these matrices are zero above the diagonal, and positive on it.
    func requireLowerTriangular(_ operation: String, _ parameter: String) throws(TensorError) {
        let size = shape[rank - 1]
        for (place, value) in values.enumerated() {
            let (row, column) = (place / size % size, place % size)
            guard row < column ? value != 0 : row == column && value <= 0 else { continue }
            throw .argument(
                operation: operation, parameter: parameter + CheckedParameter.index(of: place, in: shape),
                value: NumberRange.text(Double(value)),
                expected: row < column ? "0 above the diagonal" : "a number above 0 on the diagonal")
        }
    }
}
