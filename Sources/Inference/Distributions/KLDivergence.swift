import Foundation
import Tensors

/// Kullback-Leibler divergences KL(q || p) between pairs of distributions, in nats.
///
/// q holds any number of values (its leading dimensions count them), p is the distribution of one; the result is the
/// sum over the values, a scalar through which gradients flow to q.
public enum KLDivergence {
    /// KL(q || p) of independent Gaussians, in closed form.
    public static func between(_ q: Normal, _ p: Normal) throws(TensorError) -> Tensor {
        try check(q, p)
        let excess = try q.logVariance - p.logVariance
        let distance = try (q.mean - p.mean).square() * p.logVariance.negated().exp()
        return try (excess.exp() + distance - excess).sum().scaled(by: 0.5).offset(by: -0.5 * Float(q.eventSize))
    }

    /// -E_q log p in closed form: half of the log determinant, the trace of S⁻¹ times q's covariance, and the distance
    /// of the means.
    public static func crossEntropy(_ q: Normal, _ p: FullCovarianceGaussian) throws(TensorError) -> Tensor {
        try check(q, p)
        let (means, leading) = try p.rows(q.mean)
        let standard = try (means - p.mean.reshaped([1, p.eventSize])).linear(weight: p.whitening, bias: nil)
        let precision = try p.whitening.square().sum([1])
        let trace = try q.logVariance.exp().reshaped([-1, p.eventSize]) * precision
        let constant = p.logDeterminant + Double(p.eventSize) * log(2 * Double.pi)
        return try (standard.square().sum() + trace.sum())
            .offset(by: Float(Double(leading.reduce(1, *)) * constant)).scaled(by: 0.5)
    }

    /// KL(q || p) to the improper log-uniform distribution, up to a constant, chosen so that a weight of mean 0 gives
    /// 0. An approximation within 0.01 nats a weight: Molchanov, Ashukha and Vetrov (2017), equation 14.
    public static func toLogUniform(_ q: Normal) throws(TensorError) -> Tensor {
        // alpha = variance / mean²; the small number keeps it finite where the mean is 0.
        let logAlpha = try q.logVariance - q.mean.square().offset(by: 1e-16).log()
        let sigmoid = try logAlpha.scaled(by: 1.48695).offset(by: 1.87320).sigmoid()
        let tail = try logAlpha.negated().softplus().scaled(by: 0.5)
        return try (tail - sigmoid.scaled(by: 0.63576)).sum().offset(by: 0.63576 * Float(q.eventSize))
    }

    private static func check(_ q: Normal, _ p: some Distribution) throws(TensorError) {
        guard Array(q.eventShape.suffix(p.eventShape.count)) == p.eventShape else {
            throw .shape(
                operation: "kl_divergence", parameter: "q", shape: q.eventShape,
                expected: "any dimensions, then \(p.eventShape.shapeText)")
        }
    }
}
