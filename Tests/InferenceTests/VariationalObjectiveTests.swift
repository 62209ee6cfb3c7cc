import Foundation
import Inference
import Layers
import Support
import Tensors
import TestSupport
import Testing

@Suite struct VariationalObjectiveTests {
    private let network: Sequential
    private let layers: [BayesianConvolution]

    init() throws {
        layers = try [(1, 2), (2, 2)].map { inputs, outputs in
            let specification = try ConvolutionSpecification(
                dimensions: 3, inputChannels: inputs, outputChannels: outputs, kernelSize: [3], padding: [1])
            let layer = try BayesianConvolution(specification, generator: RandomGenerator(seed: UInt64(inputs)))
            _ = try GradientMode.disabled { try layer.logVariance.fill(-4) }
            return layer
        }
        network = try Sequential(layers)
    }

    /// Scales change nothing but the units: N(0, 1) of w / s is N(0, s²) of w.
    @Test func boundIsThatOfTheUnscaledPrior() throws {
        let group = try PriorGroup(
            name: "both", layers: [("0", 0.1), ("1", 0.4)], prior: Normal(eventShape: [3, 3, 3], standardDeviation: 1))
        var expected = 0.0
        for (layer, scale) in zip(layers, [Float(0.1), 0.4]) {
            let prior = try Normal(eventShape: [3, 3, 3], standardDeviation: scale)
            let posterior = try Normal(mean: layer.weight, logVariance: layer.logVariance)
            expected += try KLDivergence.between(posterior, prior).number()
        }
        let bound = try group.bound(network, generator: RandomGenerator(seed: 1)).number()
        #expect(abs(bound - expected) < 1e-4 * expected)
    }

    /// A density of kernels is smaller by scale^27 than that of kernels divided by their scale.
    @Test func densityIsThatOfTheUnscaledPrior() throws {
        let prior = try Normal(eventShape: [3, 3, 3], standardDeviation: 1)
        let kernels = try layers[0].weight.reshaped([-1, 3, 3, 3])
        let direct = try Normal(eventShape: [3, 3, 3], standardDeviation: 0.1).logProbability(kernels)
        let scaled = try prior.logProbability(kernels.scaled(by: 1 / 0.1)).offset(by: -log(0.1) * 27)
        try expectClose(scaled, direct, "log density")
    }

    @Test func totalIsLossAndWeightedBound() throws {
        let priors = try PriorSet.normal(eventShape: [3, 3, 3], groups: [[("0", 0.1)], [("1", 0.1)]])
        let objective = try VariationalObjective(priors: priors, volumes: 5, voxels: 100, beta: 0.5, warmUp: 10)
        for (step, beta) in [(0, 0.0), (1, 0.05), (5, 0.25), (10, 0.5), (99, 0.5)] {
            let terms = try objective(
                loss: Tensor(2), network: network, step: step, generator: RandomGenerator(seed: 1))
            let bound = try terms.bounds.reduce(0) { try $0 + $1.value.number() }
            #expect(terms.bounds.map(\.name) == ["group1", "group2"])
            #expect(abs(terms.beta - beta) < 1e-12)
            #expect(abs(try terms.total.number() - (2 + beta * bound / 500)) < 1e-4)
            #expect(bound > 0)
        }
    }

    @Test func gradientsReachThePosterior() throws {
        let priors = try PriorSet.normal(eventShape: [3, 3, 3], groups: [[("0", 0.1), ("1", 0.1)]])
        let objective = try VariationalObjective(priors: priors, volumes: 1, voxels: 1)
        let terms = try objective(loss: Tensor(0), network: network, step: 1, generator: RandomGenerator(seed: 1))
        try terms.total.backward()
        for layer in layers {
            // d KL / d mean = mean / 0.1².
            for (gradient, mean) in zip(layer.weight.gradient?.values ?? [], layer.weight.values) {
                #expect(abs(gradient - 100 * mean) < 1e-3)
            }
            #expect(layer.weight.gradient != nil && layer.logVariance.gradient != nil)
        }
    }

    @Test func refusesWhatDoesNotFit() throws {
        let prior = try Normal(eventShape: [3, 3, 3], standardDeviation: 1)
        #expect(throws: TensorError.self) { try PriorGroup(name: "a", layers: [("0", 0)], prior: prior) }
        let group = try PriorGroup(name: "a", layers: [("0", 1)], prior: prior)
        #expect(throws: TensorError.self) { try PriorSet([group, group]) }
        let missing = try PriorGroup(name: "a", layers: [("7", 1)], prior: prior)
        #expect(throws: TensorError.self) { try missing.bound(network, generator: RandomGenerator(seed: 1)) }
        let set = try PriorSet([group])
        #expect(throws: TensorError.self) { try VariationalObjective(priors: set, volumes: 0, voxels: 1) }
        #expect(throws: TensorError.self) { try VariationalObjective(priors: set, volumes: 1, voxels: 1, beta: -1) }
        #expect(throws: TensorError.self) { try VariationalObjective(priors: set, volumes: 1, voxels: 1, warmUp: -1) }
    }
}
