import Support
import Tensors
import Testing

/// Values and gradients have the same bits with one thread as with two.
@Suite(.serialized) struct OperationsThreadTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let shapes: [[Int]]
        let body: @Sendable ([Tensor]) throws -> Tensor

        init(_ name: String, _ shapes: [[Int]], _ body: @escaping @Sendable ([Tensor]) throws -> Tensor) {
            testDescription = name
            self.shapes = shapes
            self.body = body
        }
    }

    static let volume = [2, 18, 13, 20, 17]
    static let cases = [
        Case("arithmetic", [volume, [18, 1, 1, 1]]) { try ($0[0] * $0[1]).exp().log().sigmoid() },
        Case("sums", [volume]) { try $0[0].sum([1, 3, 4, 5]) * $0[0].variance() + $0[0].mean([2]).sum() },
        Case("softmax", [volume]) { try $0[0].softmax(2) * $0[0].logSoftmax(5) },
        Case("logsumexp", [volume]) { try $0[0].logSumExp([2, 4]) },
        Case("extremes", [volume]) { try $0[0].max(2).values + $0[0].min(2).values * $0[0].max() },
        Case("matmul", [[300, 200], [200, 700]]) { try $0[0].matmul($0[1]) },
        Case("matmul in batches", [[40, 30, 20], [40, 20, 50]]) { try $0[0].matmul($0[1]) },
        Case("linear systems", [[700, 9, 9], [9, 30]]) {
            try $0[0].solve($0[1]) + $0[0].determinant().unsqueezed(-1).unsqueezed(-1)
        },
        Case("Cholesky", [[700, 9, 9]]) {
            try ($0[0].matmul($0[0].transposed(2, 3)) + Tensor.eye(9)).cholesky(upper: true)
        },
        Case("linear", [[5000, 20], [30, 20], [30]]) { try $0[0].linear(weight: $0[1], bias: $0[2]) },
        Case("convolution", [volume, [20, 18, 3, 3, 3], [20]]) {
            try $0[0].convolution(weight: $0[1], bias: $0[2], padding: [1])
        },
        Case("strided convolution", [volume, [20, 18, 3, 3, 3]]) {
            try $0[0].convolution(weight: $0[1], stride: [2], padding: [1])
        },
        Case("small volumes", [[3000, 5, 3, 3, 3], [8, 5, 3, 3, 3]]) {
            try $0[0].convolution(weight: $0[1], padding: [1]).maxPool(kernelSize: [2], padding: [1])
        },
        Case("transposed convolution", [[2, 9, 7, 10, 9], [9, 12, 2, 2, 2], [12]]) {
            try $0[0].transposedConvolution(weight: $0[1], bias: $0[2], stride: [2])
        },
        Case("Bayesian convolution", [volume, [8, 18, 3, 3, 3], [8, 18, 3, 3, 3]]) {
            try $0[0].bayesianConvolution(
                mean: $0[1], logVariance: $0[2], padding: [1], generator: RandomGenerator(seed: 3))
        },
        Case("layer norm", [[5000, 40], [40], [40]]) { try $0[0].layerNorm([40], weight: $0[1], bias: $0[2]) },
        Case("instance norm", [volume]) { try $0[0].instanceNorm(relu: true) },
        Case("max pool", [volume]) { try $0[0].maxPool(kernelSize: [3], stride: [2], padding: [1]) },
        Case("upsampling", [[2, 18, 7, 10, 9], [2, 18, 14, 20, 18]]) {
            try $0[0].upsampled(scale: 2, alignCorners: true, adding: $0[1])
        },
        Case("losses", [[2, 3, 30, 40, 30]]) {
            let labels = try Tensor.rand([2, 30, 40, 30], generator: RandomGenerator(seed: 4))
                .compared(.greater, Tensor(0.7))
            return try $0[0].crossEntropy(labels: labels) + $0[0].diceLoss(labels: labels)
        },
        Case("loss of regions", [[2, 3, 30, 40, 30]]) {
            let labels = try Tensor.rand([2, 30, 40, 30], generator: RandomGenerator(seed: 4))
                .compared(.greater, Tensor(0.7))
            return try $0[0].regionLoss(labels: labels, regions: Regions([[1, 2], [1], [2]]))
        },
    ]

    @Test(arguments: cases)
    func sameBits(_ example: Case) throws {
        let threads = ThreadPool.shared.threads
        defer { ThreadPool.shared.threads = threads }
        func run(_ threads: Int) throws -> [[UInt32]] {
            ThreadPool.shared.threads = threads
            let generator = RandomGenerator(seed: 5)
            let inputs = try example.shapes.map { try Tensor.randn($0, generator: generator).requireGradient() }
            let result = try example.body(inputs)
            try result.backward(gradient: Tensor.randn(result.shape, generator: generator))
            return [result.bits] + inputs.map { $0.gradient?.bits ?? [] }
        }
        let one = try run(1)
        #expect(try run(2) == one)
        #expect(!one.contains([]))
    }
}
