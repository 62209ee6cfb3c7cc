import Foundation
import Kernels
import Tensors

/// The lower triangular L of a symmetric positive definite matrix A = L Lᵀ and its inverse, in Double, row by row, for
/// the small matrices of kernels (27 x 27, 49 x 49).
struct CholeskyFactor {
    /// The number of rows.
    let size: Int
    /// L, with zeros above the diagonal.
    let lower: [Double]
    /// L⁻¹, lower triangular too.
    let inverse: [Double]

    /// Factors the matrix whose rows follow each other in `matrix`; nil where it is not positive definite.
    init?(_ matrix: [Double], size: Int) throws(TensorError) {
        guard matrix.count == size * size else { return nil }
        do throws(MatrixError) {
            // Of a symmetric matrix the rows are the columns.
            let factor = try Matrix(rows: size, columns: size, elements: matrix).cholesky()
            try self.init(factor)
        } catch {
            if case .notPositiveDefinite = error { return nil }
            throw error.tensorError("cholesky", "the matrix")
        }
        guard lower.allSatisfy(\.isFinite) else { return nil }
    }

    /// Takes L as it is; nil where an element is not finite, a diagonal one not above 0, or one above the diagonal not
    /// 0.
    init?(lower: [Double], size: Int) throws(TensorError) {
        guard lower.count == size * size else { return nil }
        for row in 0..<size {
            guard lower[row * size + row] > 0, lower[row * size..<(row + 1) * size].allSatisfy(\.isFinite),
                lower[(row * size + row + 1)..<(row + 1) * size].allSatisfy({ $0 == 0 })
            else { return nil }
        }
        do throws(MatrixError) {
            try self.init(Matrix(rows: size, columns: size, elements: lower).transposed)
        } catch {
            throw error.tensorError("cholesky", "the factor")
        }
    }

    private init(_ factor: Matrix) throws(MatrixError) {
        size = factor.rows
        lower = factor.transposed.elements
        inverse = try factor.solveTriangular(.identity(size), isUpper: false).transposed.elements
    }

    /// The logarithm of the determinant of A.
    var logDeterminant: Double {
        var sum = 0.0
        for row in 0..<size { sum += 2 * log(lower[row * size + row]) }
        return sum
    }
}
