import Inference
import Layers
import Support
import Tensors
import TestSupport
import Testing

@Suite struct SWAGTests {
    /// A network of six weights, and what it was at each step of a walk.
    private func walk(_ swag: (any Layer) throws -> SWAG, steps: Int) throws -> (swag: SWAG, steps: [[Double]]) {
        let generator = RandomGenerator(seed: 11)
        let network = try Sequential([pointwise(2, 2, generator)])
        let swag = try swag(network)
        var weightsByStep: [[Double]] = []
        for step in 0..<steps {
            try GradientMode.disabled {
                for (_, tensor) in network.namedParameters {
                    let noise = try Tensor.randn(tensor.shape, generator: generator)
                    try tensor.add(noise, factor: 0.3 + 0.1 * Float(step))
                }
            }
            try swag.collect()
            weightsByStep.append(weights(network))
        }
        return (swag, weightsByStep)
    }

    private func weights(_ network: any Layer) -> [Double] { network.namedParameters.flatMap(\.tensor.doubles) }

    /// Mean and covariance as the paper writes them.
    private func naive(_ steps: [[Double]], rank: Int) -> (mean: [Double], covariance: [[Double]]) {
        let size = steps[0].count
        func mean(_ some: ArraySlice<[Double]>) -> [Double] {
            (0..<size).map { i in some.reduce(0) { $0 + $1[i] } / Double(some.count) }
        }
        let whole = mean(steps[...])
        let columns = steps.indices.suffix(rank).map { t in zip(steps[t], mean(steps[...t])).map { $0 - $1 } }
        let covariance = (0..<size).map { i in
            (0..<size).map { j in
                let square = steps.reduce(0) { $0 + $1[i] * $1[i] } / Double(steps.count) - whole[i] * whole[i]
                let product = columns.reduce(0) { $0 + $1[i] * $1[j] } / Double(columns.count - 1)
                return ((i == j ? square : 0) + product) / 2
            }
        }
        return (whole, covariance)
    }

    @Test(arguments: [(2, 6), (3, 3), (20, 5)]) func drawsHaveTheMomentsOfThePaper(rank: Int, count: Int) throws {
        let (swag, steps) = try walk({ try SWAG($0, rank: rank) }, steps: count)
        let (mean, covariance) = naive(steps, rank: rank)
        #expect(swag.collected == count)
        let kept = try swag.meanWeights()
        let names = swag.networks[0].namedParameters.map(\.name)
        for (value, expected) in zip(names.flatMap { kept[$0]?.doubles ?? [] }, mean) {
            #expect(abs(value - expected) < 1e-5)
        }
        let (generator, draws) = (RandomGenerator(seed: 3), 6000)
        var samples: [[Double]] = []
        try GradientMode.disabled {
            for index in 0..<draws {
                _ = try swag.draw(index, temperature: 1, generator: generator)
                samples.append(weights(swag.networks[0]))
            }
        }
        for i in mean.indices {
            expectMean(samples.map { $0[i] }, mean[i], "mean \(i)")
            for j in 0...i {
                expectMean(
                    samples.map { ($0[i] - mean[i]) * ($0[j] - mean[j]) }, covariance[i][j], "covariance \(i) \(j)")
            }
        }
    }

    @Test func smallVariancesBesideLargeWeightsAreKept() throws {
        let network = try Sequential([pointwise(1, 2, RandomGenerator(seed: 1))])
        let swag = try SWAG(network)
        let weight = network.namedParameters[0].tensor
        for step in 0..<4 {
            try GradientMode.disabled { _ = try weight.fill(100 + 0.001 * Float(step)) }
            try swag.collect()
        }
        let state = swag.state.tensors
        // Of 0, 1, 2, 3 thousandths the squared distances from the mean add up to 5.
        #expect(abs(try #require(state["squares/0.weight"]).doubles[0] - 5e-6) < 5e-7)
    }

    @Test func collectingGoesOnFromAState() throws {
        let (whole, _) = try walk({ try SWAG($0, rank: 3) }, steps: 5)
        let other = try SWAG(whole.networks[0], rank: 3)
        try other.load(whole.state)
        try whole.collect()
        try other.collect()
        #expect(other.collected == 6)
        for (a, b) in zip(whole.tensors, other.tensors) {
            #expect(a.name == b.name && a.tensor.values == b.tensor.values)
        }
        let another = try SWAG(whole.networks[0], rank: 4)
        #expect(thrownMessage { try another.load(whole.state) } == "load: rank is 3 (expected 4)")
    }

    @Test func errorsTellWhatIsMissing() throws {
        let network = try Sequential([pointwise(1, 2, RandomGenerator(seed: 1))])
        let swag = try SWAG(network)
        func predict() throws {
            _ = try Prediction.sampled(swag, smallVolume(), samples: 2, generator: RandomGenerator(seed: 1))
        }
        let few = "(expected 2 or more: call collect() after epochs)"
        #expect(thrownMessage { try predict() } == "SWAG: collected is 0 \(few)")
        #expect(
            thrownMessage { _ = try Prediction.mean(swag, smallVolume()) }
                == "SWAG: collected is 0 (expected 1 or more: call collect() after epochs)")
        try swag.collect()
        #expect(thrownMessage { try predict() } == "SWAG: collected is 1 \(few)")
        _ = try Prediction.mean(swag, smallVolume())
        #expect(thrownMessage { _ = try SWAG(network, rank: 1) } == "SWAG: rank is 1 (expected 2 or more)")
        let tracking = try Sequential([
            pointwise(1, 2, RandomGenerator(seed: 1)), BatchNorm(dimensions: 3, channels: 2),
        ])
        #expect(
            thrownMessage { _ = try SWAG(tracking) }
                == "SWAG: network is one with running statistics in '1' (expected one whose normalisation has none, such "
                + "as norm = 'instance' or 'group')")
    }
}
