import Foundation
import Support

/// Whether convolutions and matrix products are computed as their definitions say, instead of by the fast routines.
public enum ReferenceKernels {
    /// Whether LUNETTE_REFERENCE=1 asks for it, to see whether a result hangs on how it was computed: slower by far.
    public static let areInUse = getenv("LUNETTE_REFERENCE").map { String(cString: $0) } == "1"
}

/// Convolutions as their definition says, with sums in double precision: what tests compare with, to the last digit of
/// the sums, and what `ConvolutionRoutines` uses where `ReferenceKernels.areInUse`.
package enum ReferenceConvolution {
    /// The output: see `ConvolutionRoutines.forward`.
    package static func forward(
        _ geometry: ConvolutionGeometry, input: UnsafePointer<Float>, transform: InputTransform = .identity,
        weight: UnsafePointer<Float>, bias: UnsafePointer<Float>? = nil,
        output: UnsafeMutablePointer<some BinaryFloatingPoint>
    ) {
        let source = transformed(geometry, input, transform)
        let (inputs, outputs, taps) = (geometry.inputChannels, geometry.outputChannels, geometry.kernelSize.volume)
        gather(
            geometry.batch, from: (UnsafePointer(source.start), geometry.inputSize.volume, inputs),
            to: (output, geometry.outputSize.volume, outputs), taps: taps, bias: bias,
            weight: { weight[($1 * inputs + $0) * taps + $2] }, neighbours: .inputs(geometry))
    }

    /// The gradient of the input: see `ConvolutionRoutines.backwardData`.
    package static func backwardData(
        _ geometry: ConvolutionGeometry, outputGradient: UnsafePointer<Float>, weight: UnsafePointer<Float>,
        bias: UnsafePointer<Float>? = nil, inputGradient: UnsafeMutablePointer<some BinaryFloatingPoint>
    ) {
        let (inputs, outputs, taps) = (geometry.inputChannels, geometry.outputChannels, geometry.kernelSize.volume)
        gather(
            geometry.batch, from: (outputGradient, geometry.outputSize.volume, outputs),
            to: (inputGradient, geometry.inputSize.volume, inputs), taps: taps, bias: bias,
            weight: { weight[($0 * inputs + $1) * taps + $2] }, neighbours: .outputs(geometry))
    }

    /// The gradient of the weights: see `ConvolutionRoutines.backwardWeight`.
    package static func backwardWeight(
        _ geometry: ConvolutionGeometry, input: UnsafePointer<Float>, transform: InputTransform = .identity,
        outputGradient: UnsafePointer<Float>, weightGradient: UnsafeMutablePointer<some BinaryFloatingPoint>
    ) {
        let source = transformed(geometry, input, transform)
        let (inputs, outputs, taps) = (geometry.inputChannels, geometry.outputChannels, geometry.kernelSize.volume)
        let (inputVoxels, outputVoxels) = (geometry.inputSize.volume, geometry.outputSize.volume)
        let neighbours = Neighbours.inputs(geometry)
        ThreadPool.shared.run(taps) { tap in
            var sums = [Double](repeating: 0, count: inputs * outputs)
            for batch in 0..<geometry.batch {
                for target in 0..<outputVoxels {
                    guard let voxel = neighbours.voxel(target, tap: tap) else { continue }
                    let values = source.start + (batch * inputVoxels + voxel) * inputs
                    let gradients = outputGradient + (batch * outputVoxels + target) * outputs
                    for c in 0..<inputs {
                        for o in 0..<outputs { sums[c &* outputs &+ o] += Double(values[c]) * Double(gradients[o]) }
                    }
                }
            }
            for c in 0..<inputs {
                for o in 0..<outputs { weightGradient[(o * inputs + c) * taps + tap] = .init(sums[c * outputs + o]) }
            }
        }
    }

    /// Sets each channel of each voxel of the target to its bias and the sum over taps and source channels of source
    /// times weight, where a tap reads a voxel of the source; `weight` has the source's channel, the target's, and the
    /// tap.
    private static func gather(
        _ batch: Int, from source: (values: UnsafePointer<Float>, voxels: Int, channels: Int),
        to target: (values: UnsafeMutablePointer<some BinaryFloatingPoint>, voxels: Int, channels: Int), taps: Int,
        bias: UnsafePointer<Float>?, weight: (Int, Int, Int) -> Float, neighbours: Neighbours
    ) {
        // The target's channels last, so that the innermost loop makes their sums side by side.
        var weights: [Double] = []
        for tap in 0..<taps {
            for s in 0..<source.channels { for t in 0..<target.channels { weights.append(Double(weight(s, t, tap))) } }
        }
        ThreadPool.shared.run(batch * target.voxels, ranges: 64) { places in
            var sums = [Double](repeating: 0, count: target.channels)
            for place in places {
                let (volume, position) = place.quotientAndRemainder(dividingBy: target.voxels)
                for t in sums.indices { sums[t] = Double(bias?[t] ?? 0) }
                for tap in 0..<taps {
                    guard let voxel = neighbours.voxel(position, tap: tap) else { continue }
                    let values = source.values + (volume * source.voxels + voxel) * source.channels
                    for s in 0..<source.channels {
                        let row = (tap * source.channels + s) * sums.count
                        for t in sums.indices { sums[t] += Double(values[s]) * weights[row &+ t] }
                    }
                }
                for t in sums.indices { target.values[place * sums.count + t] = .init(sums[t]) }
            }
        }
    }

    /// The gradient of the input of two convolutions: see `ConvolutionRoutines.backwardMoments`.
    static func backwardMoments(
        _ geometry: ConvolutionGeometry, input: UnsafePointer<Float>, transform: InputTransform,
        meanGradient: UnsafePointer<Float>, varianceGradient: UnsafePointer<Float>, weightMean: UnsafePointer<Float>,
        weightVariance: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>
    ) {
        let source = transformed(geometry, input, transform)
        let ofSquare = Scratch.Floats(count: geometry.inputCount)
        backwardData(geometry, outputGradient: meanGradient, weight: weightMean, inputGradient: inputGradient)
        backwardData(geometry, outputGradient: varianceGradient, weight: weightVariance, inputGradient: ofSquare.start)
        for i in 0..<geometry.inputCount {
            inputGradient[i] = Float(Double(inputGradient[i]) + 2 * Double(source.start[i]) * Double(ofSquare.start[i]))
        }
    }

    private static func transformed(
        _ geometry: ConvolutionGeometry, _ input: UnsafePointer<Float>, _ transform: InputTransform
    ) -> Scratch.Floats {
        let floats = Scratch.Floats(count: geometry.inputCount)
        let volume = geometry.inputSize.volume
        for batch in 0..<geometry.batch {
            let start = batch * volume * geometry.inputChannels
            transform.apply(
                to: input + start, count: volume, channels: geometry.inputChannels, batch: batch,
                result: floats.start + start)
        }
        return floats
    }
}

/// Which voxel a tap reads for each voxel that is computed, direction by direction.
private struct Neighbours {
    private let depth: [[Int?]]
    private let height: [[Int?]]
    private let width: [[Int?]]
    private let source: Size3
    private let target: Size3
    private let taps: [Size3]

    /// The voxels of the input for those of the output.
    static func inputs(_ geometry: ConvolutionGeometry) -> Neighbours {
        Neighbours(geometry, of: geometry.outputSize, in: geometry.inputSize) { position, tap, stride, padding in
            position * stride + tap - padding
        }
    }

    /// The voxels of the output that use those of the input.
    static func outputs(_ geometry: ConvolutionGeometry) -> Neighbours {
        Neighbours(geometry, of: geometry.inputSize, in: geometry.outputSize) { position, tap, stride, padding in
            let distance = position + padding - tap
            return distance.isMultiple(of: stride) ? distance / stride : nil
        }
    }

    private init(
        _ geometry: ConvolutionGeometry, of target: Size3, in source: Size3,
        _ place: (_ position: Int, _ tap: Int, _ stride: Int, _ padding: Int) -> Int?
    ) {
        func table(_ direction: KeyPath<Size3, Int>) -> [[Int?]] {
            let (stride, padding) = (geometry.stride[keyPath: direction], geometry.padding[keyPath: direction])
            let inside = 0..<source[keyPath: direction]
            return (0..<target[keyPath: direction]).map { position in
                (0..<geometry.kernelSize[keyPath: direction]).map { tap in
                    place(position, tap, stride, padding).flatMap { inside.contains($0) ? $0 : nil }
                }
            }
        }
        (depth, height, width) = (table(\.depth), table(\.height), table(\.width))
        (self.source, self.target) = (source, target)
        taps = (0..<geometry.kernelSize.volume).map(geometry.kernelSize.position)
    }

    /// The voxel that a tap reads for a voxel that is computed; nil where there is none.
    func voxel(_ number: Int, tap: Int) -> Int? {
        let (position, tap) = (target.position(number), taps[tap])
        guard let z = depth[position.depth][tap.depth], let y = height[position.height][tap.height],
            let x = width[position.width][tap.width]
        else { return nil }
        return (z * source.height + y) * source.width + x
    }
}
