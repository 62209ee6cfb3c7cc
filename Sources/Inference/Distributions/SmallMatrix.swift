import Tensors

/// Products of small matrices in Double, row by row in arrays, as the fit of a component's covariance needs them.
///
/// Their inner loops run along rows, so that they become whole vectors: some ten times as fast as sums down columns.
/// A factor of few columns is too little work for a call of LAPACK, which wants columns, and so a copy of each matrix.
enum SmallMatrix {
    /// a b, where a has `rows` rows and `depth` columns, and b `columns` columns.
    static func product(_ a: [Double], _ b: [Double], rows: Int, depth: Int, columns: Int) -> [Double] {
        accumulate(rows: rows, depth: depth, columns: columns, b) { row, k in a[row * depth + k] }
    }

    /// aᵀ b, where a has `depth` rows and `rows` columns, and b `columns` columns.
    static func transposedProduct(_ a: [Double], _ b: [Double], rows: Int, depth: Int, columns: Int) -> [Double] {
        accumulate(rows: rows, depth: depth, columns: columns, b) { row, k in a[k * rows + row] }
    }

    /// The transpose of a, which has `rows` rows and `columns` columns.
    static func transpose(_ a: [Double], rows: Int, columns: Int) -> [Double] {
        (0..<rows * columns).map { a[$0 % rows * columns + $0 / rows] }
    }

    /// The inverse of the identity plus a symmetric matrix of `size` rows; nil where that is not positive definite.
    static func inverse(ofIdentityPlus matrix: [Double], size: Int) throws(TensorError) -> [Double]? {
        var sum = matrix
        for i in 0..<size { sum[i * size + i] += 1 }
        guard let root = try CholeskyFactor(sum, size: size)?.inverse else { return nil }
        return transposedProduct(root, root, rows: size, depth: size, columns: size)
    }

    @inline(__always)
    private static func accumulate(
        rows: Int, depth: Int, columns: Int, _ b: [Double], element: (Int, Int) -> Double
    ) -> [Double] {
        [Double](unsafeUninitializedCapacity: rows * columns) { result, initialised in
            result.initialize(repeating: 0)
            b.withUnsafeBufferPointer { b in
                for row in 0..<rows {
                    for k in 0..<depth {
                        let factor = element(row, k)
                        for column in 0..<columns {
                            result[row &* columns &+ column] += factor * b[k &* columns &+ column]
                        }
                    }
                }
            }
            initialised = rows * columns
        }
    }
}
