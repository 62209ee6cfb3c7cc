import Foundation
import Support
import Tensors

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
