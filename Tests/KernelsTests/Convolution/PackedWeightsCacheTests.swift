import Kernels
import Testing

/// Cached weights give the same results as weights packed anew.
@Suite(.serialized) struct PackedWeightsCacheTests {
    /// The outputs and input gradients of several calls.
    private func results(
        _ geometry: ConvolutionGeometry, weight: UnsafePointer<Float>, cache: PackedWeightsCache?, calls: Int
    ) -> [[Float]] {
        let (input, gradient) = (random(geometry.inputCount, 1), random(geometry.outputCount, 3))
        return (0..<calls).map { _ in
            withOutput(geometry.outputCount) { output in
                ConvolutionRoutines.forward(geometry, input: input, weight: weight, cache: cache, output: output)
            }
                + withOutput(geometry.inputCount) { output in
                    ConvolutionRoutines.backwardData(
                        geometry, outputGradient: gradient, weight: weight, cache: cache, inputGradient: output)
                }
        }
    }

    @Test(arguments: ConvolutionTests.layers + ConvolutionTests.tiled.prefix(6) + ConvolutionTests.sampled.prefix(20))
    func everyCallHasTheSameBits(_ geometry: ConvolutionGeometry) {
        let weight = random(geometry.weightCount, 2)
        let cache = PackedWeightsCache()
        let expected = results(geometry, weight: weight, cache: nil, calls: 1)[0]
        for result in results(geometry, weight: weight, cache: cache, calls: 3) { #expect(result == expected) }
    }

    @Test func theSecondUseIsKept() {
        for geometry in [ConvolutionTests.geometry(1, 3, 5, side: 4, kernel: 2), ConvolutionTests.tiled[0]] {
            var weight = random(geometry.weightCount, 2)
            weight.withUnsafeMutableBufferPointer { weight in
                guard let start = weight.baseAddress else { return }
                let cache = PackedWeightsCache()
                let first = results(geometry, weight: start, cache: cache, calls: 1)[0]
                // A change that the cache is not told of is seen after one use, and no longer after two.
                start.update(repeating: 1, count: weight.count)
                let second = results(geometry, weight: start, cache: cache, calls: 1)[0]
                #expect(second != first)
                start.update(repeating: 2, count: weight.count)
                #expect(results(geometry, weight: start, cache: cache, calls: 1)[0] == second)
                #expect(results(geometry, weight: start, cache: PackedWeightsCache(), calls: 1)[0] != second)
            }
        }
    }
}
