import Kernels

/// The convolutions of `Kernels.ReferenceConvolution`, of arrays.
enum ReferenceConvolution {
    /// The output: see `ConvolutionRoutines.forward`.
    static func forward(
        _ geometry: ConvolutionGeometry, input: [Float], weight: [Float], bias: [Float]? = nil
    ) -> [Double] {
        filled(geometry.outputCount) {
            Kernels.ReferenceConvolution.forward(geometry, input: input, weight: weight, bias: bias, output: $0)
        }
    }

    /// The gradient of the input: see `ConvolutionRoutines.backwardData`.
    static func backwardData(
        _ geometry: ConvolutionGeometry, outputGradient: [Float], weight: [Float], bias: [Float]? = nil
    ) -> [Double] {
        filled(geometry.inputCount) {
            Kernels.ReferenceConvolution.backwardData(
                geometry, outputGradient: outputGradient, weight: weight, bias: bias, inputGradient: $0)
        }
    }

    /// The gradient of the weights: see `ConvolutionRoutines.backwardWeight`.
    static func backwardWeight(
        _ geometry: ConvolutionGeometry, input: [Float], outputGradient: [Float]
    ) -> [Double] {
        filled(geometry.weightCount) {
            Kernels.ReferenceConvolution.backwardWeight(
                geometry, input: input, outputGradient: outputGradient, weightGradient: $0)
        }
    }

    private static func filled(_ count: Int, _ fill: (UnsafeMutablePointer<Double>) -> Void) -> [Double] {
        [Double](unsafeUninitializedCapacity: count) { buffer, made in
            if let start = buffer.baseAddress { fill(start) }
            made = count
        }
    }
}
