import Foundation

/// The lower triangular L of a symmetric positive definite matrix A = L Lᵀ, in Double, for the small matrices of
/// kernels (27 x 27, 49 x 49).
struct CholeskyFactor {
    /// The number of rows.
    let size: Int
    /// L, row by row, with zeros above the diagonal.
    let lower: [Double]

    /// Factors the matrix whose rows follow each other in `matrix`; nil where it is not positive definite.
    init?(_ matrix: [Double], size: Int) {
        guard matrix.count == size * size else { return nil }
        var lower = [Double](repeating: 0, count: size * size)
        for row in 0..<size {
            for column in 0...row {
                var value = matrix[row * size + column]
                for k in 0..<column { value -= lower[row * size + k] * lower[column * size + k] }
                if row == column {
                    guard value > 0, value.isFinite else { return nil }
                    lower[row * size + row] = value.squareRoot()
                } else {
                    lower[row * size + column] = value / lower[column * size + column]
                }
            }
        }
        self.size = size
        self.lower = lower
    }

    /// Takes L as it is; nil where an element is not finite, a diagonal one not above 0, or one above the diagonal not
    /// 0.
    init?(lower: [Double], size: Int) {
        guard lower.count == size * size else { return nil }
        for row in 0..<size {
            guard lower[row * size + row] > 0, lower[row * size..<(row + 1) * size].allSatisfy(\.isFinite),
                lower[(row * size + row + 1)..<(row + 1) * size].allSatisfy({ $0 == 0 })
            else { return nil }
        }
        self.size = size
        self.lower = lower
    }

    /// The logarithm of the determinant of A.
    var logDeterminant: Double {
        var sum = 0.0
        for row in 0..<size { sum += 2 * log(lower[row * size + row]) }
        return sum
    }

    /// The inverse of L, lower triangular too, by forward substitution.
    func inverse() -> [Double] {
        var result = [Double](repeating: 0, count: size * size)
        for column in 0..<size {
            for row in column..<size {
                var value: Double = row == column ? 1 : 0
                for k in column..<row { value -= lower[row * size + k] * result[k * size + column] }
                result[row * size + column] = value / lower[row * size + row]
            }
        }
        return result
    }
}
