import Kernels
import Support
import Testing

/// Convolutions and their gradients against their definition.
@Suite(.serialized) struct ConvolutionTests {
    /// Random geometries, which meet every path and its borders.
    static let sampled: [ConvolutionGeometry] = (0..<160).map { number in
        let random = RandomGenerator(seed: UInt64(number))
        func any(_ choices: [Int]) -> Int { choices[random.below(choices.count)] }
        let kernels = [1, 2, 3, 3, 3, 5, 7]
        let isFlat = random.below(4) == 0
        let isCube = random.below(2) == 0
        func size(_ choices: [Int], flat: Int) -> Size3 {
            let first = any(choices)
            return Size3(isFlat ? flat : first, isCube ? first : any(choices), isCube ? first : any(choices))
        }
        let sizes = number % 3 == 0 ? [1, 2, 3, 4] : number % 3 == 1 ? [5, 6, 7, 8, 9, 10] : [1, 9, 15, 16, 17]
        var geometry = ConvolutionGeometry(
            batch: any(number % 3 == 0 ? [1, 7, 33, 64] : [1, 1, 2, 3]),
            inputChannels: any([1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 32, 33]),
            outputChannels: any([1, 2, 3, 6, 10, 15, 16, 17, 31, 32, 33, 48]), inputSize: size(sizes, flat: 1),
            kernelSize: size(kernels, flat: 1), stride: size([1, 1, 1, 2, 3], flat: 1),
            padding: size([0, 1, 1, 2, 3], flat: 0))
        func fits(_ path: WritableKeyPath<Size3, Int>) {
            let room = geometry.inputSize[keyPath: path] + 2 * geometry.padding[keyPath: path]
            geometry.kernelSize[keyPath: path] = min(geometry.kernelSize[keyPath: path], room)
        }
        fits(\.depth)
        fits(\.height)
        fits(\.width)
        // The definition is slow: large products get fewer channels.
        while geometry.outputCount * geometry.inputChannels * geometry.kernelSize.volume > 2_000_000 {
            geometry.inputChannels = (geometry.inputChannels + 1) / 2
            geometry.outputChannels = (geometry.outputChannels + 1) / 2
            if geometry.inputChannels == 1, geometry.outputChannels == 1 { geometry.batch = 1 }
        }
        return geometry
    }

    /// The layers of the networks, where they are small enough for the definition.
    static let layers: [ConvolutionGeometry] = [
        geometry(1, 16, 16, side: 16, kernel: 3, padding: 1), geometry(1, 1, 16, side: 16, kernel: 3, padding: 1),
        geometry(1, 16, 32, side: 16, kernel: 3, stride: 2, padding: 1),
        geometry(1, 64, 64, side: 6, kernel: 3, padding: 1), geometry(2, 16, 2, side: 16, kernel: 1),
        geometry(1, 16, 32, side: 16, kernel: 1, stride: 2), geometry(50, 1, 32, side: 3, kernel: 3, padding: 1),
        geometry(50, 32, 64, side: 2, kernel: 3, padding: 1), geometry(50, 6, 128, side: 1, kernel: 3, padding: 1),
        geometry(20, 64, 32, side: 3, kernel: 3), geometry(50, 32, 1, side: 3, kernel: 1),
        geometry(1, 128, 128, side: 3, kernel: 3, padding: 1), geometry(130, 32, 48, side: 2, kernel: 3, padding: 1),
        geometry(101, 33, 17, side: 3, kernel: 3), geometry(97, 17, 33, side: 3, kernel: 3),
        geometry(0, 3, 4, side: 3, kernel: 3, padding: 1),
    ]

    /// Kernels of 3x3x3 with whole vectors of channels, at sizes that leave tiles incomplete in every direction.
    static let tiled: [ConvolutionGeometry] = (0..<60).map { number in
        let random = RandomGenerator(seed: UInt64(number))
        func any(_ choices: [Int]) -> Int { choices[random.below(choices.count)] }
        let sizes = number % 3 == 0 ? [3, 4, 5, 6] : number % 3 == 1 ? [7, 8, 9, 10] : [5, 15, 16, 17, 31, 33]
        var geometry = ConvolutionGeometry(
            batch: any([1, 1, 2]), inputChannels: any([16, 32, 48, 64]), outputChannels: any([16, 32, 48, 80]),
            inputSize: Size3(any(sizes), any(sizes), any(sizes)), kernelSize: Size3(3),
            padding: Size3(any([0, 1, 1, 2]), any([0, 1, 2]), any([0, 1, 1, 2])))
        while geometry.outputCount * geometry.inputChannels * 27 > 12_000_000, geometry.inputSize.volume > 27 {
            geometry.inputSize = geometry.inputSize.map { max(3, $0 - 2) }
        }
        return geometry
    }

    /// All of the geometries.
    static let all = sampled + layers + tiled

    static func geometry(
        _ batch: Int, _ input: Int, _ output: Int, side: Int, kernel: Int, stride: Int = 1, padding: Int = 0
    ) -> ConvolutionGeometry {
        ConvolutionGeometry(
            batch: batch, inputChannels: input, outputChannels: output, inputSize: Size3(side),
            kernelSize: Size3(kernel), stride: Size3(stride), padding: Size3(padding))
    }

    @Test(arguments: all)
    func forwardIsTheDefinition(_ geometry: ConvolutionGeometry) {
        let (input, weight, bias) = (
            random(geometry.inputCount, 1), random(geometry.weightCount, 2), random(geometry.outputChannels, 3)
        )
        for bias in [nil, bias] {
            let result = withOutput(geometry.outputCount) { output in
                ConvolutionRoutines.forward(geometry, input: input, weight: weight, bias: bias, output: output)
            }
            expectClose(result, ReferenceConvolution.forward(geometry, input: input, weight: weight, bias: bias))
        }
    }

    @Test(arguments: all)
    func backwardDataIsTheDefinition(_ geometry: ConvolutionGeometry) {
        let (gradient, weight, bias) = (
            random(geometry.outputCount, 1), random(geometry.weightCount, 2), random(geometry.inputChannels, 3)
        )
        for bias in [nil, bias] {
            let result = withOutput(geometry.inputCount) { output in
                ConvolutionRoutines.backwardData(
                    geometry, outputGradient: gradient, weight: weight, bias: bias, inputGradient: output)
            }
            expectClose(
                result,
                ReferenceConvolution.backwardData(geometry, outputGradient: gradient, weight: weight, bias: bias))
        }
    }

    /// Weight gradients large enough for Winograd's way, with groups of tiles that are not whole.
    static let large: [ConvolutionGeometry] = [
        (1, 16, 48, Size3(11, 13, 12)), (2, 32, 16, Size3(7, 10, 33)), (1, 80, 64, Size3(5, 6, 7)),
        (1, 16, 16, Size3(9, 9, 41)), (3, 64, 32, Size3(6, 7, 5)),
    ].map { batch, input, output, size in
        ConvolutionGeometry(
            batch: batch, inputChannels: input, outputChannels: output, inputSize: size, kernelSize: Size3(3),
            padding: Size3(1))
    }

    @Test(arguments: all + large)
    func backwardWeightIsTheDefinition(_ geometry: ConvolutionGeometry) {
        let (input, gradient) = (random(geometry.inputCount, 1), random(geometry.outputCount, 2))
        let result = withOutput(geometry.weightCount) { output in
            ConvolutionRoutines.backwardWeight(geometry, input: input, outputGradient: gradient, weightGradient: output)
        }
        expectClose(result, ReferenceConvolution.backwardWeight(geometry, input: input, outputGradient: gradient))
    }

    @Test(arguments: layers + sampled.prefix(30) + tiled.prefix(20))
    func transformedInputIsTheInputOfTheTransform(_ geometry: ConvolutionGeometry) {
        let input = random(geometry.inputCount, 1)
        expectSame(geometry, input, .identity.squared, input.map { $0 * $0 })
        withRectified(geometry, input) { transform, rectified in
            expectSame(geometry, input, transform, rectified)
            expectSame(geometry, input, transform.squared, rectified.map { $0 * $0 })
        }
    }

    /// Calls `body` with a normalisation with ReLU, and its result for `input`.
    private func withRectified(
        _ geometry: ConvolutionGeometry, _ input: [Float], _ body: (InputTransform, [Float]) -> Void
    ) {
        let (means, factors) = (
            random(geometry.batch * geometry.inputChannels, 4), random(geometry.batch * geometry.inputChannels, 5)
        )
        let rectified = input.indices.map { place in
            let volume = place / (geometry.inputSize.volume * geometry.inputChannels)
            let row = volume * geometry.inputChannels + place % geometry.inputChannels
            return max(0, (input[place] - means[row]) * factors[row])
        }
        means.withUnsafeBufferPointer { means in
            factors.withUnsafeBufferPointer { factors in
                guard let means = means.baseAddress, let factors = factors.baseAddress else { return }
                body(.rectified(means: means, inverseDeviations: factors), rectified)
            }
        }
    }

    /// Expects that convolving the transformed input is convolving `transformed`.
    private func expectSame(
        _ geometry: ConvolutionGeometry, _ input: [Float], _ transform: InputTransform, _ transformed: [Float]
    ) {
        let (weight, gradient) = (random(geometry.weightCount, 2), random(geometry.outputCount, 3))
        let output = withOutput(geometry.outputCount) { output in
            ConvolutionRoutines.forward(geometry, input: input, transform: transform, weight: weight, output: output)
        }
        expectClose(output, ReferenceConvolution.forward(geometry, input: transformed, weight: weight))
        let weightGradient = withOutput(geometry.weightCount) { output in
            ConvolutionRoutines.backwardWeight(
                geometry, input: input, transform: transform, outputGradient: gradient, weightGradient: output)
        }
        expectClose(
            weightGradient, ReferenceConvolution.backwardWeight(geometry, input: transformed, outputGradient: gradient))
    }

    @Test(arguments: layers + sampled.prefix(40) + tiled.prefix(20))
    func momentsAreTwoConvolutions(_ geometry: ConvolutionGeometry) {
        let input = random(geometry.inputCount, 1)
        expectMoments(geometry, input, .identity, input)
        withRectified(geometry, input) { expectMoments(geometry, input, $0, $1) }
    }

    /// Expects that the moments of the transformed input, and their gradients, are those of `transformed`.
    private func expectMoments(
        _ geometry: ConvolutionGeometry, _ input: [Float], _ transform: InputTransform, _ transformed: [Float]
    ) {
        let (mean, variance) = (random(geometry.weightCount, 2), random(geometry.weightCount, 3))
        let outputs = withOutput(2 * geometry.outputCount) { output in
            ConvolutionRoutines.forwardMoments(
                geometry, input: input, transform: transform, weightMean: mean, weightVariance: variance, mean: output,
                variance: output + geometry.outputCount)
        }
        let squares = transformed.map { $0 * $0 }
        expectClose(
            Array(outputs.prefix(geometry.outputCount)),
            ReferenceConvolution.forward(geometry, input: transformed, weight: mean))
        expectClose(
            Array(outputs.suffix(geometry.outputCount)),
            ReferenceConvolution.forward(geometry, input: squares, weight: variance))
        let gradients = (random(geometry.outputCount, 4), random(geometry.outputCount, 5))
        let gradient = withOutput(geometry.inputCount) { output in
            ConvolutionRoutines.backwardMoments(
                geometry, input: input, transform: transform, meanGradient: gradients.0, varianceGradient: gradients.1,
                weightMean: mean, weightVariance: variance, inputGradient: output)
        }
        let terms = (
            ReferenceConvolution.backwardData(geometry, outputGradient: gradients.0, weight: mean),
            ReferenceConvolution.backwardData(geometry, outputGradient: gradients.1, weight: variance)
        )
        expectClose(gradient, input.indices.map { terms.0[$0] + 2 * Double(transformed[$0]) * terms.1[$0] })
    }

    @Test(arguments: layers + sampled.prefix(60) + tiled.prefix(20) + large)
    func threadsDoNotChangeABit(_ geometry: ConvolutionGeometry) {
        let (input, weight, gradient) = (
            random(geometry.inputCount, 1), random(geometry.weightCount, 2), random(geometry.outputCount, 3)
        )
        let threads = ThreadPool.shared.threads
        defer { ThreadPool.shared.threads = threads }
        let results = [1, 2, 3].map { threads in
            ThreadPool.shared.threads = threads
            return withOutput(geometry.outputCount) { output in
                ConvolutionRoutines.forward(geometry, input: input, weight: weight, output: output)
            }
                + withOutput(geometry.inputCount) { output in
                    ConvolutionRoutines.backwardData(
                        geometry, outputGradient: gradient, weight: weight, inputGradient: output)
                }
                + withOutput(geometry.weightCount) { output in
                    ConvolutionRoutines.backwardWeight(
                        geometry, input: input, outputGradient: gradient, weightGradient: output)
                }
        }
        #expect(results[0] == results[1])
        #expect(results[0] == results[2])
    }

    @Test func rectifyingKeepsNaN() {
        let geometry = Self.geometry(1, 17, 1, side: 1, kernel: 1)
        for channel in [0, 16] {
            var input = [Float](repeating: 1, count: 17)
            input[channel] = .nan
            let (means, factors) = ([Float](repeating: 0, count: 17), [Float](repeating: 1, count: 17))
            let output = means.withUnsafeBufferPointer { means in
                factors.withUnsafeBufferPointer { factors in
                    withOutput(1) { output in
                        guard let means = means.baseAddress, let factors = factors.baseAddress else { return }
                        output[0] = 0
                        ConvolutionRoutines.forward(
                            geometry, input: input,
                            transform: .rectified(means: means, inverseDeviations: factors),
                            weight: input.map { _ in 1 }, output: output)
                    }
                }
            }
            #expect(output[0].isNaN)
        }
    }

    /// Expects an error below 1e-5 of the largest value.
    private func expectClose(_ values: [Float], _ expected: [Double]) {
        #expect(values.count == expected.count)
        let scale = expected.reduce(1e-6) { max($0, abs($1)) }
        let worst = zip(values, expected).reduce(0.0) { worst, pair in
            let error = abs(Double(pair.0) - pair.1)
            return max(worst, error.isNaN ? .infinity : error)
        }
        #expect(worst <= 1e-5 * scale)
    }
}
