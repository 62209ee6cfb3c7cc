import Foundation
import Kernels
import Support
import Testing

/// The likelihood of a factorised decoder against its definition, in Double.
@Suite(.serialized) struct FactorisedDecoderTests {
    struct Sizes: Sendable {
        let count: Int
        let elements: Int
        /// The length of a code, and of the result of each map but the last.
        let widths: [Int]
    }

    static let sizes = [
        Sizes(count: 1, elements: 1, widths: [1, 1, 1]), Sizes(count: 0, elements: 3, widths: [2, 4, 5]),
        Sizes(count: 5, elements: 3, widths: [3, 7, 17, 3]), Sizes(count: 97, elements: 4, widths: [8, 16, 16, 32]),
        Sizes(count: 200, elements: 27, widths: [5, 33, 31, 15]),
        Sizes(count: 50, elements: 27, widths: [6, 128, 128, 64, 32]),
    ]

    private struct Maps {
        let features: AffineMap
        let first: [AffineMap]
        let rest: [AffineMap]

        let minimumVariance: Float

        var decoder: FactorisedDecoder {
            FactorisedDecoder(features: features, first: first, rest: rest, minimumVariance: minimumVariance)
        }
    }

    private func maps(_ sizes: Sizes, minimumVariance: Float = 0) -> Maps {
        let widths = sizes.widths
        return Maps(
            features: affineMap(widths[0], widths[1], 10),
            first: (0..<sizes.elements).map { affineMap(widths[1], widths[2], 20 + 2 * UInt64($0)) },
            rest: zip(widths.dropFirst(2), widths.dropFirst(3) + [2]).map { affineMap($0, $1, 100 + UInt64($0)) },
            minimumVariance: minimumVariance)
    }

    /// The value of one row.
    private func value(_ code: [Double], _ kernel: [Double], _ maps: Maps) -> Double {
        let features = maps.features(code).map(elu)
        var sum = 0.0
        for (element, first) in maps.first.enumerated() {
            var values = first(features)
            for map in maps.rest { values = map(values.map(elu)) }
            let difference = kernel[element] - values[0]
            let variance = exp(values[1]) + Double(maps.minimumVariance)
            sum += (log(2 * Double.pi * variance) + difference * difference / variance) / 2
        }
        return sum
    }

    /// The result, followed by the gradients.
    private func results(_ sizes: Sizes, _ decoder: FactorisedDecoder, gradients: Bool = true) -> [Float] {
        let (codes, kernels) = (random(sizes.count * sizes.widths[0], 1), random(sizes.count * sizes.elements, 2))
        return withOutput(sizes.count * (1 + sizes.widths[0] + sizes.elements)) { output in
            decoder.negativeLogLikelihood(
                count: sizes.count, codes: codes, kernels: kernels, result: output,
                gradients: gradients
                    ? .init(
                        codes: output + sizes.count, kernels: output + sizes.count * (1 + sizes.widths[0])) : nil)
        }
    }

    @Test(arguments: sizes, [0, 0.05, 2] as [Float])
    func valueAndGradientsAreThoseOfTheDefinition(_ sizes: Sizes, minimumVariance: Float) {
        let maps = maps(sizes, minimumVariance: minimumVariance)
        let result = results(sizes, maps.decoder)
        let codes = random(sizes.count * sizes.widths[0], 1).map(Double.init)
        let kernels = random(sizes.count * sizes.elements, 2).map(Double.init)
        for row in [0, sizes.count / 2, sizes.count - 1] where 0..<sizes.count ~= row {
            let own = Array(codes[row * sizes.widths[0]..<(row + 1) * sizes.widths[0]])
            let kernel = Array(kernels[row * sizes.elements..<(row + 1) * sizes.elements])
            let expected = value(own, kernel, maps)
            #expect(abs(Double(result[row]) - expected) <= 1e-5 * max(abs(expected), 1))
            func expectDerivative(_ index: Int, _ shifted: (Double) -> Double) {
                let difference = (shifted(1e-6) - shifted(-1e-6)) / 2e-6
                #expect(abs(Double(result[index]) - difference) <= 1e-4 * max(abs(difference), 1))
            }
            for index in Set([0, own.count / 2, own.count - 1]) {
                expectDerivative(sizes.count + row * own.count + index) { step in
                    var own = own
                    own[index] += step
                    return value(own, kernel, maps)
                }
            }
            for index in Set([0, kernel.count - 1]) {
                expectDerivative(sizes.count * (1 + own.count) + row * kernel.count + index) { step in
                    var kernel = kernel
                    kernel[index] += step
                    return value(own, kernel, maps)
                }
            }
        }
    }

    @Test(arguments: sizes) func threadsAndGradientsDoNotChangeABit(_ sizes: Sizes) {
        let maps = maps(sizes)
        let decoder = maps.decoder
        let threads = ThreadPool.shared.threads
        defer { ThreadPool.shared.threads = threads }
        ThreadPool.shared.threads = 1
        let one = results(sizes, decoder)
        ThreadPool.shared.threads = 3
        #expect(results(sizes, decoder) == one)
        #expect(results(sizes, decoder, gradients: false).prefix(sizes.count) == one.prefix(sizes.count))
    }
}
