import Inference
import Layers
import Support
import Tensors
import Testing

@Suite struct KernelVAETests {
    /// The autoencoder of the fixture, with its weights.
    private func autoencoder(_ fixture: Fixture) throws -> KernelVAE {
        let architecture = try KernelArchitecture(.size3x3x3, latentSize: 6, hiddenChannels: 8)
        let result = try KernelVAE(architecture, generator: RandomGenerator(seed: 1))
        try result.load(fixture.named("weight/"))
        return result
    }

    @Test func lossAndGradientsAreTheReference() throws {
        let fixture = try Fixture("kernel_vae")
        let autoencoder = try autoencoder(fixture)
        let kernels = try fixture["kernels"].reshaped([10, 3, 3, 3])
        let terms = try autoencoder.lossTerms(kernels, noise: fixture["epsilon_z"])
        try expectClose(terms.negativeLogLikelihood, fixture["negative_log_likelihood"], "negative log-likelihood")
        try expectClose(terms.klDivergence, fixture["kl_z"], "divergence")
        let loss = try (terms.negativeLogLikelihood + terms.klDivergence).mean()
        try expectClose(loss, fixture["loss"], "loss")
        try loss.backward()
        for (name, tensor) in autoencoder.namedParameters {
            try expectClose(tensor.gradient, fixture["grad/" + name], name)
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
}
