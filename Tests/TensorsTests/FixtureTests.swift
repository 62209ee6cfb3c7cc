import Tensors
import TestSupport
import Testing

/// Every operation against PyTorch's values and gradients.
@Suite struct FixtureTests {
    /// A case of the file: the names of the inputs that get gradients, and what is done with them.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let inputs: [String]
        let body: @Sendable ([Tensor]) throws -> Tensor

        init(_ name: String, _ inputs: [String] = ["x"], _ body: @escaping @Sendable ([Tensor]) throws -> Tensor) {
            self.name = name
            self.inputs = inputs
            self.body = body
        }

        var testDescription: String { name }
    }

    static func convolution(_ name: String, stride: Int = 1, padding: Int = 0) -> Case {
        Case(name, ["x", "w", "bias"]) {
            try $0[0].convolution(weight: $0[1], bias: $0[2], stride: [stride], padding: [padding])
        }
    }

    static func transposed(_ name: String, stride: Int = 1) -> Case {
        Case(name, ["x", "w", "bias"]) {
            try $0[0].transposedConvolution(weight: $0[1], bias: $0[2], stride: [stride])
        }
    }

    static let cases = [
        convolution("conv2d_k3", padding: 1), convolution("conv3d_1_16", padding: 1),
        convolution("conv3d_16_16", padding: 1), convolution("conv3d_33_18", padding: 1),
        convolution("conv3d_64_64", padding: 1), convolution("conv3d_k1"), convolution("conv3d_k1_s2", stride: 2),
        convolution("conv3d_k3", padding: 1), convolution("conv3d_k3_s2", stride: 2, padding: 1),
        convolution("conv3d_k3_valid"), transposed("conv_transpose2d_k3"), transposed("conv_transpose3d_k1"),
        transposed("conv_transpose3d_k2_s2", stride: 2), transposed("conv_transpose3d_k3"),
        Case("broadcast_div", ["x", "y"]) { try $0[0] / $0[1].exp() },
        Case("elu") { try $0[0].elu() }, Case("relu") { try $0[0].relu() }, Case("sigmoid") { try $0[0].sigmoid() },
        Case("softplus") { try $0[0].softplus() }, Case("tanh") { try $0[0].tanh() },
        Case("gather_index") { try $0[0].slice(1, 2, 3).slice(2, 1, -1, step: 2) },
        Case("instance_norm3d") { try $0[0].instanceNorm() },
        Case("linear", ["x", "w", "bias"]) { try $0[0].linear(weight: $0[1], bias: $0[2]) },
        Case("matmul", ["input", "other"]) { try $0[0].matmul($0[1]) },
        Case("log_softmax_channel") { try $0[0].logSoftmax(2) }, Case("softmax_channel") { try $0[0].softmax(2) },
        Case("logsumexp") { try $0[0].logSumExp([-1]) },
        Case("max_pool3d") { try $0[0].maxPool(kernelSize: [2]) },
        Case("max_pool3d_pad1") { try $0[0].maxPool(kernelSize: [2], stride: [2], padding: [1]) },
        Case("upsample_trilinear") { try $0[0].upsampled(scale: 2, alignCorners: false) },
        Case("upsample_trilinear_align") { try $0[0].upsampled(scale: 2, alignCorners: true) },
        Case("var") { try $0[0].variance([2, 3]) },
    ]

    @Test(arguments: cases)
    func operation(_ example: Case) throws {
        let fixture = try Fixture("operations")
        let inputs = try example.inputs.map { try fixture["\(example.name)/\($0)"].requireGradient() }
        let result = try example.body(inputs)
        try expectClose(result, fixture["\(example.name)/out"], "the value")
        try result.backward(gradient: fixture["\(example.name)/grad_out"])
        for (name, input) in zip(example.inputs, inputs) {
            try expectClose(input.gradient, fixture["\(example.name)/grad_\(name)"], "the gradient of \(name)")
        }
    }

    @Test(arguments: ["cross_entropy_sum", "segmentation_loss"])
    func loss(_ name: String) throws {
        let fixture = try Fixture("operations")
        let logits = try fixture["\(name)/x"].requireGradient()
        let labels = try fixture["\(name)/labels"]
        let crossEntropy = try logits.crossEntropy(labels: labels, reduction: .sum)
        let loss =
            name == "cross_entropy_sum"
            ? crossEntropy : try crossEntropy.scaled(by: 0.01) + logits.diceLoss(labels: labels).scaled(by: 0.99)
        try expectClose(loss, fixture["\(name)/out"], "the value")
        try loss.backward()
        try expectClose(logits.gradient, fixture["\(name)/grad_x"], "the gradient")
    }

    @Test func bayesianConvolution() throws {
        let fixture = try Fixture("bayes_conv3d")
        let x = try fixture["x"].requireGradient()
        let mean = try fixture["mu"].requireGradient()
        let logVariance = try fixture["logvar"].requireGradient()
        let result = try x.bayesianConvolution(
            mean: mean, logVariance: logVariance, padding: [1], noise: fixture["epsilon"])
        try expectClose(result, fixture["out"], "the value")
        try result.backward(gradient: fixture["grad_out"])
        try expectClose(x.gradient, fixture["grad_x"], "the gradient of x")
        try expectClose(mean.gradient, fixture["grad_mu"], "the gradient of mean")
        try expectClose(logVariance.gradient, fixture["grad_logvar"], "the gradient of logVariance")
    }

    /// Cases of the file that other modules' tests hold.
    @Test func everyCaseIsTested() throws {
        let names = Set(try Fixture("operations").tensors.keys.map { String($0.prefix { $0 != "/" }) })
        let tested = Set(Self.cases.map(\.name) + ["cross_entropy_sum", "segmentation_loss"])
        #expect(names.subtracting(tested) == ["adam"])
    }
}
