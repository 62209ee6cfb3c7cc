import Inference
import Layers
import Support
import Tensors
import TestSupport
import Testing

@Suite struct KernelVAETests {
    /// The autoencoder of the fixture, with its weights.
    private func autoencoder(_ fixture: Fixture) throws -> KernelVAE {
        let architecture = try KernelArchitecture(.size3x3x3, latentSize: 6, hiddenChannels: 8)
        let result = try KernelVAE(architecture, generator: RandomGenerator(seed: 1))
        try result.load(fixture.tensors(under: "weight/"))
        return result
    }

    @Test func lossAndGradientsAreTheReference() throws {
        let fixture = try Fixture("kernel_vae")
        let autoencoder = try autoencoder(fixture)
        let kernels = try fixture["kernels"].reshaped([10, 3, 3, 3])
        let encoded = try autoencoder.encode(kernels)
        let likelihood = try autoencoder.decoder.negativeLogLikelihood(
            kernels, codes: encoded.sample(noise: fixture["epsilon_z"]))
        let divergence = try encoded.divergenceFromStandard()
        try expectClose(likelihood, fixture["negative_log_likelihood"], "negative log-likelihood")
        try expectClose(divergence, fixture["kl_z"], "divergence")
        let loss = try (likelihood + divergence).mean()
        try expectClose(loss, fixture["loss"], "loss")
        try loss.backward()
        for (name, tensor) in autoencoder.namedParameters {
            try expectClose(tensor.gradient, fixture["grad/" + name], name)
        }
    }

    /// log(e^v + minimum) for the log-variance v without one, where layers are trained and where they are frozen.
    @Test(arguments: [KernelArchitecture.Kind.size3x3x3, .size7x7], [1e-3, 0.5] as [Float])
    func aLeastVarianceIsAddedToEach(_ kind: KernelArchitecture.Kind, _ minimum: Float) throws {
        func autoencoder(_ minimum: Float) throws -> KernelVAE {
            try KernelVAE(
                KernelArchitecture(kind, hiddenChannels: 4), minimumVariance: minimum,
                generator: RandomGenerator(seed: 1))
        }
        let (plain, limited) = (try autoencoder(0), try autoencoder(minimum))
        let codes = try Tensor.randn([5, plain.latentSize], generator: RandomGenerator(seed: 2))
        let expected = try plain.decode(codes).logVariance.exp().offset(by: minimum).log()
        try expectClose(limited.decode(codes).logVariance, expected, "log-variance")
        let kernels = try Tensor.randn([5] + plain.kernelShape, generator: RandomGenerator(seed: 3))
        let trained = try limited.decoder.negativeLogLikelihood(kernels, codes: codes)
        for parameter in limited.namedParameters { try parameter.tensor.requireGradient(false) }
        try expectClose(limited.decoder.negativeLogLikelihood(kernels, codes: codes), trained, "likelihood")
        #expect(try limited.copy().minimumVariance == minimum && plain.minimumVariance == 0)
    }

    @Test func aLeastVarianceIsFiniteAndNotNegative() throws {
        for wrong in [-1, .nan, .infinity] as [Float] {
            #expect(throws: TensorError.self) {
                try KernelVAE(
                    KernelArchitecture(.size7x7), minimumVariance: wrong, generator: RandomGenerator(seed: 1))
            }
        }
    }

    @Test func boundAndGradientsAreTheReference() throws {
        let fixture = try Fixture("kernel_vae")
        let prior = try VAEPrior(autoencoder(fixture), encoder: .fixed)
        let mean = try fixture["bound/mu"].requireGradient()
        let logVariance = try fixture["bound/logvar"].requireGradient()
        let kernels = [10, 3, 3, 3]
        let posterior = try Normal(mean: mean.reshaped(kernels), logVariance: logVariance.reshaped(kernels))
        let weights = try posterior.sample(noise: fixture["bound/epsilon_w"].reshaped(kernels))
        let codes = try fixture["bound/epsilon_z"].unsqueezed(1)
        let bound = try posterior.entropy().negated() - prior.logBound(weights, noise: codes).sum()
        try expectClose(bound, fixture["bound/value"], "bound")
        try bound.backward()
        try expectClose(mean.gradient, fixture["bound/grad_mu"], "gradient of the mean")
        try expectClose(logVariance.gradient, fixture["bound/grad_logvar"], "gradient of the log-variance")
    }

    /// Names and shapes of the parameters that the published 2D weights have.
    @Test func parametersHaveThePublishedNames() throws {
        func names(_ kind: KernelArchitecture.Kind) throws -> [String: [Int]] {
            try KernelVAE(KernelArchitecture(kind), generator: RandomGenerator(seed: 1)).stateDictionary
                .mapValues(\.shape)
        }
        let seven = try names(.size7x7)
        #expect(seven.count == 20)
        #expect(seven["encoder.features.4.weight"] == [64, 64, 3, 3])
        #expect(seven["encoder.fc_var.weight"] == [2, 64, 1, 1])
        #expect(seven["decoder.decoder.0.weight"] == [2, 64, 3, 3])
        #expect(seven["decoder.fc_var.bias"] == [1])
        let five = try names(.size5x5)
        #expect(five.count == 24)
        #expect(five["encoder.features.6.weight"] == [128, 128, 3, 3])
        #expect(five["encoder.fc_sigma.weight"] == [4, 128, 1, 1])
        #expect(five["decoder.decoder.6.weight"] == [64, 128, 1, 1])
        #expect(five["decoder.fc_var.0.weight"] == [1, 64, 1, 1])
        let three = try names(.size3x3x3)
        #expect(three["decode.2.weight"] == [128, 128, 3, 3, 3])
        #expect(three["latent_logvar.weight"] == [6, 128, 1, 1, 1])
    }

    @Test(arguments: KernelArchitecture.Kind.allCases) func shapesFollowTheKernel(
        _ kind: KernelArchitecture.Kind
    ) throws {
        let architecture = try KernelArchitecture(kind, hiddenChannels: 3)
        let autoencoder = try KernelVAE(architecture, generator: RandomGenerator(seed: 1))
        let kernels = try Tensor.randn([5] + architecture.kernelShape, generator: RandomGenerator(seed: 2))
        #expect(try autoencoder.encode(kernels).mean.shape == [5, architecture.latentSize])
        #expect(
            try autoencoder.decode(Tensor.zeros([4, architecture.latentSize])).logVariance.shape
                == [4] + architecture.kernelShape)
        #expect(try autoencoder.sample(6, generator: RandomGenerator(seed: 3)).shape == [6] + architecture.kernelShape)
        #expect(throws: TensorError.self) { try autoencoder.encode(Tensor.zeros([5, 2, 2])) }
        #expect(throws: TensorError.self) { try autoencoder.decode(Tensor.zeros([5, 99])) }
    }

    @Test func moreSamplesTightenTheBound() throws {
        let autoencoder = try autoencoder(Fixture("kernel_vae"))
        let kernels = try autoencoder.sample(300, generator: RandomGenerator(seed: 4))
        let one = try autoencoder.meanBound(kernels, generator: RandomGenerator(seed: 5))
        let many = try autoencoder.meanBound(kernels, samples: 20, generator: RandomGenerator(seed: 5))
        #expect(many > one)
        #expect(throws: TensorError.self) {
            try autoencoder.bound(kernels, samples: 0, generator: RandomGenerator(seed: 1))
        }
    }

    @Test func refusesImpossibleSizes() {
        #expect(throws: TensorError.self) { try KernelArchitecture(.size5x5, latentSize: 0) }
        #expect(throws: TensorError.self) { try KernelArchitecture(.size5x5, hiddenChannels: 1 << 40) }
        #expect(throws: TensorError.self) { try KernelArchitecture(kernelShape: [4, 4]) }
    }
}
