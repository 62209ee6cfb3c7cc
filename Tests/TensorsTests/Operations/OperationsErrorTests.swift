import Tensors
import Testing

/// Wrong arguments: one sentence that names the operation, the parameter, its value and what was expected.
@Suite struct OperationsErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let message: String
        let body: @Sendable () throws -> Void

        init(_ message: String, _ body: @escaping @Sendable () throws -> Void) {
            self.message = message
            self.body = body
        }

        var testDescription: String { message }
    }

    static func ones(_ shape: Int...) throws -> Tensor { try Tensor.ones(shape) }

    static let cases = [
        Case("matmul: other has shape 3x2 (expected 4 rows in its last two dimensions, to match 5x4)") {
            _ = try ones(5, 4).matmul(ones(3, 2))
        },
        Case("matmul: self has shape scalar (expected at least one dimension)") { _ = try ones().matmul(ones(3)) },
        Case("matmul: second operand has shape 3 (expected one that broadcasts with 2)") {
            _ = try ones(2, 4, 5).matmul(ones(3, 5, 4))
        },
        Case("linear: weight has shape 2x4 (expected out x 3, for an input of 5x3)") {
            _ = try ones(5, 3).linear(weight: ones(2, 4))
        },
        Case("linear: bias has shape 3 (expected 2, one for each output)") {
            _ = try ones(5, 3).linear(weight: ones(2, 3), bias: ones(3))
        },
        Case("softmax: dim is 3 (expected 1 to 2, or -2 to -1)") { _ = try ones(5, 3).softmax(3) },
        Case("log_softmax: dim is 2 (expected 1 to 1, or -1 to -1)") { _ = try ones().logSoftmax(2) },
        Case("max: self has shape 2x0 (expected between 1 and 16777216 elements in dimension 2)") {
            _ = try ones(2, 0).max(2)
        },
        Case("median: self has shape 2x0 (expected between 1 and 16777216 elements in dimension 2)") {
            _ = try ones(2, 0).median(2)
        },
        Case("topk: k is 4 (expected 0 to 3)") { _ = try ones(2, 3).topk(4) },
        Case("quantile: q is 1.5 (expected 0 to 1)") { _ = try ones(3).quantile(Tensor(1.5)) },
        Case("quantile: q is nan (expected 0 to 1)") { _ = try ones(3).quantile(Tensor(.nan)) },
        Case("quantile: self has shape 0 (expected at least one element)") { _ = try ones(0).quantile(Tensor(0.5)) },
        Case("gather: index has shape 3x3 (expected at most 2x3 in all dimensions but 2)") {
            _ = try ones(2, 3).gather(2, ones(3, 3))
        },
        Case("gather: index is 4 (expected 1 to 3, or -3 to -1)") { _ = try ones(3).gather(1, Tensor(4)) },
        Case("scatter_add: index is 1.5 (expected whole numbers)") {
            _ = try ones(3).scatterAdd(1, Tensor(1.5), ones(1))
        },
        Case("scatter: src has shape 1 (expected at least 2, as the index has)") {
            _ = try ones(3).scatter(1, ones(2), ones(1))
        },
        Case("roll: shifts is [1, 2] (expected one number for each of dims, [1])") {
            _ = try ones(3).rolled([1, 2], [1])
        },
        Case("meshgrid: tensors has shape 2x2 (expected at most one dimension each)") {
            _ = try Tensor.meshgrid([ones(2, 2)])
        },
        Case("histc: max is 1.0 (expected no less than min, 2.0)") {
            _ = try ones(3).histogram(bins: 2, minimum: 2, maximum: 1)
        },
        Case("histc: min and max is nan and nan (expected a finite range)") {
            _ = try Tensor(.nan).histogram(bins: 2)
        },
        Case("one_hot: labels is 3.0 (expected whole numbers from 0 to 2)") { _ = try Tensor(3).oneHot(classes: 3) },
        Case("one_hot: num_classes is nil (expected a number, as there are no labels)") { _ = try ones(0).oneHot() },
        Case("min: self has shape 0 (expected at least one element)") { _ = try ones(0).min() },
        Case("conv: input has shape 3x4 (expected N x C x L, N x C x H x W or N x C x D x H x W)") {
            _ = try ones(3, 4).convolution(weight: ones(3, 4))
        },
        Case("conv2d: weight has shape 2x3x3x3 (expected out x 4 and 2 kernel sizes, for an input of 4 channels)") {
            _ = try ones(1, 4, 5, 5).convolution(weight: ones(2, 3, 3, 3))
        },
        Case("conv2d: bias has shape 3 (expected 2, one for each output channel)") {
            _ = try ones(1, 4, 5, 5).convolution(weight: ones(2, 4, 3, 3), bias: ones(3))
        },
        Case("conv3d: stride is [0] (expected one number or 3, each of 1 to 1048576)") {
            _ = try ones(1, 1, 5, 5, 5).convolution(weight: ones(2, 1, 3, 3, 3), stride: [0])
        },
        Case("conv3d: padding is [1, 2] (expected one number or 3, each of 0 to 1048576)") {
            _ = try ones(1, 1, 5, 5, 5).convolution(weight: ones(2, 1, 3, 3, 3), padding: [1, 2])
        },
        Case("conv2d: padding is [9223372036854775807] (expected one number or 2, each of 0 to 1048576)") {
            _ = try ones(1, 1, 5, 5).convolution(weight: ones(2, 1, 3, 3), padding: [.max])
        },
        Case(
            "conv2d: kernel_size is 7x3 (expected no more than the padded input: 5x5 voxels with 0x0 before and after)"
        ) {
            _ = try ones(1, 1, 5, 5).convolution(weight: ones(2, 1, 7, 3))
        },
        Case("conv2d: input has shape 1x1x0x5 (expected at least one channel and one voxel in each direction)") {
            _ = try ones(1, 1, 0, 5).convolution(weight: ones(2, 1, 3, 3))
        },
        Case("conv_transpose2d: output_padding is [2] (expected less than the stride [2])") {
            _ = try ones(1, 1, 5, 5).transposedConvolution(
                weight: ones(1, 2, 3, 3), stride: [2], outputPadding: [2])
        },
        Case("conv_transpose2d: padding is [9] (expected less, as nothing is left of the output)") {
            _ = try ones(1, 1, 5, 5).transposedConvolution(weight: ones(1, 2, 3, 3), padding: [9])
        },
        Case("bayesian_conv2d: log_variance has shape 1 (expected 2x1x3x3, as the mean has)") {
            _ = try ones(1, 1, 5, 5).bayesianConvolution(
                mean: ones(2, 1, 3, 3), logVariance: ones(1), noise: ones(1, 2, 3, 3))
        },
        Case("bayesian_conv2d: noise has shape 1x2x5x5 (expected 1x2x3x3)") {
            _ = try ones(1, 1, 5, 5).bayesianConvolution(
                mean: ones(2, 1, 3, 3), logVariance: ones(2, 1, 3, 3), noise: ones(1, 2, 5, 5))
        },
        Case("instance_norm: input has shape 2x3 (expected N x C and at least one more dimension)") {
            _ = try ones(2, 3).instanceNorm()
        },
        Case("instance_norm: eps is -1.0 (expected a number of 0 or more)") {
            _ = try ones(2, 3, 4).instanceNorm(epsilon: -1)
        },
        Case("max_pool2d: padding is [2] (expected at most half of the kernel size [3])") {
            _ = try ones(1, 1, 5, 5).maxPool(kernelSize: [3], padding: [2])
        },
        Case("upsample2d: scale is [0] (expected one number or 2, each of 1 to 1048576)") {
            _ = try ones(1, 1, 5, 5).upsampled(scale: 0, alignCorners: true)
        },
        Case("upsample2d: skip has shape 1x1x5x5 (expected 1x1x10x10)") {
            _ = try ones(1, 1, 5, 5).upsampled(scale: 2, alignCorners: true, adding: ones(1, 1, 5, 5))
        },
        Case("cross_entropy: labels is 2.0 at a voxel (expected whole numbers from 0 to 1)") {
            _ = try ones(1, 2, 3).crossEntropy(labels: Tensor([0, 1, 2], shape: [1, 3]))
        },
        Case("cross_entropy: labels is nan at a voxel (expected whole numbers from 0 to 1)") {
            _ = try ones(1, 2, 3).crossEntropy(labels: Tensor([0, .nan, 1], shape: [1, 3]))
        },
        Case(
            "dice_loss: labels has shape 1x2 (expected 1x3, a class number for each voxel of the input 1x2x3)"
        ) {
            _ = try ones(1, 2, 3).diceLoss(labels: ones(1, 2))
        },
        Case("dice_loss: input has shape 1x1x3 (expected N x C x ..., with at least 2 classes)") {
            _ = try ones(1, 1, 3).diceLoss(labels: ones(1, 3))
        },
        Case(
            "segmentation_loss: labels is 4.0 at a voxel (expected whole numbers from 0 to 3, the largest class of the "
                + "regions {{1, 2, 3}, {3}})"
        ) {
            _ = try ones(1, 2, 3).regionLoss(
                labels: Tensor([0, 4, 2], shape: [1, 3]), regions: Regions([[1, 2, 3], [3]]))
        },
        Case(
            "segmentation_loss: input has shape 1x3x2 (expected N x C x ..., with C = 2, one for each of the regions "
                + "{{1}, {2}})"
        ) { _ = try ones(1, 3, 2).regionLoss(labels: ones(1, 2), regions: Regions([[1], [2]])) },
        Case("segmentation_loss: reduction is 'none' (expected 'mean' or 'sum')") {
            _ = try ones(1, 1, 2).regionLoss(labels: ones(1, 2), regions: Regions([[1]]), reduction: .none)
        },
    ]

    @Test(arguments: cases)
    func message(_ example: Case) {
        do {
            try example.body()
            Issue.record("no error: \(example.message)")
        } catch {
            #expect("\(error)" == example.message)
        }
    }

    @Test func sizesThatOverflowAreErrors() throws {
        let point = try Tensor.ones([1, 1, 1, 1])
        #expect(throws: TensorError.self) { try point.upsampled(scale: 1 << 20, alignCorners: true) }
        #expect(throws: TensorError.self) { try point.expanded(to: [1, 1, 1 << 22, 1 << 22]) }
        let long = try point.expanded(to: [1, 1, 1 << 10, 1 << 10])
        #expect(throws: TensorError.self) { try long.upsampled(scale: 1 << 20, alignCorners: true) }
        #expect(throws: TensorError.self) {
            try long.transposedConvolution(weight: Tensor.ones([1, 1, 1, 1]), stride: [1 << 20])
        }
        #expect(throws: TensorError.self) { try point.expanded(to: [1 << 31, 1 << 31, 1 << 31, 1 << 31]) }
        #expect(throws: TensorError.self) { try Tensor.zeros([1 << 62, 1 << 62, 0]) }
        #expect(throws: TensorError.self) { try Tensor.arange(0, -1e300) }
    }
}
