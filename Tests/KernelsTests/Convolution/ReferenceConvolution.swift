import Kernels

/// Convolutions as their definition says, in double precision: what tests compare with.
enum ReferenceConvolution {
    /// Calls `body` for each product of the sum that defines the convolution, with the indices of the input, the weight
    /// and the output.
    private static func forEachProduct(
        _ geometry: ConvolutionGeometry, _ body: (_ input: Int, _ weight: Int, _ output: Int) -> Void
    ) {
        let (input, output, kernel) = (geometry.inputSize, geometry.outputSize, geometry.kernelSize)
        for batch in 0..<geometry.batch {
            for voxel in 0..<output.volume {
                for tap in 0..<kernel.volume {
                    let (p, t) = (output.position(voxel), kernel.position(tap))
                    let depth = p.depth * geometry.stride.depth + t.depth - geometry.padding.depth
                    let height = p.height * geometry.stride.height + t.height - geometry.padding.height
                    let width = p.width * geometry.stride.width + t.width - geometry.padding.width
                    guard (0..<input.depth).contains(depth), (0..<input.height).contains(height),
                        (0..<input.width).contains(width)
                    else { continue }
                    let source = ((batch * input.depth + depth) * input.height + height) * input.width + width
                    for o in 0..<geometry.outputChannels {
                        for c in 0..<geometry.inputChannels {
                            body(
                                source * geometry.inputChannels + c,
                                (o * geometry.inputChannels + c) * kernel.volume + tap,
                                (batch * output.volume + voxel) * geometry.outputChannels + o)
                        }
                    }
                }
            }
        }
    }

    /// The output: see `ConvolutionRoutines.forward`.
    static func forward(
        _ geometry: ConvolutionGeometry, input: [Float], weight: [Float], bias: [Float]? = nil
    ) -> [Double] {
        var result = (0..<geometry.outputCount).map { Double(bias?[$0 % geometry.outputChannels] ?? 0) }
        forEachProduct(geometry) { result[$2] += Double(input[$0]) * Double(weight[$1]) }
        return result
    }

    /// The gradient of the input: see `ConvolutionRoutines.backwardData`.
    static func backwardData(
        _ geometry: ConvolutionGeometry, outputGradient: [Float], weight: [Float], bias: [Float]? = nil
    ) -> [Double] {
        var result = (0..<geometry.inputCount).map { Double(bias?[$0 % geometry.inputChannels] ?? 0) }
        forEachProduct(geometry) { result[$0] += Double(outputGradient[$2]) * Double(weight[$1]) }
        return result
    }

    /// The gradient of the weights: see `ConvolutionRoutines.backwardWeight`.
    static func backwardWeight(
        _ geometry: ConvolutionGeometry, input: [Float], outputGradient: [Float]
    ) -> [Double] {
        var result = [Double](repeating: 0, count: geometry.weightCount)
        forEachProduct(geometry) { result[$1] += Double(input[$0]) * Double(outputGradient[$2]) }
        return result
    }
}
