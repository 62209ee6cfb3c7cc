import Foundation
import Support
import Tensors

/// The ellipsoids of a mixture's components: means, and symmetric positive definite matrices S = L Lᵀ.
///
/// Besides L there is L⁻¹, which turns a value of the component into independent numbers of variance 1.
struct WhitenedComponents {
    /// The means, one in each row.
    let means: Tensor
    /// The lower triangular L: components x elements x elements.
    let factors: Tensor
    /// The logarithm of the determinant of each S.
    let logDeterminants: [Double]
    /// The rows of all L⁻¹ below each other.
    private let whitening: Tensor
    /// -L⁻¹ times the mean, for the same rows.
    private let shift: Tensor
    /// The diagonals of all S⁻¹, one in each row.
    private let precisions: Tensor

    /// How many components there are, and how many elements a value has.
    var count: Int { means.shape[0] }
    var size: Int { means.shape[1] }

    /// Components of `means`, one in each row, and `factors`, for each mean a lower triangular L.
    init(means: Tensor, factors: Tensor) throws(TensorError) {
        guard means.rank == 2, means.shape[0] > 0, factors.shape == means.shape + [means.shape[1]] else {
            throw .shape(
                operation: "mixture", parameter: "factors", shape: factors.shape,
                expected: "a matrix for each of the means, \(means.shape.shapeText)")
        }
        let (count, size) = (means.shape[0], means.shape[1])
        try Shape.requireMemory(count, size, size, 3 * MemoryLayout<Double>.stride)
        let (centers, lower) = (means.values, factors.values.map(Double.init))
        var (rows, shifts, precisions): ([Float], [Float], [Float]) = ([], [], [])
        var logDeterminants: [Double] = []
        for k in 0..<count {
            let block = k * size * size..<(k + 1) * size * size
            guard let cholesky = try CholeskyFactor(lower: Array(lower[block]), size: size) else {
                throw .argument(
                    operation: "mixture", parameter: "factors", value: "a matrix that cannot be inverted",
                    expected: "lower triangular matrices with positive diagonals")
            }
            let inverse = cholesky.inverse
            logDeterminants.append(cholesky.logDeterminant)
            rows += inverse.map { Float($0) }
            var squares = [Double](repeating: 0, count: size)
            for i in 0..<size {
                var product = 0.0
                for j in 0...i {
                    let element = inverse[i * size + j]
                    product += element * Double(centers[k * size + j])
                    squares[j] += element * element
                }
                shifts.append(Float(-product))
            }
            precisions += squares.map { Float($0) }
        }
        self.means = means
        self.factors = factors
        self.logDeterminants = logDeterminants
        whitening = try Tensor(rows, shape: [count * size, size])
        shift = try Tensor(shifts, shape: [count * size])
        self.precisions = try Tensor(precisions, shape: [count, size])
    }

    /// The squared Mahalanobis distance of each row from each component: rows x components.
    func squaredDistances(_ rows: Tensor) throws(TensorError) -> Tensor {
        try rows.linear(weight: whitening, bias: shift).reshaped([-1, count, size]).square().sum([3])
    }

    /// The expected squared distances of Gaussians with independent elements: rows x components.
    func squaredDistances(ofMeans means: Tensor, variances: Tensor) throws(TensorError) -> Tensor {
        try squaredDistances(means) + variances.linear(weight: precisions)
    }

    /// Mean + L x noise for a component and a row of `noise` each; `chosen` counts components from 0.
    func values(_ chosen: [Int], noise: Tensor) throws(TensorError) -> Tensor {
        var (order, parts): ([Int], [Tensor]) = ([], [])
        for component in 0..<count {
            let places = chosen.indices.filter { chosen[$0] == component }
            guard !places.isEmpty else { continue }
            order += places
            let mean = try means.select(1, component + 1)
            let factor = try factors.select(1, component + 1)
            parts.append(try noise.indexSelect(1, places.map { $0 + 1 }).linear(weight: factor) + mean)
        }
        guard !parts.isEmpty else { return noise }
        var inverse = order
        for (place, row) in order.enumerated() { inverse[row] = place + 1 }
        return try Tensor.concatenate(parts, dim: 1).indexSelect(1, inverse)
    }

    /// How many rows are taken at once, so that their whitened numbers fit a cache.
    var rowsAtOnce: Int { max(64, (1 << 18) / max(count * size, 1)) }
}

extension Tensor {
    /// `body` of some rows at a time, `size` of them, one after the other in one tensor; gradients flow through.
    func mappedRows(
        _ size: Int, _ body: (Tensor) throws(TensorError) -> Tensor
    ) throws(TensorError) -> Tensor {
        guard shape[0] > size else { return try body(self) }
        var parts: [Tensor] = []
        for first in stride(from: 1, through: shape[0], by: size) {
            parts.append(try body(slice(1, first, Swift.min(first + size - 1, shape[0]))))
        }
        return try Tensor.concatenate(parts, dim: 1)
    }
}
