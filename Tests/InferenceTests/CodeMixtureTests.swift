import Foundation
import Inference
import Layers
import Support
import Tensors
import TestSupport
import Testing

/// Priors of codes made of pseudo-inputs (VampPrior), and the importance-weighted bound.
@Suite struct CodeMixtureTests {
    private let architecture: KernelArchitecture
    private let kernels: Tensor

    init() throws {
        architecture = try KernelArchitecture(.size3x3x3, latentSize: 2, hiddenChannels: 3)
        kernels = try Tensor.randn([60, 3, 3, 3], generator: RandomGenerator(seed: 7))
    }

    private func autoencoder(_ count: Int) throws -> KernelVAE {
        try KernelVAE(
            architecture, minimumVariance: 0.3, pseudoInputs: count == 0 ? nil : kernels.slice(1, 1, count),
            generator: RandomGenerator(seed: 8))
    }

    private func mixture(_ count: Int) throws -> CodeMixture {
        try CodeMixture(
            Normal(
                mean: Tensor.randn([count, 2], generator: RandomGenerator(seed: 9)),
                logVariance: Tensor.randn([count, 2], generator: RandomGenerator(seed: 10))))
    }

    @Test(arguments: [1, 5]) func densityIsTheMeanOfItsComponents(_ count: Int) throws {
        let mixture = try mixture(count)
        let codes = try Tensor.randn([3, 4, 2], generator: RandomGenerator(seed: 11))
        let found = try mixture.logProbability(codes)
        #expect(found.shape == [3, 4])
        let (means, logVariances) = (mixture.components.mean.doubles, mixture.components.logVariance.doubles)
        for (row, value) in found.doubles.enumerated() {
            var sum = 0.0
            for component in 0..<count {
                var density = 0.0
                for element in 0..<2 {
                    let place = component * 2 + element
                    let difference = codes.doubles[row * 2 + element] - means[place]
                    density -=
                        0.5 * (difference * difference / exp(logVariances[place]) + logVariances[place] + log(2 * .pi))
                }
                sum += exp(density)
            }
            #expect(abs(value - log(sum / Double(count))) < 1e-5)
        }
    }

    @Test func drawsHaveTheMomentsOfTheMixture() throws {
        let mixture = try mixture(4)
        let draws = try mixture.sample(40_000, generator: RandomGenerator(seed: 12))
        let mean = try mixture.components.mean.mean([1])
        let second = try (mixture.components.logVariance.exp() + mixture.components.mean.square()).mean([1])
        for element in 0..<2 {
            expectMean(try draws.slice(2, element + 1, element + 1).doubles, mean.doubles[element])
            expectMean(try draws.slice(2, element + 1, element + 1).square().doubles, second.doubles[element])
        }
    }

    /// One component N(0, I) is the prior that there is without one.
    @Test func oneStandardComponentIsTheStandardPrior() throws {
        let plain = try autoencoder(0)
        let standard = try CodeMixture(Normal(mean: Tensor.zeros([1, 2]), logVariance: Tensor.zeros([1, 2])))
        let noise = try Tensor.randn([6, 60, 2], generator: RandomGenerator(seed: 13))
        let encoded = try plain.encode(kernels)
        try expectClose(
            plain.decoder.logMarginalBound(kernels, encoded: encoded, codePrior: standard, noise: noise),
            plain.decoder.logMarginalBound(kernels, encoded: encoded, noise: noise), "bound")
    }

    /// Of many codes the bound is log p(w), which draws from p(z) tell, too.
    @Test func manyCodesGiveTheMarginal() throws {
        let vae = try autoencoder(5)
        let few = try kernels.slice(1, 1, 8)
        let bound = try GradientMode.disabled {
            try vae.bound(few, samples: 3000, generator: RandomGenerator(seed: 14))
        }
        let codes = try #require(try vae.codePrior()).sample(6000, generator: RandomGenerator(seed: 15))
        for row in 1...8 {
            let repeated = try few.slice(1, row, row).expanded(to: [6000, 3, 3, 3])
            let likelihood = try GradientMode.disabled {
                try vae.decoder.negativeLogLikelihood(repeated, codes: codes).negated().logSumExp().number()
            }
            #expect(abs(Double(likelihood) - log(6000) - bound.doubles[row - 1]) < 0.15)
        }
    }

    @Test(arguments: [1, 4]) func trainingMovesPseudoInputs(_ samples: Int) throws {
        let vae = try autoencoder(3)
        let before = try #require(vae.pseudoInputs).values
        let first = try vae.meanBound(kernels, samples: samples, generator: RandomGenerator(seed: 1))
        let training = KernelVAETraining(epochs: 15, batchSize: 20, learningRate: 1e-2, heldOut: 0.2, samples: samples)
        try training.train(vae, on: kernels, generator: RandomGenerator(seed: 2))
        #expect(try vae.meanBound(kernels, samples: samples, generator: RandomGenerator(seed: 1)) > first + 0.5)
        #expect(try #require(vae.pseudoInputs).values != before)
        #expect(vae.summary == "KernelVAE(3x3x3, latent_size = 2, pseudo_inputs = 3)")
    }

    /// The prior of the codes stays when the encoder that made it is trained on, in files, too.
    @Test func aPriorKeepsItsCodes() throws {
        let prior = try VAEPrior(autoencoder(4), encoder: .trainable)
        let components = try #require(prior.codePrior).components.mean.values
        for (_, tensor) in prior.parameters {
            _ = try GradientMode.disabled { try tensor.add(tensor.detached(), factor: 0.5) }
        }
        let file = try prior.configuration
        let tensors = Dictionary(uniqueKeysWithValues: try prior.tensors.map { ($0.name, $0.tensor) })
        let again = try #require(try PriorDecoder().prior(file, tensors: tensors) as? VAEPrior)
        #expect(again.codePrior?.components.mean.values == components)
        let generator = [RandomGenerator(seed: 3), RandomGenerator(seed: 3)]
        #expect(
            try prior.sample(5, generator: generator[0]).values == again.sample(5, generator: generator[1]).values)
        #expect(try again.autoencoder.codePrior()?.components.mean.values != components)
        #expect(try again.copyOfBound(kernels) == prior.copyOfBound(kernels))
        var missing = tensors
        missing["code_prior.mean"] = nil
        #expect(throws: TensorError.self) { try PriorDecoder().prior(file, tensors: missing) }
    }

    @Test func refusesPseudoInputsOfAnotherShape() throws {
        for wrong in [[3, 3, 3], [2, 3, 3], [0, 3, 3, 3]] {
            #expect(throws: TensorError.self) {
                try KernelVAE(architecture, pseudoInputs: Tensor.zeros(wrong), generator: RandomGenerator(seed: 1))
            }
        }
        #expect(throws: TensorError.self) {
            try KernelVAE(
                architecture, pseudoInputs: Tensor.full([1, 3, 3, 3], .nan), generator: RandomGenerator(seed: 1))
        }
        #expect(throws: TensorError.self) { try CodeMixture(Normal(mean: kernels, logVariance: kernels)) }
    }

    /// States from before there was a choice are those of one sample.
    @Test func statesKnowTheirSamples() throws {
        func run(_ samples: Int) throws -> KernelVAETrainingRun {
            try KernelVAETraining(epochs: 2, samples: samples).start(
                autoencoder(0), on: kernels, generator: RandomGenerator(seed: 1))
        }
        var state = try run(1).state
        #expect(throws: TensorError.self) { try run(2).load(state) }
        state.configuration.settings.removeAll { $0.name == "samples" }
        try run(1).load(state)
        #expect(throws: TensorError.self) { try run(2).load(state) }
        #expect(throws: TensorError.self) { try run(0) }
    }
}

extension VAEPrior {
    fileprivate func copyOfBound(_ kernels: Tensor) throws -> [Float] {
        let noise = try Tensor.randn([2, kernels.shape[0], 2], generator: RandomGenerator(seed: 4))
        return try logBound(kernels, noise: noise).values
    }
}
