import Foundation
import Support

/// The decoder of a kernel autoencoder with fixed weights, p(w | code): an independent Gaussian for each element of a
/// kernel.
///
/// Its mean and log-variance come from a chain of affine maps of the code, with an ELU after each but the last. The
/// first map is common to all elements, the second is another one for each element, and the others are the same for
/// each element.
///
/// The log-likelihood is a sum over elements: the activations of an element are computed, differentiated and
/// overwritten while they are in the second cache. The matrices are packed once, for many calls.
public final class FactorisedDecoder: Sendable {
    /// The elements of a kernel.
    public let elements: Int
    /// The length of a code.
    public let codes: Int
    private let features: PackedAffineMap
    private let first: [PackedAffineMap]
    private let rest: [PackedAffineMap]
    /// The logarithm of the least variance; nil where there is none.
    private let logFloor: Float?
    /// The rows that are computed together: whole tiles, and enough rows to outweigh the reading of the matrices.
    private static let rowsAtATime = 192

    /// Packs the maps, each of which is applied to the result of the one before; the last one's results are the mean
    /// and the log-variance. `minimumVariance` (default 0) is added to the variances.
    public init(features: AffineMap, first: [AffineMap], rest: [AffineMap], minimumVariance: Float = 0) {
        elements = first.count
        codes = features.inputs
        self.features = PackedAffineMap(features)
        self.first = first.map(PackedAffineMap.init)
        self.rest = rest.map(PackedAffineMap.init)
        logFloor = minimumVariance > 0 ? log(minimumVariance) : nil
    }

    /// Where the gradients of a likelihood go, [rows][codes] and [rows][elements].
    public struct Gradients {
        let codes: UnsafeMutablePointer<Float>
        let kernels: UnsafeMutablePointer<Float>

        /// Points to memory for both.
        public init(codes: UnsafeMutablePointer<Float>, kernels: UnsafeMutablePointer<Float>) {
            (self.codes, self.kernels) = (codes, kernels)
        }
    }

    /// Overwrites `result` with -log p(w | code) of each of `count` rows: the sum over elements of (log 2 pi + v + (w -
    /// m)^2 e^-v) / 2 for the element's mean m and log-variance v, after the minimum variance was added. `gradients`,
    /// where given, are those of each row's result with respect to its own code and kernel.
    public func negativeLogLikelihood(
        count: Int, codes: UnsafePointer<Float>, kernels: UnsafePointer<Float>, result: UnsafeMutablePointer<Float>,
        gradients: Gradients?
    ) {
        ThreadPool.shared.run(count, ranges: Self.rowsAtATime) { rows in
            let start = rows.lowerBound
            run(
                rows.count, codes: codes + start &* self.codes, kernels: kernels + start &* elements,
                result: result + start,
                gradients: gradients.map {
                    Gradients(codes: $0.codes + start &* self.codes, kernels: $0.kernels + start &* elements)
                })
        }
    }

    private func run(
        _ count: Int, codes: UnsafePointer<Float>, kernels: UnsafePointer<Float>,
        result: UnsafeMutablePointer<Float>, gradients: Gradients?
    ) {
        guard let first = first.first else { return result.update(repeating: 0, count: count) }
        let tiles = InterleavedRows.tiles(count)
        let layers = [first] + rest
        let code = InterleavedRows(tiles: tiles, length: features.inputs)
        let codeGradient = InterleavedRows(tiles: tiles, length: features.inputs)
        let input = InterleavedRows(tiles: tiles, length: features.outputs)
        let inputGradient = InterleavedRows(tiles: tiles, length: features.outputs)
        let outputs = layers.map { InterleavedRows(tiles: tiles, length: $0.outputs) }
        let outputGradients = layers.map { InterleavedRows(tiles: tiles, length: $0.outputs) }
        let likelihood = Likelihood(tiles: tiles, elements: elements, count: count, kernels: kernels)
        // Below, only the addresses of their memory are used.
        defer { withExtendedLifetime((code, codeGradient, input, inputGradient, outputs, outputGradients)) {} }
        let (values, slopes) = (outputs.map { $0.slice() }, outputGradients.map { $0.slice() })
        code.interleave(count, of: self.codes, from: codes)
        features.forwardELU(tiles: tiles, code.slice(), to: input.slice())
        outputGradients[rest.count].clear()
        for element in 0..<elements where !Interrupt.isRequested {
            self.first[element].forwardELU(tiles: tiles, input.slice(), to: values[0])
            for (index, layer) in rest.enumerated() {
                if index + 1 < rest.count {
                    layer.forwardELU(tiles: tiles, values[index], to: values[index + 1])
                } else {
                    layer.forward(tiles: tiles, values[index], to: values[index + 1])
                }
            }
            likelihood.add(element, outputs[rest.count], logFloor: logFloor, gradients: outputGradients[rest.count])
            guard gradients != nil else { continue }
            for index in rest.indices.reversed() {
                rest[index].backwardELU(
                    tiles: tiles, slopes[index + 1], input: values[index], to: slopes[index])
            }
            self.first[element].backward(
                tiles: tiles, slopes[0], to: inputGradient.slice(), adding: element > 0)
        }
        likelihood.sum.deinterleave(count, of: 1, to: result)
        guard let gradients else { return }
        likelihood.kernelGradient.deinterleave(count, of: elements, to: gradients.kernels)
        inputGradient.applyELUGradient(of: input.slice(), count: features.outputs)
        features.backward(tiles: tiles, inputGradient.slice(), to: codeGradient.slice(), adding: false)
        codeGradient.deinterleave(count, of: self.codes, to: gradients.codes)
    }
}

/// The negative log-likelihood of tiles of kernels, element by element.
private struct Likelihood {
    let kernel: InterleavedRows
    let kernelGradient: InterleavedRows
    let sum: InterleavedRows

    init(tiles: Int, elements: Int, count: Int, kernels: UnsafePointer<Float>) {
        kernel = InterleavedRows(tiles: tiles, length: elements)
        kernelGradient = InterleavedRows(tiles: tiles, length: elements)
        sum = InterleavedRows(tiles: tiles, length: 1)
        kernel.interleave(count, of: elements, from: kernels)
        sum.clear()
    }

    /// Adds the part of one element, and sets the gradients of its mean, its log-variance and its value. The mean and
    /// the log-variance are the first two numbers of `outputs`.
    func add(_ element: Int, _ outputs: InterleavedRows, logFloor: Float?, gradients: InterleavedRows) {
        for tile in 0..<sum.tiles {
            for vector in 0..<InterleavedRows.vectors {
                let mean = outputs.offset(tile, 0, vector)
                let variance = outputs.offset(tile, 1, vector)
                var (logVariance, slope) = (outputs.start[variance], Vector(repeating: 1))
                if let logFloor {
                    // log(e^v + e^f) = f + log(1 + e^(v - f))
                    let above = logVariance - logFloor
                    (logVariance, slope) = (VectorMath.softplus(above) + logFloor, VectorMath.sigmoid(above))
                }
                let own = kernel.offset(tile, element, vector)
                let difference = kernel.start[own] - outputs.start[mean]
                let scaled = difference * VectorMath.exp(-logVariance)
                let term = (difference * scaled + logVariance + 1.837_877_1) * 0.5
                sum.start[sum.offset(tile, 0, vector)] += term
                gradients.start[mean] = -scaled
                gradients.start[variance] = (1 - difference * scaled) * 0.5 * slope
                kernelGradient.start[own] = scaled
            }
        }
    }
}
