import Foundation
import Kernels
import Support
import Testing

/// The encoder against its definition, in Double.
@Suite(.serialized) struct PooledEncoderTests {
    struct Sizes: Sendable {
        let count: Int
        /// The channels of both convolutions, and the lengths of the hidden layer and of the result.
        let widths: [Int]
    }

    static let sizes = [
        Sizes(count: 0, widths: [1, 1, 1, 1]), Sizes(count: 1, widths: [1, 1, 1, 1]),
        Sizes(count: 7, widths: [3, 5, 7, 3]), Sizes(count: 33, widths: [8, 17, 16, 12]),
        Sizes(count: 50, widths: [32, 64, 128, 12]),
    ]

    /// The layers' parameters, and the definition of the encoder.
    private struct Layers {
        let widths: [Int]
        let firstWeight: [Float], firstBias: [Float]
        let secondWeight: [Float], secondBias: [Float]
        let third: AffineMap, last: AffineMap

        init(_ widths: [Int]) {
            self.widths = widths
            firstWeight = random(27 * widths[0], 1).map { $0 / 4 }
            firstBias = random(widths[0], 2)
            let scale = 1 / Float(8 * widths[0]).squareRoot()
            secondWeight = random(27 * widths[0] * widths[1], 3).map { $0 * scale }
            secondBias = random(widths[1], 4)
            third = affineMap(widths[1], widths[2], 5)
            last = affineMap(widths[2], widths[3], 7)
        }

        var encoder: PooledEncoder {
            PooledEncoder(
                first: .init(inputs: 1, outputs: widths[0], weight: firstWeight, bias: firstBias),
                second: .init(inputs: widths[0], outputs: widths[1], weight: secondWeight, bias: secondBias),
                third: third, last: last)
        }

        func callAsFunction(_ kernel: [Double]) -> [Double] {
            let first = convolution([kernel], side: 3, firstWeight, firstBias)
            let pooled = first.map { channel in
                (0..<8).map { cell in
                    // Windows of size 2 that begin at -1 and 1.
                    let members = (0..<27).filter { place in
                        zip([place / 9, place / 3 % 3, place % 3], [cell / 4, cell / 2 % 2, cell % 2])
                            .allSatisfy { ($0 + 1) / 2 == $1 }
                    }
                    return elu(members.map { channel[$0] }.max() ?? .nan)
                }
            }
            let second = convolution(pooled, side: 2, secondWeight, secondBias).map { elu($0.max() ?? .nan) }
            return last(third(second).map(elu))
        }

        /// A convolution of size 3 with a padding of 1, of volumes of side^3 numbers.
        private func convolution(_ input: [[Double]], side: Int, _ weight: [Float], _ bias: [Float]) -> [[Double]] {
            let places = (0..<side * side * side).map { [$0 / (side * side), $0 / side % side, $0 % side] }
            return bias.indices.map { output in
                places.map { target in
                    var sum = Double(bias[output])
                    for (channel, values) in input.enumerated() {
                        for (number, source) in places.enumerated() {
                            let tap = zip(source, target).map { $0 - $1 + 1 }
                            guard tap.allSatisfy({ 0...2 ~= $0 }) else { continue }
                            let index = (output * input.count + channel) * 27 + tap[0] * 9 + tap[1] * 3 + tap[2]
                            sum += Double(weight[index]) * values[number]
                        }
                    }
                    return sum
                }
            }
        }
    }

    /// The results, followed by the gradients of the kernels for given gradients of the results.
    private func results(_ sizes: Sizes, _ encoder: PooledEncoder) -> [Float] {
        let kernels = random(27 * sizes.count, 11)
        let gradient = random(sizes.count * encoder.outputs, 12)
        let count = encoder.activationCount(sizes.count)
        let activations = UnsafeMutableRawPointer.allocate(byteCount: max(4 * count, 64), alignment: 64)
        defer { activations.deallocate() }
        let kept = activations.bindMemory(to: Float.self, capacity: count)
        return withOutput(sizes.count * (encoder.outputs + 27)) { output in
            encoder.forward(count: sizes.count, kernels: kernels, activations: kept, result: output)
            encoder.backward(
                count: sizes.count, activations: kept, outputGradient: gradient,
                inputGradient: output + sizes.count * encoder.outputs)
        }
    }

    @Test(arguments: sizes) func valueAndGradientAreThoseOfTheDefinition(_ sizes: Sizes) {
        let layers = Layers(sizes.widths)
        let outputs = sizes.widths[3]
        let result = results(sizes, layers.encoder)
        let kernels = random(27 * sizes.count, 11).map(Double.init)
        let gradient = random(sizes.count * outputs, 12).map(Double.init)
        for row in Set([0, sizes.count / 2, sizes.count - 1]) where 0..<sizes.count ~= row {
            let kernel = Array(kernels[27 * row..<27 * row + 27])
            for (index, expected) in layers(kernel).enumerated() {
                #expect(abs(Double(result[row * outputs + index]) - expected) <= 1e-5 * max(abs(expected), 1))
            }
            for index in [0, 1, 4, 13, 18, 26] {
                func value(_ step: Double) -> Double {
                    var kernel = kernel
                    kernel[index] += step
                    return zip(layers(kernel), gradient[row * outputs..<(row + 1) * outputs])
                        .reduce(0) { $0 + $1.0 * $1.1 }
                }
                let difference = (value(1e-7) - value(-1e-7)) / 2e-7
                let derivative = Double(result[sizes.count * outputs + 27 * row + index])
                #expect(abs(derivative - difference) <= 1e-4 * max(abs(difference), 1))
            }
        }
    }

    @Test(arguments: sizes) func threadsDoNotChangeABit(_ sizes: Sizes) {
        let encoder = Layers(sizes.widths).encoder
        let threads = ThreadPool.shared.threads
        defer { ThreadPool.shared.threads = threads }
        ThreadPool.shared.threads = 1
        let one = results(sizes, encoder)
        ThreadPool.shared.threads = 3
        let areEqual = results(sizes, encoder) == one
        #expect(areEqual)
    }

    @Test func theFirstOfEqualNumbersGetsTheGradientAndNaNWins() {
        // The first channel sees the middle tap alone, everything after it is the identity.
        var weight = [Float](repeating: 0, count: 27)
        weight[13] = 1
        let one = AffineMap(inputs: 1, outputs: 1, weight: [1], bias: [0])
        let encoder = PooledEncoder(
            first: .init(inputs: 1, outputs: 1, weight: weight, bias: [0]),
            second: .init(inputs: 1, outputs: 1, weight: weight, bias: [0]), third: one, last: one)
        func result(_ kernel: [Float]) -> [Float] {
            let kept = UnsafeMutableRawPointer.allocate(byteCount: 4 * encoder.activationCount(1), alignment: 64)
            defer { kept.deallocate() }
            let activations = kept.bindMemory(to: Float.self, capacity: encoder.activationCount(1))
            return withOutput(28) { output in
                encoder.forward(count: 1, kernels: kernel, activations: activations, result: output)
                encoder.backward(count: 1, activations: activations, outputGradient: [2], inputGradient: output + 1)
            }
        }
        // All equal: the first voxel of the first cell. Voxels 25 and 26 are in the last cell.
        #expect(result([Float](repeating: 3, count: 27)) == [3, 2] + [Float](repeating: 0, count: 26))
        var kernel = [Float](repeating: 1, count: 27)
        (kernel[25], kernel[26]) = (5, 5)
        var expected = [Float](repeating: 0, count: 28)
        (expected[0], expected[26]) = (5, 2)
        #expect(result(kernel) == expected)
        kernel[20] = .nan
        #expect(result(kernel)[0].isNaN)
    }
}
