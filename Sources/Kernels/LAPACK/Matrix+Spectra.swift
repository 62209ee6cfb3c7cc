import COpenBLAS

/// Factors of matrices with orthogonal ones among them.
extension Matrix {
    /// The eigenvalues of a symmetric matrix, smallest first, and the eigenvectors as columns; only the lower triangle
    /// is read. Without vectors, the matrix of them is left as it came.
    package func symmetricEigen(vectors: Bool = true) throws(MatrixError) -> (values: [Double], vectors: Matrix) {
        var (result, values) = (self, [Double](repeating: 0, count: rows))
        guard rows > 0 else { return (values, result) }
        let (function, size) = (try LAPACK.symmetricEigen.address, Int32(rows))
        // The sizes of working memory that LAPACK's documentation tells.
        let count = vectors ? 1 + 6 * rows + 2 * rows * rows : 1 + 2 * rows
        var (work, integers) = ([Double](repeating: 0, count: count), [Int32](repeating: 0, count: 3 + 5 * rows))
        let info = result.elements.withUnsafeMutableBufferPointer { a in
            lunette_dsyevd(
                function, letter(vectors ? "V" : "N"), letter("L"), size, a.baseAddress, &values, &work, Int32(count),
                &integers, Int32(3 + 5 * rows))
        }
        guard info == 0 else { throw .noConvergence }
        return (values, result)
    }

    /// The singular value decomposition A = U diag(S) Vᵀ, largest values first; with `full`, U and Vᵀ are square, else
    /// they have as many columns and rows as there are values.
    package func singularValues(full: Bool) throws(MatrixError) -> (u: Matrix, values: [Double], vt: Matrix) {
        let least = min(rows, columns)
        var u = Matrix.identity(rows).prefix(columns: full ? rows : least)
        var vt = Matrix.identity(columns).prefix(rows: full ? columns : least)
        var (values, a) = ([Double](repeating: 0, count: least), elements)
        guard least > 0 else { return (u, values, vt) }
        let function = try LAPACK.singularValues.address
        let (m, n, vtRows) = (Int32(rows), Int32(columns), Int32(vt.rows))
        var integers = [Int32](repeating: 0, count: 8 * least)
        let job = letter(full ? "A" : "S")
        let info = withWorkspace { work, count in
            lunette_dgesdd(
                function, job, m, n, &a, &values, &u.elements, &vt.elements, vtRows, work, count, &integers)
        }
        guard info == 0 else { throw .noConvergence }
        return (u, values, vt)
    }

    /// The factors A = Q R: Q has orthonormal columns, and R is upper triangular. A has at least as many rows as
    /// columns.
    package func orthogonalTriangular() throws(MatrixError) -> (q: Matrix, r: Matrix) {
        var (q, factors) = (self, [Double](repeating: 0, count: columns))
        guard columns > 0 else { return (q, q.prefix(rows: 0)) }
        let (triangular, orthogonal) = (
            try LAPACK.orthogonalTriangular.address, try LAPACK.orthogonalFactor.address
        )
        let (m, n) = (Int32(rows), Int32(columns))
        _ = withWorkspace { lunette_dgeqrf(triangular, m, n, &q.elements, &factors, $0, $1) }
        let r = q.prefix(rows: columns).upperTriangle
        _ = withWorkspace { lunette_dorgqr(orthogonal, m, n, &q.elements, factors, $0, $1) }
        return (q, r)
    }
}

/// Calls `body` with working memory of the size that it asks for, itself, when it is told the size -1.
private func withWorkspace(_ body: (UnsafeMutablePointer<Double>, Int32) -> Int32) -> Int32 {
    var size = 0.0
    _ = body(&size, -1)
    var work = [Double](repeating: 0, count: max(1, Int(size)))
    let count = Int32(clamping: work.count)
    return work.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.map { body($0, count) } ?? 0 }
}
