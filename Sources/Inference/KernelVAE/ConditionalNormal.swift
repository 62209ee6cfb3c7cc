import Foundation
import Layers
import Support
import Tensors

/// A network that gives an independent Gaussian for each input: the encoder r(z | w) of a variational autoencoder,
/// which gives codes z for kernels w, or its decoder p(w | z).
public protocol ConditionalNormal: Layer {
    /// The shape of one input.
    var inputShape: [Int] { get }

    /// The shape of one value of the Gaussian.
    var outputShape: [Int] { get }

    /// The Gaussian for each of `input`, n x `inputShape`; its mean and log-variance are n x `outputShape`.
    func distribution(_ input: Tensor) throws(TensorError) -> Normal

    /// -log p(w | z) of each of n kernels, one code each: n numbers.
    func negativeLogLikelihood(_ kernels: Tensor, codes: Tensor) throws(TensorError) -> Tensor

    /// A network of the same kind with parameters of its own, which start at this one's.
    func copy() throws(TensorError) -> Self
}

extension ConditionalNormal {
    /// The mean of the Gaussian for `input`.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor { try distribution(input).mean }
}

/// What a decoder p(w | z) says of kernels.
extension ConditionalNormal {
    /// -log p(w | z) of each of n kernels, one code each: n numbers.
    public func negativeLogLikelihood(_ kernels: Tensor, codes: Tensor) throws(TensorError) -> Tensor {
        try distributionLikelihood(kernels, codes: codes)
    }

    /// -log p(w | z) from the distribution's mean and variance.
    func distributionLikelihood(_ kernels: Tensor, codes: Tensor) throws(TensorError) -> Tensor {
        let given = try distribution(codes)
        let density = try Normal.logDensity(kernels, mean: given.mean, logVariance: given.logVariance)
        return try density.sum(Array(2...max(density.rank, 2))).negated()
    }

    /// log p_K(w) of each of n kernels: an estimate whose expectation is a lower bound on log p(w) = log of the
    /// integral of p(w | z) p(z).
    ///
    /// It is the logarithm of the mean over k of p(w | z_k) p(z_k) / r(z_k | w) (Burda, Grosse and Salakhutdinov 2016,
    /// equation 8); for K = 1 and p(z) = N(0, I) it is E log p(w | z) - KL(r || N(0, I)), the divergence in closed
    /// form.
    ///
    /// - Parameters:
    ///   - kernels: n x `outputShape`.
    ///   - encoded: r(z | w) for each kernel, n x the number of codes.
    ///   - codePrior: p(z), N(0, I) where it is nil.
    ///   - noise: Standard normal numbers, K x n x the number of codes.
    /// - Returns: n numbers.
    public func logMarginalBound(
        _ kernels: Tensor, encoded: Normal, codePrior: CodeMixture? = nil, noise: Tensor
    ) throws(TensorError) -> Tensor {
        let count = kernels.shape.first ?? 0
        guard noise.rank == 3, noise.shape[0] >= 1, Array(noise.shape.dropFirst()) == encoded.eventShape,
            encoded.eventShape == [count] + inputShape
        else {
            throw .shape(
                operation: "log_marginal_bound", parameter: "noise", shape: noise.shape,
                expected: "samples x \((([count] + inputShape)).shapeText)")
        }
        let samples = noise.shape[0]
        let codes = try encoded.sample(noise: noise)
        let repeated = try kernels.unsqueezed(1).expanded(to: [samples] + kernels.shape)
            .reshaped([samples * count] + outputShape)
        let reconstruction = try negativeLogLikelihood(repeated, codes: codes.reshaped([samples * count] + inputShape))
            .reshaped([samples, count])
        if samples == 1, codePrior == nil {
            return try (reconstruction.reshaped([count]) + encoded.divergenceFromStandard()).negated()
        }
        // log p(z) - log r(z | w), where z = mean + sd x noise; for N(0, I) the constants cancel.
        var ratio = try (noise.square() + encoded.logVariance).sum([3]).scaled(by: 0.5)
        if let codePrior {
            let constant = Float(0.5 * log(2 * Double.pi) * Double(noise.shape[2]))
            ratio = try ratio + codePrior.logProbability(codes).offset(by: constant)
        } else {
            ratio = try ratio - codes.square().sum([3]).scaled(by: 0.5)
        }
        return try (ratio - reconstruction).logSumExp([1], keepDims: false)
            .offset(by: -Float(log(Double(samples))))
    }
}

extension Normal {
    /// KL(q || N(0, I)) of each of n values, q being n x their number of elements.
    package func divergenceFromStandard() throws(TensorError) -> Tensor {
        try (logVariance.exp() + mean.square() - logVariance).offset(by: -1).sum([2]).scaled(by: 0.5)
    }
}

/// The mean of C independent Gaussians as the prior p(z) of codes: what the encoder makes of C pseudo-inputs u is the
/// VampPrior, p(z) = 1/C sum of r(z | u) (Tomczak and Welling 2018, equation 9).
public struct CodeMixture {
    /// Means and log-variances, C x the number of codes.
    public let components: Normal

    /// A mixture of one component at least.
    public init(_ components: Normal) throws(TensorError) {
        guard components.eventShape.count == 2, components.eventShape[0] >= 1 else {
            throw .shape(
                operation: "code_mixture", parameter: "components", shape: components.eventShape,
                expected: "one component at least x the number of codes")
        }
        self.components = components
    }

    private var count: Int { components.eventShape[0] }

    /// log p(z) of each of `codes`: any dimensions, then the number of codes.
    public func logProbability(_ codes: Tensor) throws(TensorError) -> Tensor {
        let density = try Normal.logDensity(
            codes.unsqueezed(codes.rank), mean: components.mean, logVariance: components.logVariance)
        return try density.sum([density.rank]).logSumExp([density.rank - 1]).offset(by: -Float(log(Double(count))))
    }

    /// Draws `count` codes, each from a component of its own.
    public func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor {
        let chosen = try (0..<positive(count, "sample", "count")).map { _ in generator.below(self.count) + 1 }
        let drawn = try components.indexed(chosen)
        return try drawn.sample(noise: Tensor.randn(drawn.eventShape, generator: generator))
    }
}
