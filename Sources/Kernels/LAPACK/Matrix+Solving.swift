import COpenBLAS
import Foundation

/// Factors of square matrices by which linear systems are solved.
extension Matrix {
    /// The lower triangular L of A = L Lᵀ; only the lower triangle of A is read.
    package func cholesky() throws(MatrixError) -> Matrix {
        var factor = lowerTriangle
        guard rows > 0 else { return factor }
        let function = try LAPACK.cholesky.address
        let order = factor.elements.withUnsafeMutableBufferPointer {
            lunette_dpotrf(function, letter("L"), Int32(rows), $0.baseAddress)
        }
        guard order == 0 else { throw .notPositiveDefinite(order: Int(order)) }
        return factor
    }

    /// The X of A X = B, or of Aᵀ X = B, where A is this matrix, of which one triangle is read.
    ///
    /// - Parameters:
    ///   - b: B.
    ///   - isUpper: Whether that is the upper triangle.
    ///   - isTransposed: Whether A is transposed.
    ///   - hasUnitDiagonal: Whether the diagonal counts as ones.
    package func solveTriangular(
        _ b: Matrix, isUpper: Bool, isTransposed: Bool = false, hasUnitDiagonal: Bool = false
    ) throws(MatrixError) -> Matrix {
        guard b.rows > 0, b.columns > 0 else { return b }
        let function = try LAPACK.solveTriangular.address
        var solution = b
        let zero = elements.withUnsafeBufferPointer { a in
            solution.elements.withUnsafeMutableBufferPointer { x in
                lunette_dtrtrs(
                    function, letter(isUpper ? "U" : "L"), letter(isTransposed ? "T" : "N"),
                    letter(hasUnitDiagonal ? "U" : "N"), Int32(rows), Int32(b.columns), a.baseAddress, x.baseAddress)
            }
        }
        guard zero == 0 else { throw .singular }
        return solution
    }
}

/// The factors of a square matrix A = P L U: a permutation, a lower and an upper triangle.
package struct LowerUpperFactors {
    private let size: Int
    private var factors: [Double]
    private var pivots: [Int32]

    /// Factors a matrix, also a singular one: what is left of U's diagonal where rounding cannot tell it from 0 is 0.
    package init(_ matrix: Matrix) throws(MatrixError) {
        (size, factors) = (matrix.rows, matrix.elements)
        pivots = [Int32](repeating: 0, count: size)
        guard size > 0 else { return }
        let (function, count) = (try LAPACK.lowerUpper.address, Int32(size))
        _ = factors.withUnsafeMutableBufferPointer { a in
            pivots.withUnsafeMutableBufferPointer { lunette_dgetrf(function, count, a.baseAddress, $0.baseAddress) }
        }
        for row in 0..<size {
            // The sum of magnitudes that was subtracted there, of which each product was rounded.
            var sum = 0.0
            for k in 0..<row { sum += abs(factors[k * size + row] * factors[row * size + k]) }
            if abs(factors[row * size + row]) <= Double(size) * Double.ulpOfOne * sum { factors[row * size + row] = 0 }
        }
    }

    private var diagonal: [Double] { (0..<size).map { factors[$0 * size + $0] } }

    private var permutationSign: Double {
        pivots.enumerated().reduce(1) { Int($1.element) == $1.offset + 1 ? $0 : -$0 }
    }

    /// The determinant.
    package var determinant: Double { diagonal.reduce(permutationSign, *) }

    /// The determinant's sign (0 of a singular matrix), and the logarithm of its magnitude.
    package var signAndLogarithm: (sign: Double, logarithm: Double) {
        let signs = diagonal.map { $0 == 0 ? 0 : $0 < 0 ? -1.0 : 1 }
        return (signs.reduce(permutationSign, *), diagonal.reduce(0) { $0 + log(abs($1)) })
    }

    /// The X of A X = B, or of Aᵀ X = B.
    package func solve(_ b: Matrix, isTransposed: Bool = false) throws(MatrixError) -> Matrix {
        guard !diagonal.contains(0) else { throw .singular }
        guard size > 0, b.columns > 0 else { return b }
        let (function, count) = (try LAPACK.solveLowerUpper.address, Int32(size))
        var solution = b
        _ = factors.withUnsafeBufferPointer { a in
            pivots.withUnsafeBufferPointer { pivots in
                solution.elements.withUnsafeMutableBufferPointer { x in
                    lunette_dgetrs(
                        function, letter(isTransposed ? "T" : "N"), count, Int32(b.columns), a.baseAddress,
                        pivots.baseAddress, x.baseAddress)
                }
            }
        }
        return solution
    }
}

/// A letter as Fortran takes it.
func letter(_ character: Unicode.Scalar) -> CChar { CChar(truncatingIfNeeded: character.value) }
