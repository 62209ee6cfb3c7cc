import Kernels
import Support
import Tensors

extension GradientTests {
    static func convolutions(_ operation: Operation) -> [GradientCase] {
        switch operation {
        case .convolution:
            [
                GradientCase([[2, 3, 4, 5, 3], [4, 3, 3, 3, 3], [4]]) {
                    try $0[0].convolution(weight: $0[1], bias: $0[2], padding: [1])
                },
                GradientCase([[1, 2, 5, 4, 6], [3, 2, 3, 3, 3]]) {
                    try $0[0].convolution(weight: $0[1], stride: [2], padding: [1])
                },
                GradientCase([[2, 5, 6], [3, 2, 2, 3]]) {
                    try $0[0].unsqueezed(1).convolution(weight: $0[1], stride: [1, 2], padding: [0, 1])
                },
                GradientCase([[2, 17, 2, 3, 2], [2, 17, 1, 1, 1]]) { try $0[0].convolution(weight: $0[1]) },
                GradientCase([[2, 2, 4, 5], [3, 2, 3, 3]], .distinct, step: 0x1p-6) {
                    try $0[0].convolution(
                        weight: $0[1].scaled(by: 0.1), padding: [1], normalisedBy: InstanceStatistics($0[0]))
                },
            ]
        case .transposedConvolution:
            [
                GradientCase([[2, 3, 2, 3, 2], [3, 2, 3, 3, 3], [2]]) {
                    try $0[0].transposedConvolution(weight: $0[1], bias: $0[2])
                },
                GradientCase([[1, 2, 3, 4], [2, 3, 3, 2]]) {
                    try $0[0].transposedConvolution(
                        weight: $0[1], stride: [2, 3], padding: [1, 0], outputPadding: [1, 2])
                },
            ]
        case .bayesianConvolution:
            [
                GradientCase([[2, 2, 3, 4, 3], [3, 2, 3, 3, 3], [3, 2, 3, 3, 3], [3]]) {
                    let noise = try Tensor.randn([2, 3, 3, 4, 3], generator: RandomGenerator(seed: 5))
                    return try $0[0].bayesianConvolution(
                        mean: $0[1], logVariance: $0[2], bias: $0[3], padding: [1], noise: noise)
                },
                GradientCase([[1, 3, 5, 4], [2, 3, 3, 2], [2, 3, 3, 2]]) {
                    try $0[0].bayesianConvolution(
                        mean: $0[1], logVariance: $0[2], stride: [2, 1], generator: RandomGenerator(seed: 6))
                },
                GradientCase([[1, 3, 5, 4], [2, 3, 3, 3], [2, 3, 3, 3]], .distinct, step: 0x1p-5) {
                    try $0[0].bayesianConvolution(
                        mean: $0[1].scaled(by: 0.1), logVariance: $0[2].scaled(by: 0.1), padding: [1],
                        generator: RandomGenerator(seed: 7), normalisedBy: InstanceStatistics($0[0]))
                },
            ]
        default: []
        }
    }

    static func spatial(_ operation: Operation) -> [GradientCase] {
        switch operation {
        case .instanceNorm:
            [
                GradientCase([[2, 3, 2, 3, 4]]) { try $0[0].instanceNorm() },
                GradientCase([[2, 17, 6]]) { try $0[0].instanceNorm(epsilon: 0.1) },
                GradientCase([[1, 2, 4, 5]], .distinct, step: 0x1p-6) { try $0[0].instanceNorm(relu: true) },
            ]
        case .maxPool:
            [
                GradientCase([[2, 2, 4, 4]], .distinct) { try $0[0].maxPool(kernelSize: [2]) },
                GradientCase([[2, 3, 3, 4, 5]], .distinct) {
                    try $0[0].maxPool(kernelSize: [3, 2, 3], stride: [1, 2, 2], padding: [1, 0, 1])
                },
            ]
        case .upsample:
            [true, false].flatMap { alignCorners in
                [
                    GradientCase([[2, 3, 2, 3, 2]]) { try $0[0].upsampled(scale: 2, alignCorners: alignCorners) },
                    GradientCase([[1, 2, 3, 1], [1, 2, 9, 3]]) {
                        try $0[0].upsampled(scale: 3, alignCorners: alignCorners, adding: $0[1])
                    },
                ]
            }
        default: []
        }
    }

    /// Four places, whose mean and log-variance come from 3 features by way of 5 and 4 numbers.
    private static let placewiseDecoder: PlacewiseDecoder = {
        let generator = RandomGenerator(seed: 9)
        func map(_ inputs: Int, _ outputs: Int) -> AffineMap {
            func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in generator.uniform() - 0.5 } }
            return AffineMap(
                inputs: inputs, outputs: outputs, weight: numbers(inputs * outputs), bias: numbers(outputs))
        }
        return PlacewiseDecoder(first: (0..<4).map { _ in map(3, 5) }, rest: [map(5, 4), map(4, 2)])
    }()

    static func losses(_ operation: Operation) -> [GradientCase] {
        let volume = [2, 3, 2, 2, 3]
        func labels(_ shape: [Int], _ classes: Int) throws -> Tensor {
            let generator = RandomGenerator(seed: 8)
            return try Tensor((0..<shape.reduce(1, *)).map { _ in Float(generator.below(classes)) }, shape: shape)
        }
        return switch operation {
        case .crossEntropy:
            Reduction.allCases.flatMap { reduction in
                [
                    GradientCase([volume]) {
                        try $0[0].crossEntropy(labels: labels([2, 2, 2, 3], 3), reduction: reduction)
                    },
                    GradientCase([[5, 4]]) { try $0[0].crossEntropy(labels: labels([5], 4), reduction: reduction) },
                ]
            }
        case .placewiseLikelihood:
            [
                GradientCase([[4, 3], [4, 2, 2]], step: 0x1p-6) {
                    try $0[0].negativeLogLikelihood(of: $0[1], decoder: placewiseDecoder)
                }
            ]
        case .diceLoss:
            [
                GradientCase([volume]) { try $0[0].diceLoss(labels: labels([2, 2, 2, 3], 3)) },
                GradientCase([[2, 2, 20]]) { try $0[0].diceLoss(labels: labels([2, 20], 2), epsilon: 1) },
            ]
        default: []
        }
    }
}
