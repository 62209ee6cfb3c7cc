import Foundation
import Support

/// A Gaussian for each place of a kernel, whose mean and log-variance are a chain of affine maps of a code, with an ELU
/// after each but the last; from the second on they are there for each place, and the second is another one at each.
///
/// The likelihood is a sum over places: a place's activations are computed, differentiated and forgotten while they are in
/// the second cache. The matrices are arranged once, for many calls.
public final class PlacewiseDecoder: Sendable {
    /// The number of places.
    public let places: Int
    /// The numbers of a code.
    public let codes: Int
    private let features: LaneMap
    private let first: [LaneMap]
    private let rest: [LaneMap]
    /// The logarithm of the least variance; nil where there is none.
    private let logFloor: Float?
    /// The rows that are computed together, which is as often as each matrix is read: whole tiles.
    private static let rowsAtATime = 192

    /// Arranges the maps; each takes what the one before gives, and the last gives a mean and a log-variance.
    /// `minimumVariance` (default 0) is added to the variances.
    public init(features: AffineMap, first: [AffineMap], rest: [AffineMap], minimumVariance: Float = 0) {
        places = first.count
        codes = features.inputs
        self.features = LaneMap(features)
        self.first = first.map(LaneMap.init)
        self.rest = rest.map(LaneMap.init)
        logFloor = minimumVariance > 0 ? log(minimumVariance) : nil
    }

    /// Where the gradients of a likelihood go, [rows][codes] and [rows][places].
    public struct Gradients {
        let codes: UnsafeMutablePointer<Float>
        let kernels: UnsafeMutablePointer<Float>

        /// Points to room for both.
        public init(codes: UnsafeMutablePointer<Float>, kernels: UnsafeMutablePointer<Float>) {
            (self.codes, self.kernels) = (codes, kernels)
        }
    }

    /// Overwrites `result` with -log p(w | code) of each of `count` rows: the sum over places of
    /// (log 2 pi + v + (w - m)^2 e^-v) / 2 for the place's mean m and log-variance v, with the least variance in it.
    /// `gradients` are those of each row's own number.
    public func negativeLogLikelihood(
        count: Int, codes: UnsafePointer<Float>, kernels: UnsafePointer<Float>, result: UnsafeMutablePointer<Float>,
        gradients: Gradients?
    ) {
        ThreadPool.shared.run((count &+ Self.rowsAtATime &- 1) / Self.rowsAtATime) { task in
            let start = task &* Self.rowsAtATime
            run(
                min(Self.rowsAtATime, count &- start), codes: codes + start &* self.codes,
                kernels: kernels + start &* places, result: result + start,
                gradients: gradients.map {
                    Gradients(codes: $0.codes + start &* self.codes, kernels: $0.kernels + start &* places)
                })
        }
    }

    private func run(
        _ count: Int, codes: UnsafePointer<Float>, kernels: UnsafePointer<Float>,
        result: UnsafeMutablePointer<Float>, gradients: Gradients?
    ) {
        guard let first = first.first else { return result.update(repeating: 0, count: count) }
        let tiles = Lanes.tiles(count)
        let layers = [first] + rest
        let code = Lanes.Tiles(tiles, of: features.inputs)
        let codeGradient = Lanes.Tiles(tiles, of: features.inputs)
        let input = Lanes.Tiles(tiles, of: features.outputs)
        let inputGradient = Lanes.Tiles(tiles, of: features.outputs)
        let outputs = layers.map { Lanes.Tiles(tiles, of: $0.outputs) }
        let outputGradients = layers.map { Lanes.Tiles(tiles, of: $0.outputs) }
        let likelihood = Likelihood(tiles: tiles, places: places, count: count, kernels: kernels)
        // Only their addresses are used below.
        defer { withExtendedLifetime((code, codeGradient, input, inputGradient, outputs, outputGradients)) {} }
        let (values, slopes) = (outputs.map { $0.slice() }, outputGradients.map { $0.slice() })
        code.gather(count, of: self.codes, from: codes)
        features.forwardELU(tiles: tiles, code.slice(), to: input.slice())
        outputGradients[rest.count].clear()
        for place in 0..<places where !Interrupt.isRequested {
            self.first[place].forwardELU(tiles: tiles, input.slice(), to: values[0])
            for (index, layer) in rest.enumerated() {
                if index + 1 < rest.count {
                    layer.forwardELU(tiles: tiles, values[index], to: values[index + 1])
                } else {
                    layer.forward(tiles: tiles, values[index], to: values[index + 1])
                }
            }
            likelihood.add(place, outputs[rest.count], logFloor: logFloor, gradients: outputGradients[rest.count])
            guard gradients != nil else { continue }
            for index in rest.indices.reversed() {
                rest[index].backwardELU(
                    tiles: tiles, slopes[index + 1], input: values[index], to: slopes[index])
            }
            self.first[place].backward(
                tiles: tiles, slopes[0], to: inputGradient.slice(), adding: place > 0)
        }
        likelihood.sum.scatter(count, of: 1, to: result)
        guard let gradients else { return }
        likelihood.kernelGradient.scatter(count, of: places, to: gradients.kernels)
        inputGradient.applyELUGradient(of: input.slice(), count: features.outputs)
        features.backward(tiles: tiles, inputGradient.slice(), to: codeGradient.slice(), adding: false)
        codeGradient.scatter(count, of: self.codes, to: gradients.codes)
    }
}

/// The likelihood of tiles of kernels, place by place.
private struct Likelihood {
    let kernel: Lanes.Tiles
    let kernelGradient: Lanes.Tiles
    let sum: Lanes.Tiles

    init(tiles: Int, places: Int, count: Int, kernels: UnsafePointer<Float>) {
        kernel = Lanes.Tiles(tiles, of: places)
        kernelGradient = Lanes.Tiles(tiles, of: places)
        sum = Lanes.Tiles(tiles, of: 1)
        kernel.gather(count, of: places, from: kernels)
        sum.clear()
    }

    /// Adds one place's part, and sets the gradients of the place's mean, log-variance and kernel elements; means and
    /// log-variances are the first two numbers of `outputs`.
    func add(_ place: Int, _ outputs: Lanes.Tiles, logFloor: Float?, gradients: Lanes.Tiles) {
        for tile in 0..<sum.tiles {
            for vector in 0..<Lanes.vectors {
                let mean = outputs.place(tile, 0, vector)
                let head = outputs.place(tile, 1, vector)
                var (logVariance, slope) = (outputs.start[head], Vector(repeating: 1))
                if let logFloor {
                    // log(e^v + e^f) = f + log(1 + e^(v - f))
                    let above = logVariance - logFloor
                    (logVariance, slope) = (VectorMath.softplus(above) + logFloor, VectorMath.sigmoid(above))
                }
                let element = kernel.place(tile, place, vector)
                let difference = kernel.start[element] - outputs.start[mean]
                let scaled = difference * VectorMath.exp(-logVariance)
                let term = (difference * scaled + logVariance + 1.837_877_1) * 0.5
                sum.start[sum.place(tile, 0, vector)] += term
                gradients.start[mean] = -scaled
                gradients.start[head] = (1 - difference * scaled) * 0.5 * slope
                kernelGradient.start[element] = scaled
            }
        }
    }
}
