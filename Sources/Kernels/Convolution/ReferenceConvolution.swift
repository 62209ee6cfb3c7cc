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
        let (channels, taps) = (geometry.inputChannels, geometry.kernelSize.volume)
        overwrite(output, count: geometry.outputCount) { index in
            let (place, o) = index.quotientAndRemainder(dividingBy: geometry.outputChannels)
            let (batch, voxel) = place.quotientAndRemainder(dividingBy: geometry.outputSize.volume)
            var sum = Double(bias?[o] ?? 0)
            for tap in 0..<taps {
                guard let voxel = geometry.inputVoxel(of: voxel, tap: tap) else { continue }
                let voxelStart = (batch * geometry.inputSize.volume + voxel) * channels
                for c in 0..<channels {
                    sum += Double(source.start[voxelStart + c]) * Double(weight[(o * channels + c) * taps + tap])
                }
            }
            return sum
        }
    }

    /// The gradient of the input: see `ConvolutionRoutines.backwardData`.
    package static func backwardData(
        _ geometry: ConvolutionGeometry, outputGradient: UnsafePointer<Float>, weight: UnsafePointer<Float>,
        bias: UnsafePointer<Float>? = nil, inputGradient: UnsafeMutablePointer<some BinaryFloatingPoint>
    ) {
        let (channels, taps) = (geometry.inputChannels, geometry.kernelSize.volume)
        overwrite(inputGradient, count: geometry.inputCount) { index in
            let (place, c) = index.quotientAndRemainder(dividingBy: channels)
            let (batch, voxel) = place.quotientAndRemainder(dividingBy: geometry.inputSize.volume)
            var sum = Double(bias?[c] ?? 0)
            for tap in 0..<taps {
                guard let voxel = geometry.outputVoxel(of: voxel, tap: tap) else { continue }
                let voxelStart = (batch * geometry.outputSize.volume + voxel) * geometry.outputChannels
                for o in 0..<geometry.outputChannels {
                    sum += Double(outputGradient[voxelStart + o]) * Double(weight[(o * channels + c) * taps + tap])
                }
            }
            return sum
        }
    }

    /// The gradient of the weights: see `ConvolutionRoutines.backwardWeight`.
    package static func backwardWeight(
        _ geometry: ConvolutionGeometry, input: UnsafePointer<Float>, transform: InputTransform = .identity,
        outputGradient: UnsafePointer<Float>, weightGradient: UnsafeMutablePointer<some BinaryFloatingPoint>
    ) {
        let source = transformed(geometry, input, transform)
        let (channels, taps) = (geometry.inputChannels, geometry.kernelSize.volume)
        overwrite(weightGradient, count: geometry.weightCount) { index in
            let (kernel, tap) = index.quotientAndRemainder(dividingBy: taps)
            let (o, c) = kernel.quotientAndRemainder(dividingBy: channels)
            var sum = 0.0
            for batch in 0..<geometry.batch {
                for target in 0..<geometry.outputSize.volume {
                    guard let voxel = geometry.inputVoxel(of: target, tap: tap) else { continue }
                    let gradient = outputGradient[
                        (batch * geometry.outputSize.volume + target) * geometry.outputChannels + o]
                    sum +=
                        Double(source.start[(batch * geometry.inputSize.volume + voxel) * channels + c])
                        * Double(gradient)
                }
            }
            return sum
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
        overwrite(inputGradient, count: geometry.inputCount) {
            Double(inputGradient[$0]) + 2 * Double(source.start[$0]) * Double(ofSquare.start[$0])
        }
    }

    /// Sets each element to what `value` makes of its number; each is one sum, whatever the number of threads.
    private static func overwrite<Element: BinaryFloatingPoint>(
        _ target: UnsafeMutablePointer<Element>, count: Int, _ value: (Int) -> Double
    ) {
        ThreadPool.shared.run(count, ranges: 256) { range in
            for index in range { target[index] = Element(value(index)) }
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

extension ConvolutionGeometry {
    /// The voxel of the input that a tap reads for a voxel of the output; nil in the padding.
    fileprivate func inputVoxel(of output: Int, tap: Int) -> Int? {
        let (position, tap) = (outputSize.position(output), kernelSize.position(tap))
        let voxel = Size3 { position[keyPath: $0] * stride[keyPath: $0] + tap[keyPath: $0] - padding[keyPath: $0] }
        return inputSize.number(of: voxel)
    }

    /// The voxel of the output for which a tap reads a voxel of the input; nil where there is none.
    fileprivate func outputVoxel(of input: Int, tap: Int) -> Int? {
        let (position, tap) = (inputSize.position(input), kernelSize.position(tap))
        let distance = Size3 { position[keyPath: $0] + padding[keyPath: $0] - tap[keyPath: $0] }
        guard distance.depth.isMultiple(of: stride.depth), distance.height.isMultiple(of: stride.height),
            distance.width.isMultiple(of: stride.width)
        else { return nil }
        return outputSize.number(of: Size3 { distance[keyPath: $0] / stride[keyPath: $0] })
    }
}

extension Size3 {
    /// The number of a position, where positions are counted row by row; nil outside of the volume.
    fileprivate func number(of position: Size3) -> Int? {
        guard (0..<depth).contains(position.depth), (0..<height).contains(position.height),
            (0..<width).contains(position.width)
        else { return nil }
        return (position.depth * height + position.height) * width + position.width
    }
}
