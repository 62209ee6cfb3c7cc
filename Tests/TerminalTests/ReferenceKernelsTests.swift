import TestSupport
import Testing

/// LUNETTE_REFERENCE=1: convolutions, matrix products and the networks of autoencoders as their definitions say. In
/// processes of their own, as it holds for all of one.
@Suite struct ReferenceKernelsTests {
    /// Training is a sum of many steps, in which differences of rounding grow: three steps show no more than those.
    private static let script = """
        torch.manual_seed(1)
        local function show(value) print(("%.9g"):format(value:item())) end
        show(torch.randn(70, 300):matmul(torch.randn(300, 90)):square():mean())
        local net, image = bayes.UNet{channels = {1, 4, 16, 16, 16}}, torch.randn(1, 1, 16, 24, 16)
        bayes.set_mode(net, "train")
        local optimizer, loss = optim.SGD(net, {lr = 0.01}), nn.SegmentationLoss()
        for step = 1, 3 do
            local value = loss(net(image), image[1]:gt(1))
            optimizer:zero_grad() value:backward() optimizer:step()
            show(value)
        end
        show(nn.UNet{channels = {1, 4, 8, 8, 8}, generator = torch.Generator(2)}(image):square():mean())
        local vae = bayes.KernelVAE({3, 3, 3}, {hidden_channels = 4})
        for _, parameter in ipairs(vae:parameters()) do parameter:requires_grad_(false) end
        torch.manual_seed(2)
        show(vae:bound(torch.randn(200, 3, 3, 3)):mean())
        """

    @Test func theyGiveTheSameNumbers() throws {
        let outcomes = try ["0", "1"].map { reference in
            try CommandProcess.run(
                CommandProcess.lunette, ["-"], input: Self.script, environment: ["LUNETTE_REFERENCE": reference])
        }
        let numbers = outcomes.map { $0.output.split(separator: "\n").compactMap { Double($0) } }
        #expect(numbers.map(\.count) == [6, 6], "\(outcomes.map(\.errors))")
        for (fast, slow) in zip(numbers[0], numbers[1]) { #expect(abs(fast - slow) <= 1e-5 * abs(slow)) }
        // Sums of another order: where all digits agreed, the variable would do nothing.
        #expect(numbers[0] != numbers[1])
    }
}
