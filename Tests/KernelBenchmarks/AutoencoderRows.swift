import Kernels

/// The autoencoder over 3x3x3 kernels with the published widths, of 32 kernels, with the gradients of the kernels.
enum AutoencoderRows {
    private static let count = 32, codes = 6

    static var all: [Row] {
        [
            Row(name: "autoencoder's encoder, 32 kernels, with backward", prepare: encoder),
            Row(name: "autoencoder's decoder, 32 kernels, with backward", prepare: decoder),
        ]
    }

    private static func map(_ inputs: Int, _ outputs: Int) -> AffineMap {
        AffineMap(
            inputs: inputs, outputs: outputs, weight: [Float](repeating: 0.01, count: inputs * outputs),
            bias: [Float](repeating: 0, count: outputs))
    }

    private static func convolution(_ inputs: Int, _ outputs: Int) -> PooledEncoder.ConvolutionWeights {
        PooledEncoder.ConvolutionWeights(
            inputs: inputs, outputs: outputs, weight: [Float](repeating: 0.01, count: 27 * inputs * outputs),
            bias: [Float](repeating: 0, count: outputs))
    }

    private static func encoder() -> () -> Void {
        let encoder = PooledEncoder(
            first: convolution(1, 32), second: convolution(32, 64), third: map(64, 128), last: map(128, 2 * codes))
        let (kernels, gradient) = (Numbers(27 * count), Numbers(2 * codes * count))
        let (activations, output) = (Numbers(encoder.activationCount(count)), Numbers(2 * codes * count))
        let result = Numbers(27 * count)
        return {
            encoder.forward(
                count: count, kernels: kernels.start, activations: activations.start, result: output.start)
            encoder.backward(
                count: count, activations: activations.start, outputGradient: gradient.start,
                inputGradient: result.start)
        }
    }

    private static func decoder() -> () -> Void {
        let decoder = FactorisedDecoder(
            features: map(codes, 128), first: (0..<27).map { _ in map(128, 128) },
            rest: [map(128, 64), map(64, 32), map(32, 2)])
        let (code, kernels, result) = (Numbers(codes * count), Numbers(27 * count), Numbers(count))
        let (codeGradient, kernelGradient) = (Numbers(codes * count), Numbers(27 * count))
        return {
            decoder.negativeLogLikelihood(
                count: count, codes: code.start, kernels: kernels.start, result: result.start,
                gradients: .init(codes: codeGradient.start, kernels: kernelGradient.start))
        }
    }
}
