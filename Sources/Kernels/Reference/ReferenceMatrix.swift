/// Matrix products as their definition says, with sums in double precision.
package enum ReferenceMatrix {
    /// Sets c to alpha a b + beta c: see `BLAS.multiply`.
    package static func multiply(
        rows: Int, columns: Int, depth: Int, alpha: Float, _ a: MatrixView, _ b: MatrixView, beta: Float,
        into c: UnsafeMutablePointer<Float>, rowStride: Int
    ) {
        for row in 0..<rows {
            for column in 0..<columns {
                var sum = 0.0
                for k in 0..<depth {
                    sum +=
                        Double(a.from(row: row, column: k).start[0]) * Double(b.from(row: k, column: column).start[0])
                }
                let place = row &* rowStride &+ column
                let kept = beta == 0 ? 0 : Double(beta) * Double(c[place])
                c[place] = Float(Double(alpha) * sum + kept)
            }
        }
    }
}
