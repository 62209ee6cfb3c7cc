import Layers
import Support
import Tensors
import TestSupport
import Testing

struct SegmentationLossTests {
    @Test func `The published loss has PyTorch's value and gradient`() throws {
        let fixture = try Fixture("operations")
        let logits = try fixture["segmentation_loss/x"].requireGradient()
        let labels = try fixture["segmentation_loss/labels"]
        let published = try SegmentationLoss(crossEntropyWeight: 0.01, diceWeight: 0.99, reduction: .sum)
        let loss = try published(logits, labels: labels)
        #expect(deviation(loss, from: try fixture["segmentation_loss/out"]) < 1)
        try loss.backward()
        #expect(deviation(try #require(logits.gradient), from: try fixture["segmentation_loss/grad_x"]) < 1)
    }

    @Test func `The default is mean cross entropy plus Dice loss`() throws {
        let generator = RandomGenerator(seed: 1)
        let logits = try Tensor.randn([2, 2, 3, 4, 5], generator: generator)
        let labels = try Tensor.rand([2, 3, 4, 5], generator: generator).compared(.less, try Tensor(0.3))
        let expected = try logits.crossEntropy(labels: labels).item() + logits.diceLoss(labels: labels).item()
        #expect(abs(try SegmentationLoss()(logits, labels: labels).item() - expected) < 1e-6)
    }

    @Test func `Wrong settings are named with their values`() throws {
        #expect(try message { _ = try SegmentationLoss(diceWeight: -1) }.contains("dice_weight is -1.0 (expected 0"))
        #expect(try message { _ = try SegmentationLoss(reduction: .none) }.contains("reduction is 'none'"))
        #expect(try message { _ = try SegmentationLoss(epsilon: 0) }.contains("eps is 0.0 (expected a positive"))
    }

    @Test(arguments: [Float.nan, .infinity])
    func `A loss that is not finite is an error`(_ value: Float) throws {
        #expect(
            try message { _ = try Tensor(value).finiteLoss() }.hasPrefix("training: loss is \(value) (expected a f"))
        #expect(try Tensor(2).finiteLoss() == 2)
    }

    private static let brats = [[1, 2, 3], [1, 3], [3]]

    /// A case of the fixture, and its loss.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var weights: (crossEntropy: Float, dice: Float) = (1, 1)
        var reduction = Reduction.mean
        var epsilon: Float = 1e-3
        var regions: [[Int]]?

        var testDescription: String { name }

        func loss() throws -> SegmentationLoss {
            try SegmentationLoss(
                crossEntropyWeight: weights.crossEntropy, diceWeight: weights.dice, reduction: reduction,
                epsilon: epsilon, regions: regions.map { try Regions($0) })
        }
    }

    @Test(arguments: [
        Case(name: "classes 3"), Case(name: "classes 4", weights: (0.01, 0.99), reduction: .sum),
        Case(name: "classes 5", weights: (0.5, 2), epsilon: 0.1), Case(name: "regions mean", regions: brats),
        Case(name: "regions sum", weights: (0.01, 0.99), reduction: .sum, regions: brats),
        Case(name: "regions large", weights: (1, 0.5), epsilon: 1, regions: brats),
        Case(name: "one region", regions: [[1, 2, 3]]),
    ])
    func `Several classes and regions have PyTorch's value and gradient`(_ example: Case) throws {
        let fixture = try Fixture("regions")
        let labels = try fixture["\(example.name)/labels"]
        for isChannelsLast in [false, true] {
            let given = try fixture["\(example.name)/x"].detached()
            let logits = try (isChannelsLast ? given.channelsLast() : given).requireGradient()
            let loss = try example.loss()(logits, labels: labels)
            try expectClose(loss, fixture["\(example.name)/out"], "the value")
            try loss.backward()
            try expectClose(logits.gradient, fixture["\(example.name)/grad_x"], "the gradient")
        }
    }

    @Test func `Logits without bounds have a finite loss of regions and a finite gradient`() throws {
        let logits = try Tensor([1e4, -1e4, 1e30, -1e30], shape: [1, 2, 2]).requireGradient()
        let regions = try SegmentationLoss(regions: Regions([[1, 2], [2]]))
        let loss = try regions(logits, labels: Tensor([1, 0], shape: [1, 2]))
        // The first output is right at both voxels, the second one wrong at the first.
        #expect(abs(try loss.item() / 2.5e29 - 1) < 1e-5)
        try loss.backward()
        #expect(logits.gradient?.values == [0, 0, 0.25, 0])
    }
}
