import Foundation
import Support
import Tensors
import TestSupport
import Testing

@Suite struct OperationsSpatialTests {
    @Test(arguments: [[2, 1, 7], [1, 3, 4, 5], [2, 17, 3, 4, 2], [1, 33, 1, 70, 31], [2, 16, 1, 1, 1]])
    func instanceNorm(_ shape: [Int]) throws {
        let base = try Tensor.randn(shape, generator: RandomGenerator(seed: 6)).scaled(by: 3).offset(by: 100)
        let reader = Naive.Reader(base)
        let spatial = Naive.indices(of: Array(shape[2...]))
        var statistics: [[Int]: (mean: Double, deviation: Double)] = [:]
        for head in Naive.indices(of: Array(shape[..<2])) {
            let all = spatial.map { reader[head + $0] ?? .nan }
            let mean = all.reduce(0, +) / Double(all.count)
            let variance = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count)
            statistics[head] = (mean, (variance + 1e-5).squareRoot())
        }
        let expected = try Naive.tensor(shape) { index in
            guard let (mean, deviation) = statistics[Array(index[..<2])] else { return .nan }
            return ((reader[index] ?? .nan) - mean) / deviation
        }
        for x in try layouts(of: base) {
            let plain = try x.instanceNorm()
            // The inputs near 100 are themselves rounded to 4e-6, a deviation of 3 takes that to 1e-6.
            try expectClose(plain, expected, "instance_norm")
            #expect(try x.instanceNorm(relu: true).values == plain.relu().values)
        }
    }

    /// Rows of awkward lengths, many and few, against sums in Double; and those of weight and bias, whatever the input
    /// needs.
    @Test(arguments: [[1, 1], [3, 15], [2, 16], [700, 17], [65, 33], [2, 5000], [0, 4]])
    func layerNorm(_ shape: [Int]) throws {
        let (rows, features) = (shape[0], shape[1])
        let generator = RandomGenerator(seed: 7)
        let x = try Tensor.randn(shape, generator: generator).scaled(by: 3).offset(by: 50)
        let (weight, bias) = (
            try Tensor.randn([features], generator: generator).requireGradient(),
            try Tensor.randn([features], generator: generator).requireGradient()
        )
        let gradient = try Tensor.randn(shape, generator: generator)
        var (expected, weightSums, biasSums) = (
            [Float](), [Double](repeating: 0, count: features), [Double](repeating: 0, count: features)
        )
        for row in 0..<rows {
            let values = x.values[row * features..<(row + 1) * features].map(Double.init)
            let mean = values.reduce(0, +) / Double(features)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(features)
            for i in 0..<features {
                let z = (values[i] - mean) / (variance + 1e-5).squareRoot()
                expected.append(Float(z * Double(weight.values[i]) + Double(bias.values[i])))
                weightSums[i] += z * Double(gradient.values[row * features + i])
                biasSums[i] += Double(gradient.values[row * features + i])
            }
        }
        let y = try x.layerNorm([features], weight: weight, bias: bias)
        try expectClose(y, Tensor(expected, shape: shape), "layer_norm")
        try y.backward(gradient: gradient)
        let sums = try (
            weight: Tensor(weightSums.map(Float.init), shape: [features]),
            bias: Tensor(biasSums.map(Float.init), shape: [features])
        )
        try expectClose(#require(weight.gradient), sums.weight, "gradient of the weight")
        try expectClose(#require(bias.gradient), sums.bias, "gradient of the bias")
    }

    @Test func instanceNormOfAwkwardVolumes() throws {
        // A constant volume has no variance, and an outlier does not drown the others.
        #expect(try Tensor.full([1, 2, 9], 7).instanceNorm().values.allSatisfy { $0 == 0 })
        var values = [Float](repeating: 0, count: 40_000)
        for i in values.indices { values[i] = i % 2 == 0 ? 1 : -1 }
        values[0] = 1e4
        let normalised = try Tensor(values, shape: [1, 1, 40_000]).instanceNorm().values
        let mean = values.reduce(0.0) { $0 + Double($1) } / 40_000
        let square = values.reduce(0.0) { $0 + Double($1) * Double($1) } / 40_000
        let deviation = (square - mean * mean + 1e-5).squareRoot()
        #expect(abs(Double(normalised[2]) - (1 - mean) / deviation) < 1e-6)
        #expect(
            try Tensor([.nan, 1, 2, 3], shape: [1, 2, 2]).instanceNorm(relu: true).values.prefix(2).allSatisfy(\.isNaN))
    }

    @Test(arguments: [
        (input: [2, 3, 5, 6], kernel: [2], stride: [2], padding: [0]),
        (input: [1, 17, 7, 5], kernel: [3, 2], stride: [1, 2], padding: [1, 0]),
        (input: [3, 1, 3, 3, 3], kernel: [2], stride: [2], padding: [1]),
        (input: [1, 33, 4, 3, 6], kernel: [3, 1, 5], stride: [2, 1, 3], padding: [1, 0, 2]),
    ])
    func maxPool(_ sizes: (input: [Int], kernel: [Int], stride: [Int], padding: [Int])) throws {
        let base = try Tensor.randn(sizes.input, generator: RandomGenerator(seed: 7)).offset(by: -3)
        let reader = Naive.Reader(base)
        func all(_ option: [Int]) -> [Int] {
            option.count == 1 ? [Int](repeating: option[0], count: sizes.input.count - 2) : option
        }
        let (kernel, stride, padding) = (all(sizes.kernel), all(sizes.stride), all(sizes.padding))
        let spatial = kernel.indices.map { dim -> Int in
            (sizes.input[dim + 2] + 2 * padding[dim] - kernel[dim]) / stride[dim] + 1
        }
        let expected = try Naive.tensor(Array(sizes.input[..<2]) + spatial) { index in
            Naive.indices(of: kernel).reduce(-.infinity) { best, tap in
                let place = kernel.indices.map { index[$0 + 2] * stride[$0] - padding[$0] + tap[$0] }
                return max(best, reader[Array(index[..<2]) + place] ?? -.infinity)
            }
        }
        for x in try layouts(of: base) {
            let pooled = try x.maxPool(kernelSize: sizes.kernel, stride: sizes.stride, padding: sizes.padding)
            #expect(pooled.shape == expected.shape && pooled.values == expected.values)
        }
    }

    @Test func maxPoolOfEqualElementsAndNaN() throws {
        let x = try Tensor([1, 1, 1, 1, .nan, 2, 3, 4], shape: [1, 2, 2, 2]).requireGradient()
        let pooled = try x.maxPool(kernelSize: [2])
        #expect(pooled.values[0] == 1 && pooled.values[1].isNaN)
        try pooled.backward(gradient: Tensor([2, 3], shape: [1, 2, 1, 1]))
        #expect(x.gradient?.values == [2, 0, 0, 0, 3, 0, 0, 0])
    }

    @Test(arguments: [[2, 3, 4, 3], [1, 17, 1, 5], [2, 1, 2, 3, 4], [1, 33, 3, 1, 2]], [1, 2, 3])
    func upsampling(_ shape: [Int], _ scale: Int) throws {
        let base = try Tensor.randn(shape, generator: RandomGenerator(seed: 8))
        let reader = Naive.Reader(base)
        let target = Array(shape[..<2]) + shape[2...].map { $0 * scale }
        for alignCorners in [true, false] {
            let expected = try Naive.tensor(target) { index in
                let positions = (2..<shape.count).map { dim -> Double in
                    if alignCorners {
                        return target[dim] == 1
                            ? 0 : Double(index[dim] * (shape[dim] - 1)) / Double(target[dim] - 1)
                    }
                    let position = (Double(index[dim]) + 0.5) / Double(scale) - 0.5
                    return min(max(0, position), Double(shape[dim] - 1))
                }
                return Naive.indices(of: positions.map { _ in 2 }).reduce(0) { sum, corner in
                    var weight = 1.0
                    var place = Array(index[..<2])
                    for (dim, position) in positions.enumerated() {
                        let fraction = position - position.rounded(.down)
                        weight *= corner[dim] == 0 ? 1 - fraction : fraction
                        place.append(min(Int(position) + corner[dim], shape[dim + 2] - 1))
                    }
                    return sum + weight * (reader[place] ?? .nan)
                }
            }
            let skip = try Tensor.randn(target, generator: RandomGenerator(seed: 9))
            for x in try layouts(of: base) {
                let plain = try x.upsampled(scale: scale, alignCorners: alignCorners)
                try expectClose(plain, expected, "upsample")
                for added in try layouts(of: skip) {
                    let sum = try x.upsampled(scale: scale, alignCorners: alignCorners, adding: added)
                    #expect(try sum.values == (plain + skip).values)
                }
            }
        }
    }
}
