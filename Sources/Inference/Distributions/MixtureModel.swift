import Foundation
import Kernels
import Support
import Tensors

/// A mixture while it is fitted: weights, means and factors of its components in Double, for standardised rows.
struct MixtureModel {
    /// One component.
    struct Component {
        /// Its probability.
        var weight: Double
        /// Its mean.
        var mean: [Double]
        /// The factor L of its matrix.
        var factor: CholeskyFactor
        /// The low rank that its matrix has, where it has one.
        var factors: FactorModel?
    }

    /// What the rows say of a model: the mean log density, and, component by component, the probability that a row is
    /// of a component, and by how much a t weighs the row less than a Gaussian would.
    struct Posterior {
        /// The mean log density of a row.
        let logDensity: Double
        /// A number for each row and component, all rows of a component after each other.
        let responsibilities: [Float]
        /// The same for the weights of a t, (v + d) / (v + q); empty for Gaussians.
        let precisions: [Float]
    }

    /// The components.
    var components: [Component]
    /// The degrees of freedom; infinite for Gaussians.
    var degreesOfFreedom: Double

    /// The posterior of `rows`, some rows a task.
    func posterior(of rows: MixtureRows) throws(TensorError) -> Posterior {
        let (count, number) = (rows.count, components.count)
        try Shape.requireMemory(count, number, 4 * MemoryLayout<Float>.stride)
        let densities = WhitenedDensities(self, size: rows.size)
        let step = max(16, min(256, (1 << 18) / max(number * rows.size, 1)))
        let blocks = ThreadPool.shared.map((count + step - 1) / step) { block in
            densities.posterior(of: rows, first: block * step, count: min(step, count - block * step))
        }
        guard blocks.count * step >= count else { throw .interrupted }
        var sum = 0.0
        var (responsibilities, precisions): ([Float], [Float]) = ([], [])
        responsibilities.reserveCapacity(count * number)
        for block in blocks { sum += block.sum }
        for k in 0..<number {
            for block in blocks {
                let part = k * block.count..<(k + 1) * block.count
                responsibilities += block.responsibilities[part]
                if !block.precisions.isEmpty { precisions += block.precisions[part] }
            }
        }
        return Posterior(
            logDensity: sum / Double(count), responsibilities: responsibilities, precisions: precisions)
    }
}

/// The densities of a model's components, made ready for many rows: the whitened numbers of all components are one
/// product of matrices.
private struct WhitenedDensities {
    /// What some rows say of the components: as `MixtureModel.Posterior`, but the sum of the log densities.
    struct Block {
        let count: Int
        var sum = 0.0
        var responsibilities: [Float]
        var precisions: [Float]
    }

    private let size: Int
    private let degreesOfFreedom: Double
    /// The rows of all inverse factors below each other, and their products with the means.
    private var whitening: [Float] = []
    private var shift: [Float] = []
    private let constants: [Double]

    init(_ model: MixtureModel, size: Int) {
        let constant = EllipticalMixture.logConstant(size: size, model.degreesOfFreedom)
        constants = model.components.map { log($0.weight) - 0.5 * $0.factor.logDeterminant + constant }
        (self.size, degreesOfFreedom) = (size, model.degreesOfFreedom)
        for component in model.components {
            let inverse = component.factor.inverse
            whitening += inverse.map { Float($0) }
            for i in 0..<size {
                var product = 0.0
                for j in 0...i { product += inverse[i * size + j] * component.mean[j] }
                shift.append(Float(product))
            }
        }
    }

    /// The posterior of `count` rows from `first` on.
    func posterior(of rows: MixtureRows, first: Int, count: Int) -> Block {
        let number = constants.count
        let isGaussian = !degreesOfFreedom.isFinite
        var result = Block(
            count: count, responsibilities: [Float](repeating: 0, count: count * number),
            precisions: [Float](repeating: 1, count: isGaussian ? 0 : count * number))
        let power = 0.5 * (degreesOfFreedom + Double(size))
        var logs = [Double](repeating: 0, count: number)
        let squares = squaredDistances(rows, first: first, count: count)
        for n in 0..<count {
            var largest = -Double.infinity
            for k in 0..<number {
                let square = Double(squares[n * number + k])
                if isGaussian {
                    logs[k] = constants[k] - 0.5 * square
                } else {
                    logs[k] = constants[k] - power * log1p(square / degreesOfFreedom)
                    result.precisions[k * count + n] = Float(2 * power / (degreesOfFreedom + square))
                }
                largest = max(largest, logs[k])
            }
            var sum = 0.0
            for k in 0..<number {
                logs[k] = logs[k] < largest - 80 ? 0 : exp(logs[k] - largest)
                sum += logs[k]
            }
            for k in 0..<number { result.responsibilities[k * count + n] = Float(logs[k] / sum) }
            result.sum += largest + log(sum)
        }
        return result
    }

    /// The squared distances from all components, row by row.
    private func squaredDistances(_ rows: MixtureRows, first: Int, count: Int) -> [Float] {
        let (number, size) = (constants.count, size)
        let across = number * size
        return [Float](unsafeUninitializedCapacity: count * number) { squares, initialised in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: max(count * across, 1)) { whitened in
                rows.values.withUnsafeBufferPointer { values in
                    whitening.withUnsafeBufferPointer { matrix in
                        shift.withUnsafeBufferPointer { shift in
                            guard let values = values.baseAddress, let matrix = matrix.baseAddress,
                                let shift = shift.baseAddress, let start = whitened.baseAddress
                            else { return }
                            BLAS.multiply(
                                count: 1, rows: count, columns: across, depth: size,
                                MatrixView(values + first * size, rowStride: size), stride: 0,
                                MatrixView(matrix, rowStride: size, isTransposed: true), stride: 0,
                                into: start, rowStride: across, stride: 0)
                            for n in 0..<count {
                                for k in 0..<number {
                                    squares[n * number + k] = squaredDistance(
                                        start + n * across + k * size, shift + k * size, size)
                                }
                            }
                        }
                    }
                }
            }
            initialised = count * number
        }
    }
}
