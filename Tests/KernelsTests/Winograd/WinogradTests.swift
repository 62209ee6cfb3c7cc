import Kernels
import Support
import Testing

/// The rounding errors of Winograd's transforms.
struct WinogradTests {
    /// The largest error of forward, data gradient and weight gradient, as a share of the largest value: 3e-7 to 5e-7
    /// with tiles of 2x2x2 (64 channels), 5e-7 to 6e-7 with 2x2x4 (32 channels), 7e-7 to 1e-6 with 2x4x4 (16 channels).
    @Test(arguments: [16, 32, 64])
    func errorsAreAFewUnitsInTheLastPlace(_ channels: Int) {
        let geometry = ConvolutionGeometry(
            batch: 1, inputChannels: channels, outputChannels: channels, inputSize: Size3(channels < 64 ? 14 : 8),
            kernelSize: Size3(3), padding: Size3(1))
        let generator = RandomGenerator(seed: UInt64(channels))
        func uniform(_ count: Int) -> [Float] { (0..<count).map { _ in 2 * generator.uniform() - 1 } }
        let (input, weight) = (uniform(geometry.inputCount), uniform(geometry.weightCount))
        let gradient = uniform(geometry.outputCount)
        var output = [Float](repeating: 0, count: geometry.outputCount)
        ConvolutionRoutines.forward(geometry, input: input, weight: weight, output: &output)
        var inputGradient = [Float](repeating: 0, count: geometry.inputCount)
        ConvolutionRoutines.backwardData(
            geometry, outputGradient: gradient, weight: weight, inputGradient: &inputGradient)
        var weightGradient = [Float](repeating: 0, count: geometry.weightCount)
        ConvolutionRoutines.backwardWeight(
            geometry, input: input, outputGradient: gradient, weightGradient: &weightGradient)
        let errors = [
            error(output, ReferenceConvolution.forward(geometry, input: input, weight: weight)),
            error(
                inputGradient, ReferenceConvolution.backwardData(geometry, outputGradient: gradient, weight: weight)),
            error(
                weightGradient, ReferenceConvolution.backwardWeight(geometry, input: input, outputGradient: gradient)),
        ]
        #expect(errors.allSatisfy { $0 < 1e-6 }, "\(errors)")
    }

    private func error(_ values: [Float], _ expected: [Double]) -> Double {
        let worst = zip(values, expected).reduce(0.0) { max($0, abs(Double($1.0) - $1.1)) }
        return worst / expected.reduce(0.0) { max($0, abs($1)) }
    }
}
