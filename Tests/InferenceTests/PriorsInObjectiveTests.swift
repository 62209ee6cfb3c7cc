import Foundation
import Inference
import Layers
import Support
import Tensors
import Testing

/// Every prior serves as a group's prior in the objective, on kernels divided by their layer's scale.
@Suite struct PriorsInObjectiveTests {
    enum Example: String, CaseIterable, Sendable {
        case normal, fittedNormal, fullCovariance, logUniform, mixture, autoencoder

        func prior(_ kernels: Tensor) throws -> any KernelPrior {
            switch self {
            case .normal: return try Normal(eventShape: [3, 3, 3], standardDeviation: 1)
            case .fittedNormal: return try Normal(fitting: kernels)
            case .fullCovariance: return try FullCovarianceGaussian(fitting: kernels)
            case .logUniform: return try LogUniform(eventShape: [3, 3, 3])
            case .mixture:
                var fit = MixtureFit()
                fit.components = [2]
                return try fit(kernels, generator: RandomGenerator(seed: 3))
            case .autoencoder:
                return try VAEPrior(
                    KernelVAE(
                        KernelArchitecture(.size3x3x3, latentSize: 2, hiddenChannels: 2),
                        generator: RandomGenerator(seed: 3)))
            }
        }
    }

    private func network(_ seed: UInt64, scale: Float) throws -> Sequential {
        let layers = try [(1, 6), (6, 20)].map { inputs, outputs in
            let specification = try ConvolutionSpecification(
                dimensions: 3, inputChannels: inputs, outputChannels: outputs, kernelSize: [3], padding: [1])
            let layer = try BayesianConvolution(specification, generator: RandomGenerator(seed: seed))
            try GradientMode.disabled {
                _ = try layer.weight.multiply(by: scale)
                _ = try layer.logVariance.fill(-6 + 2 * log(scale))
            }
            return layer
        }
        return try Sequential(layers)
    }

    private func terms(_ example: Example, scale: Float) throws -> (VariationalObjective.Terms, Sequential) {
        let network = try network(1, scale: scale)
        let bank = try KernelBank(collecting: ["0", "1"], from: [[network]], threshold: 0)
        let priors = try PriorSet([
            PriorGroup(
                name: "all", layers: bank.scales(of: ["0", "1"]), prior: example.prior(bank.standardised(["0", "1"])))
        ])
        let objective = try VariationalObjective(priors: priors, volumes: 1, voxels: 1)
        let terms = try objective(loss: Tensor(0), network: network, step: 1, generator: RandomGenerator(seed: 2))
        return (terms, network)
    }

    @Test(arguments: Example.allCases) func gradientsReachMeanAndVariance(_ example: Example) throws {
        let (terms, network) = try terms(example, scale: 1)
        #expect(try terms.total.number().isFinite)
        try terms.total.backward()
        for (path, layer) in network.bayesianLayers {
            for (name, tensor) in [("mean", layer.weight), ("log-variance", layer.logVariance)] {
                let gradient = try #require(tensor.gradient, "\(name) of \(path)").values
                #expect(gradient.allSatisfy(\.isFinite) && gradient.contains { $0 != 0 }, "\(name) of \(path)")
            }
        }
    }

    /// A network whose weights are 8 times as large has the same bound, since its scales are, too.
    @Test(arguments: Example.allCases) func boundsDoNotDependOnTheUnits(_ example: Example) throws {
        let bound = try terms(example, scale: 1).0.total.number()
        let larger = try terms(example, scale: 8).0.total.number()
        #expect(abs(bound - larger) < 1e-3 * abs(bound) + 1e-2, "\(bound), \(larger)")
    }
}
