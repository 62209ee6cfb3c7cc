import Layers
import Support
import Tensors
import Testing

struct TrainingTests {
    @Test(arguments: [Float(1), 0.1])
    func `The U-Net learns to find a bright ball in noise`(_ initialScale: Float) throws {
        let generator = RandomGenerator(seed: 4)
        let side = 16
        let coordinate = try Tensor.linspace(-1, 1, count: side).square()
        let distance =
            try coordinate.reshaped([side, 1, 1]) + coordinate.reshaped([side, 1]) + coordinate.reshaped([side])
        let ball = try distance.compared(.less, try Tensor(0.4)).reshaped([1, side, side, side])
        let noise = try Tensor.randn([1, side, side, side], generator: generator)
        let volume = try (noise.scaled(by: 0.5) + ball).reshaped([1, 1, side, side, side])
        let network = try UNet(
            .short, channels: [1, 4, 8, 8, 8], initialScale: initialScale, generator: RandomGenerator(seed: 1))
        let optimiser = try Adam(network.namedParameters, learningRate: 1e-2)
        let schedule = Decay(.cosine, steps: 30)
        var losses: [Float] = []
        for step in 0..<30 {
            optimiser.learningRateFactor = schedule.factor(at: step)
            optimiser.zeroGradients()
            let loss = try SegmentationLoss()(network(volume), labels: ball)
            losses.append(try loss.finiteLoss())
            try loss.backward()
            try optimiser.clipGradients(norm: 10)
            try optimiser.step()
        }
        let logits = try GradientMode.disabled { try network(volume) }
        #expect(!logits.requiresGradient)
        let found = try logits.select(2, 2).compared(.greater, try logits.select(2, 1))
        let overlap = try (found * ball).sum().item() * 2 / (found.sum().item() + ball.sum().item())
        #expect(losses[29] < losses[0] / 3)
        #expect(overlap > 0.9)
    }
}
