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
}
