import Support

/// The eigenvalues and eigenvectors of a small symmetric matrix, by Jacobi's rotations (Golub and Van Loan, "Matrix
/// computations", 4th edition, section 8.5). An interrupt leaves them unfinished: the caller must discard them.
struct SymmetricEigen {
    /// The eigenvalues, in no order.
    let values: [Double]
    /// The eigenvectors, one in each row, in the order of the values.
    let vectors: [Double]

    /// Decomposes the symmetric matrix whose rows follow each other in `matrix`.
    init(_ matrix: [Double], size: Int) {
        var a = matrix
        var vectors = [Double](repeating: 0, count: size * size)
        for i in 0..<size { vectors[i * size + i] = 1 }
        let total = a.reduce(0) { $0 + $1 * $1 }
        // Each sweep squares what is left off the diagonal: some ten are enough for any size here.
        for _ in 0..<30 {
            var left = 0.0
            for i in 0..<size { for j in 0..<i { left += a[i * size + j] * a[i * size + j] } }
            guard left > 1e-28 * total else { break }
            for p in 0..<size where !Interrupt.isRequested {
                for q in (p + 1)..<max(size, p + 1) {
                    let element = a[p * size + q]
                    guard element * element > 1e-32 * total else { continue }
                    let ratio = (a[q * size + q] - a[p * size + p]) / (2 * element)
                    let tangent = (ratio < 0 ? -1 : 1) / (abs(ratio) + (1 + ratio * ratio).squareRoot())
                    let cosine = 1 / (1 + tangent * tangent).squareRoot()
                    let sine = tangent * cosine
                    for k in 0..<size {
                        let (x, y) = (a[k * size + p], a[k * size + q])
                        (a[k * size + p], a[k * size + q]) = (cosine * x - sine * y, sine * x + cosine * y)
                    }
                    for k in 0..<size {
                        let (x, y) = (a[p * size + k], a[q * size + k])
                        (a[p * size + k], a[q * size + k]) = (cosine * x - sine * y, sine * x + cosine * y)
                        let (u, v) = (vectors[p * size + k], vectors[q * size + k])
                        (vectors[p * size + k], vectors[q * size + k]) = (cosine * u - sine * v, sine * u + cosine * v)
                    }
                }
            }
        }
        values = (0..<size).map { a[$0 * size + $0] }
        self.vectors = vectors
    }
}
