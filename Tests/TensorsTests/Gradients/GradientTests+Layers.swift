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
                GradientCase([[2, 3, 7], [4, 3, 3], [4]]) {
                    try $0[0].convolution(weight: $0[1], bias: $0[2], stride: [2], padding: [1])
                },
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
                GradientCase([[2, 3, 4], [3, 2, 3]]) {
                    try $0[0].transposedConvolution(weight: $0[1], stride: [2], outputPadding: [1])
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

    static func normalisations(_ operation: Operation) -> [GradientCase] {
        switch operation {
        case .instanceNorm:
            [
                GradientCase([[2, 3, 2, 3, 4]]) { try $0[0].instanceNorm() },
                GradientCase([[2, 17, 6]]) { try $0[0].instanceNorm(epsilon: 0.1) },
                GradientCase([[1, 2, 4, 5]], .distinct, step: 0x1p-6) { try $0[0].instanceNorm(relu: true) },
            ]
        case .groupNorm:
            [
                GradientCase([[2, 6, 2, 3], [6], [6]]) { try $0[0].groupNorm(3, weight: $0[1], bias: $0[2]) },
                GradientCase([[2, 34, 3]]) { try $0[0].groupNorm(2, epsilon: 0.1) },
                GradientCase([[3, 8]]) { try $0[0].groupNorm(2) },
            ]
        case .layerNorm:
            [
                GradientCase([[3, 2, 5], [5], [5]]) { try $0[0].layerNorm([5], weight: $0[1], bias: $0[2]) },
                GradientCase([[2, 17, 3], [17, 3]]) { try $0[0].layerNorm([17, 3], weight: $0[1], epsilon: 0.1) },
            ]
        case .batchNorm:
            [
                GradientCase([[3, 2, 3, 4], [2], [2]], expands: false) {
                    try $0[0].batchNorm(weight: $0[1], bias: $0[2], isTraining: true)
                },
                GradientCase([[5, 17]], expands: false) { try $0[0].batchNorm(isTraining: true, epsilon: 0.1) },
            ]
        default: []
        }
    }

    static func spatial(_ operation: Operation) -> [GradientCase] {
        switch operation {
        case .averagePool:
            [
                GradientCase([[2, 2, 4, 4]]) { try $0[0].averagePool(kernelSize: [2]) },
                GradientCase([[2, 3, 3, 4, 5]]) {
                    try $0[0].averagePool(
                        kernelSize: [3, 2, 3], stride: [1, 2, 2], padding: [1, 0, 1], ceilMode: true,
                        countIncludePad: false)
                },
                GradientCase([[1, 17, 5, 3]]) {
                    try $0[0].averagePool(kernelSize: [2], stride: [3], divisorOverride: 3)
                },
                GradientCase([[2, 2, 5, 3, 4]]) { try $0[0].adaptiveAveragePool(outputSize: [3, 4, 2]) },
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

    private static func numbers(_ count: Int, _ seed: UInt64) -> [Float] {
        let generator = RandomGenerator(seed: seed)
        return (0..<count).map { _ in generator.uniform() - 0.5 }
    }

    private static func map(_ inputs: Int, _ outputs: Int, _ seed: UInt64) -> AffineMap {
        AffineMap(
            inputs: inputs, outputs: outputs, weight: numbers(inputs * outputs, seed), bias: numbers(outputs, seed + 1))
    }

    /// Four elements, whose mean and log-variance come from a code of 2 numbers by way of 3, 5 and 4.
    private static let factorisedDecoder = FactorisedDecoder(
        features: map(2, 3, 10), first: (0..<4).map { map(3, 5, 20 + 2 * $0) }, rest: [map(5, 4, 30), map(4, 2, 32)])

    /// 3 and 5 channels, 7 hidden numbers, 4 that come out.
    private static let pooledEncoder = PooledEncoder(
        first: .init(inputs: 1, outputs: 3, weight: numbers(81, 40), bias: numbers(3, 41)),
        second: .init(inputs: 3, outputs: 5, weight: numbers(405, 42), bias: numbers(5, 43)), third: map(5, 7, 44),
        last: map(7, 4, 46))

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
        case .factorisedLikelihood:
            [
                GradientCase([[4, 2], [4, 2, 2]], step: 0x1p-6) {
                    try $0[0].negativeLogLikelihood(of: $0[1], decoder: factorisedDecoder)
                }
            ]
        case .pooledEncoding:
            [GradientCase([[2, 3, 3, 3]], step: 0x1p-8) { try $0[0].encoded(by: pooledEncoder) }]
        case .diceLoss:
            [
                GradientCase([volume]) { try $0[0].diceLoss(labels: labels([2, 2, 2, 3], 3)) },
                GradientCase([[2, 5, 19]]) { try $0[0].diceLoss(labels: labels([2, 19], 5)) },
                GradientCase([[2, 2, 20]]) { try $0[0].diceLoss(labels: labels([2, 20], 2), epsilon: 1) },
            ]
        case .regionLoss:
            [Reduction.mean, .sum].flatMap { reduction in
                [
                    GradientCase([volume]) {
                        try $0[0].regionLoss(
                            labels: labels([2, 2, 2, 3], 4), regions: Regions([[1, 2, 3], [1, 3], [3]]),
                            reduction: reduction)
                    },
                    GradientCase([[2, 4, 19]]) {
                        try $0[0].regionLoss(
                            labels: labels([2, 19], 5), regions: Regions([[1], [2, 4], [4], [1, 2, 3]]),
                            crossEntropyWeight: 0.5, diceWeight: 3, reduction: reduction, epsilon: 0.5)
                    },
                    GradientCase([[2, 1, 20]]) {
                        try $0[0].regionLoss(
                            labels: labels([2, 20], 2), regions: Regions([[1]]), reduction: reduction)
                    },
                ]
            }
        default: []
        }
    }
}
