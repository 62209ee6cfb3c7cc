import Foundation
import Kernels
import Support
import Tensors

/// The covariance that convolution filters have without any learning, in closed form.
///
/// After Trockman, Willmott and Kolter, "Understanding the covariance structure of convolutional filters", ICLR 2023,
/// section 4, as we understand its construction, for kernels of any number of directions. With G(x) = exp(-|x|² / (2
/// spread)), and Z(p) = G(p - center), the covariance of the weights at p and q is
///
///     (Z(p) + Z(q)) / 2 G(p - q) - Z(p) Z(q) / 2
///
/// Weights near the center vary most, neighbours vary together, and what all have in common is taken away in part. The
/// matrix has negative eigenvalues for some sizes; these, and all below a floor, are raised to it.
struct FilterCovariance {
    private let eigenvalues: [Double]
    /// The eigenvectors, as columns.
    private let vectors: Matrix

    /// The construction for kernels of `shape` and a `spread` above 0, in squared steps from weight to weight.
    init(shape: [Int], spread: Double) throws(MatrixError) {
        let size = shape.reduce(1, *)
        // Where each weight lies, from the center.
        let places = (0..<size).map { index -> [Double] in
            var rest = index
            var place = [Double](repeating: 0, count: shape.count)
            for dim in shape.indices.reversed() {
                place[dim] = Double(rest % shape[dim]) - Double(shape[dim] - 1) / 2
                rest /= shape[dim]
            }
            return place
        }
        func bump(_ a: [Double], _ b: [Double]) -> Double {
            exp(-zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / (2 * spread))
        }
        let center = [Double](repeating: 0, count: shape.count)
        let near = places.map { bump($0, center) }
        let matrix = Matrix(rows: size, columns: size) { p, q in
            0.5 * (near[p] + near[q]) * bump(places[p], places[q]) - 0.5 * near[p] * near[q]
        }
        (eigenvalues, vectors) = try matrix.symmetricEigen()
    }

    /// The mean log density of kernels whose products are `products` on average, with the scale that makes it greatest.
    ///
    /// - Parameters:
    ///   - floor: Eigenvalues are at least this share of their mean.
    func fit(_ products: Matrix, floor: Double) throws(MatrixError) -> (logDensity: Double, scale: Double) {
        let (raised, size) = (values(floor: floor), eigenvalues.count)
        let directions = try products * vectors
        let ratios = (0..<size).map { k in
            (0..<size).reduce(0) { $0 + directions[$1, k] * vectors[$1, k] } / raised[k]
        }
        let scale = ratios.reduce(0, +) / Double(size)
        let logDeterminant = raised.reduce(0) { $0 + log($1 * scale) }
        return (-0.5 * (logDeterminant + Double(size) * (1 + log(2 * Double.pi))), scale)
    }

    /// The matrix with raised eigenvalues, times `scale`.
    func matrix(floor: Double, scale: Double) throws(MatrixError) -> Matrix {
        try vectors.scalingColumns(by: values(floor: floor).map { $0 * scale }) * vectors.transposed
    }

    private func values(floor: Double) -> [Double] {
        let mean = eigenvalues.reduce(0, +) / Double(eigenvalues.count)
        return eigenvalues.map { max($0, floor * mean) }
    }
}
