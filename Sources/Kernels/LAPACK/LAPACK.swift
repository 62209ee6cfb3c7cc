import COpenBLAS

/// The functions of OpenBLAS that compute with matrices in Double, under their names in the library, which is opened as
/// `BLAS` opens it.
enum LAPACK: String, CaseIterable {
    case multiply = "cblas_dgemm"
    case cholesky = "dpotrf_"
    case lowerUpper = "dgetrf_"
    case solveLowerUpper = "dgetrs_"
    case solveTriangular = "dtrtrs_"
    case symmetricEigen = "dsyevd_"
    case singularValues = "dgesdd_"
    case orthogonalTriangular = "dgeqrf_"
    case orthogonalFactor = "dorgqr_"

    /// The function's address; an error that names it where the library is missing or lacks it.
    var address: UnsafeMutableRawPointer {
        get throws(MatrixError) {
            guard let address = Self.addresses[self] else { throw .missing(function: rawValue) }
            return address
        }
    }

    nonisolated(unsafe) private static let addresses: [LAPACK: UnsafeMutableRawPointer] = {
        guard let handle = BLAS.library.handle else { return [:] }
        return Dictionary(
            uniqueKeysWithValues: allCases.compactMap { name in
                dlsym(handle, name.rawValue).map { (name, $0) }
            })
    }()
}

/// What can go wrong in a computation with one matrix.
package enum MatrixError: Error, Equatable, Sendable {
    /// OpenBLAS could not be opened, or lacks a function.
    case missing(function: String)
    /// The leading minor of this order (from 1) is not positive.
    case notPositiveDefinite(order: Int)
    /// No linear system with this matrix has a single solution.
    case singular
    /// The iteration of eigenvalues or singular values did not end.
    case noConvergence
    /// So many of the elements are NaN or infinite.
    case notFinite(count: Int, of: Int)
    /// Eigenvalues or singular values are equal, so that their vectors have no derivative.
    case equalValues
}
