import Foundation
import Kernels
import Support

/// The weighted mean and covariance of some rows: what one component learns from them.
struct ComponentMoments {
    /// The sum of the responsibilities.
    let mass: Double
    /// The mean.
    let mean: [Double]
    /// The covariance, row by row; empty where there is no mass.
    var covariance: [Double]

    /// The moments of `rows`, each counted by its responsibility and, for a t, by its precision too.
    ///
    /// Products are summed in single precision over at most 512 deviations from the mean, and in Double beyond.
    init(_ rows: MixtureRows, responsibilities: ArraySlice<Float>, precisions: ArraySlice<Float>?) {
        let size = rows.size
        // In many dimensions nearly all rows belong to one component: what is left out is below rounding.
        var (members, weights): ([Int], [Double]) = ([], [])
        var mass = 0.0
        for (n, responsibility) in responsibilities.enumerated() where responsibility > 1e-9 {
            mass += Double(responsibility)
            members.append(n)
            let precision = precisions.map { Double($0[$0.startIndex + n]) } ?? 1
            weights.append(Double(responsibility) * precision)
        }
        self.mass = mass
        let total = weights.reduce(0, +)
        var mean = [Double](repeating: 0, count: size)
        guard total > 0 else {
            (self.mean, covariance) = (mean, [])
            return
        }
        rows.values.withUnsafeBufferPointer { values in
            for (n, weight) in zip(members, weights) {
                for i in 0..<size { mean[i] += weight * Double(values[n * size + i]) }
            }
        }
        for i in 0..<size { mean[i] /= total }
        let center = mean.map { Float($0) }
        var covariance = [Double](repeating: 0, count: size * size)
        let step = 512
        var buffer = [Float](repeating: 0, count: 2 * min(step, members.count) * size + size * size)
        buffer.withUnsafeMutableBufferPointer { buffer in
            rows.values.withUnsafeBufferPointer { values in
                guard let deviations = buffer.baseAddress else { return }
                let weighted = deviations + min(step, members.count) * size
                let product = weighted + min(step, members.count) * size
                for first in stride(from: 0, to: members.count, by: step) {
                    let length = min(step, members.count - first)
                    for n in 0..<length {
                        let weight = Float(weights[first + n])
                        let row = members[first + n] * size
                        for i in 0..<size {
                            let deviation = values[row + i] - center[i]
                            deviations[n * size + i] = deviation
                            weighted[n * size + i] = weight * deviation
                        }
                    }
                    BLAS.multiply(
                        count: 1, rows: size, columns: size, depth: length,
                        MatrixView(weighted, rowStride: size, isTransposed: true), stride: 0,
                        MatrixView(deviations, rowStride: size), stride: 0, into: product, rowStride: size, stride: 0)
                    for i in covariance.indices { covariance[i] += Double(product[i]) }
                }
            }
        }
        for i in 0..<size {
            for j in 0...i {
                // The two triangles differ by rounding.
                let element = 0.5 * (covariance[i * size + j] + covariance[j * size + i]) / mass
                covariance[i * size + j] = element
                covariance[j * size + i] = element
            }
        }
        self.mean = mean
        self.covariance = covariance
    }
}
