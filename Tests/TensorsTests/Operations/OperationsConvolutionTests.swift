import Support
import Tensors
import TestSupport
import Testing

@Suite struct OperationsConvolutionTests {
    /// Sizes, with strides beyond the kernel and output padding.
    static let transposed: [(input: [Int], weight: [Int], stride: [Int], padding: [Int], extra: [Int])] = [
        ([1, 2, 3, 4], [2, 3, 3, 2], [2, 3], [1, 0], [1, 2]),
        ([2, 3, 3, 4], [3, 2, 1, 1], [3, 2], [0, 0], [0, 1]),
        ([2, 3, 2, 3, 2], [3, 4, 2, 2, 2], [2, 2, 2], [0, 0, 0], [0, 0, 0]),
        ([1, 17, 2, 3, 2], [17, 5, 3, 1, 2], [1, 2, 4], [1, 0, 0], [0, 1, 3]),
        ([1, 1, 1, 1, 1], [1, 20, 3, 3, 3], [1, 1, 1], [0, 0, 0], [0, 0, 0]),
    ]

    @Test(arguments: transposed)
    func transposedConvolution(
        _ sizes: (input: [Int], weight: [Int], stride: [Int], padding: [Int], extra: [Int])
    ) throws {
        let generator = RandomGenerator(seed: 3)
        let weight = try Tensor.randn(sizes.weight, generator: generator)
        let bias = try Tensor.randn([sizes.weight[1]], generator: generator)
        for x in try layouts(of: Tensor.randn(sizes.input, generator: generator)) {
            let expected = try Naive.transposedConvolution(
                x, weight, stride: sizes.stride, padding: sizes.padding, outputPadding: sizes.extra)
            // Memory of the result's size that held something else.
            try Tensor.full(expected.shape, .nan).fill(.nan)
            let options = (sizes.stride, sizes.padding, sizes.extra)
            let plain = try x.transposedConvolution(
                weight: weight, stride: options.0, padding: options.1, outputPadding: options.2)
            try expectClose(plain, expected, "without bias")
            try Tensor.full(expected.shape, .nan).fill(.nan)
            let biased = try x.transposedConvolution(
                weight: weight, bias: bias, stride: options.0, padding: options.1, outputPadding: options.2)
            let shape = [bias.count] + [Int](repeating: 1, count: x.rank - 2)
            try expectClose(biased, expected + bias.reshaped(shape), "with bias")
        }
    }

    @Test func changedWeightsAreSeen() throws {
        let generator = RandomGenerator(seed: 4)
        let x = try Tensor.randn([2, 16, 6, 6, 6], generator: generator)
        let weights = try Tensor.randn([3, 16, 16, 3, 3, 3], generator: generator)
        for transposed in [false, true] {
            func output(_ weight: Tensor) throws -> [Float] {
                try transposed
                    ? x.transposedConvolution(weight: weight, stride: [2]).values
                    : x.convolution(weight: weight, padding: [1]).values
            }
            for round in 0..<3 {
                // Views of one storage, each often enough for its arrangement to be kept.
                for index in 1...3 {
                    let weight = try weights.select(1, index)
                    let expected = try output(weight.cloned())
                    for _ in 0..<3 { #expect(try output(weight) == expected, "round \(round), weight \(index)") }
                }
                try weights.add(Tensor(0.5))
            }
        }
    }

    /// The gradients of a Bayesian convolution of one channel with a kernel of size 1.
    private func gradients(_ x: Tensor, noise: Tensor) throws -> [Tensor] {
        let input = try x.detached().cloned().requireGradient()
        let mean = try Tensor([0.7], shape: [1, 1, 1, 1]).requireGradient()
        let logVariance = try Tensor([-0.4], shape: [1, 1, 1, 1]).requireGradient()
        try input.bayesianConvolution(mean: mean, logVariance: logVariance, noise: noise).square().sum().backward()
        return try [input, mean, logVariance].map { try #require($0.gradient) }
    }

    @Test func varianceThatIsMadeAgainGivesTheGradientsOfOneThatIsKept() throws {
        // Just above and far below the size beyond which the variance is not kept.
        let (rows, columns) = (2900, 2900)
        let generator = RandomGenerator(seed: 5)
        let x = try Tensor.randn([1, 1, rows, columns], generator: generator)
        let noise = try x.randnLike(generator: generator)
        let whole = try gradients(x, noise: noise)
        let halves = try [(1, rows / 2), (rows / 2 + 1, rows)].map { first, last in
            try gradients(x.slice(3, first, last), noise: noise.slice(3, first, last))
        }
        let isSame = whole[0].values == halves[0][0].values + halves[1][0].values
        #expect(isSame)
        for index in 1...2 {
            let (all, sum) = (try whole[index].item(), try (halves[0][index] + halves[1][index]).item())
            #expect(abs(all - sum) <= 1e-4 * abs(sum))
        }
    }

    @Test func resultsAreChannelsLast() throws {
        let x = try Tensor.ones([2, 3, 4, 5, 6])
        #expect(try x.convolution(weight: Tensor.ones([7, 3, 3, 3, 3]), padding: [1]).isChannelsLast)
        #expect(try x.transposedConvolution(weight: Tensor.ones([3, 7, 2, 2, 2]), stride: [2]).isChannelsLast)
        #expect(try x.instanceNorm().isChannelsLast)
        #expect(try x.maxPool(kernelSize: [2]).isChannelsLast)
        #expect(try x.upsampled(scale: 2, alignCorners: true).isChannelsLast)
    }

    @Test func anEmptyBatchGivesAnEmptyBatch() throws {
        let x = try Tensor.zeros([0, 2, 4, 4]).requireGradient()
        let weight = try Tensor.ones([3, 2, 3, 3]).requireGradient()
        let result = try x.convolution(weight: weight, padding: [1])
            .instanceNorm().maxPool(kernelSize: [2]).upsampled(scale: 2, alignCorners: false)
            .transposedConvolution(weight: Tensor.ones([3, 2, 2, 2]))
        #expect(result.shape == [0, 2, 5, 5])
        try result.sum().backward()
        #expect(x.gradient?.shape == [0, 2, 4, 4])
        #expect(weight.gradient?.values == [Float](repeating: 0, count: 54))
    }

    /// Sixteen channels go Winograd's way, three do not.
    @Test(arguments: [16, 3], [1, 2])
    func aConvolutionNormalisesAsInstanceNormDoes(_ channels: Int, _ stride: Int) throws {
        let (shape, kernel) = ([2, channels, 7, 8, 9], [channels, channels, 3, 3, 3])
        let generator = RandomGenerator(seed: 12)
        let input = try Tensor.randn(shape, generator: generator).offset(by: 0.5)
        let (mean, logVariance) = try (
            Tensor.randn(kernel, generator: generator), Tensor.randn(kernel, generator: generator)
        )
        func results(bayesian: Bool, fused: Bool) throws -> [Tensor] {
            let leaves = try [input.cloned(), mean.cloned(), logVariance.cloned()]
            for leaf in leaves { try leaf.requireGradient() }
            let x = try fused ? leaves[0] : leaves[0].instanceNorm(relu: true)
            let statistics = try fused ? InstanceStatistics(leaves[0]) : nil
            let output =
                try bayesian
                ? x.bayesianConvolution(
                    mean: leaves[1], logVariance: leaves[2], stride: [stride], padding: [1],
                    generator: RandomGenerator(seed: 13), normalisedBy: statistics)
                : x.convolution(weight: leaves[1], stride: [stride], padding: [1], normalisedBy: statistics)
            try output.square().sum().backward()
            return [output] + leaves.compactMap(\.gradient)
        }
        for bayesian in [false, true] {
            let (apart, together) = try (
                results(bayesian: bayesian, fused: false), results(bayesian: bayesian, fused: true)
            )
            #expect(apart.count == (bayesian ? 4 : 3))
            for (a, b) in zip(apart, together) { #expect(a.bits == b.bits) }
        }
    }

    @Test func bayesianNoise() throws {
        let generator = RandomGenerator(seed: 9)
        let x = try Tensor.randn([2, 3, 4, 5, 3], generator: generator)
        let mean = try Tensor.randn([4, 3, 3, 3, 3], generator: generator)
        let logVariance = try Tensor.randn([4, 3, 3, 3, 3], generator: generator).requireGradient()
        let noise = try Tensor.zeros([2, 4, 4, 5, 3]).channelsLast().randnLike(generator: RandomGenerator(seed: 4))
        let state = RandomGenerator(seed: 4)
        let drawn = try x.bayesianConvolution(mean: mean, logVariance: logVariance, padding: [1], generator: state)
        let given = try x.bayesianConvolution(mean: mean, logVariance: logVariance, padding: [1], noise: noise)
        #expect(drawn.bits == given.bits)
        #expect(state.counter > 0)
        let again = try x.bayesianConvolution(mean: mean, logVariance: logVariance, padding: [1], generator: state)
        #expect(again.bits != given.bits)
        try drawn.sum().backward()
        let gradient = logVariance.gradient?.bits
        logVariance.gradient = nil
        try given.sum().backward()
        #expect(logVariance.gradient?.bits == gradient)
        // Without variance only the mean is left, but for the 1e-10 beneath the root.
        let certain = try x.bayesianConvolution(
            mean: mean, logVariance: Tensor.full([4, 3, 3, 3, 3], -200), padding: [1], noise: noise)
        let plain = try x.convolution(weight: mean, padding: [1])
        let error = try (certain - plain).abs().max().item()
        #expect(error < 5e-5 && error > 0)
    }

    @Test func noiseChangedInPlaceIsRefused() throws {
        let noise = try Tensor.ones([1, 1, 2, 2])
        let mean = try Tensor.ones([1, 1, 1, 1]).requireGradient()
        let result = try Tensor.ones([1, 1, 2, 2]).bayesianConvolution(
            mean: mean, logVariance: Tensor.zeros([1, 1, 1, 1]), noise: noise)
        try noise.fill(2)
        #expect(throws: TensorError.self) { try result.sum().backward() }
    }
}
