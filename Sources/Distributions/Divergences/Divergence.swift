import Support
import Tensors

/// The Kullback-Leibler divergence KL(p || q), the expectation under p of log p - log q, in nats: one number for each
/// distribution of the batch.
public struct Divergence {
    /// How it was found.
    public enum Method: String, Sendable {
        /// By a formula.
        case closedForm = "closed form"
        /// As the mean over draws of p.
        case monteCarlo = "Monte Carlo"
    }

    /// The divergence.
    public let value: Tensor
    /// How it was found.
    public let method: Method
    /// The standard error of the value: 0 for a formula.
    public let standardError: Tensor

    /// The divergence of `p` from `q`: by the formula of the pair's kinds where there is one (`KLTable`), otherwise
    /// over draws.
    ///
    /// - Parameters:
    ///   - p: The distribution that the expectation is taken under.
    ///   - q: A distribution whose event has the same shape, and whose batch broadcasts with that of `p`.
    ///   - samples: The number of draws, 2 or more, where there is no formula.
    ///   - generator: The source of the draws.
    public init(
        _ p: any Distribution, _ q: any Distribution, samples: Int = 10_000, generator: RandomGenerator
    ) throws(TensorError) {
        guard p.eventShape == q.eventShape else {
            throw .shape(
                operation: "kl", parameter: "event of q", shape: q.eventShape,
                expected: "\(p.eventShape.shapeText), as that of p")
        }
        guard let batch = try? Shape.broadcast(p.batchShape, q.batchShape, operation: "kl") else {
            throw .shape(
                operation: "kl", parameter: "batch of q", shape: q.batchShape,
                expected: "one that broadcasts with \(p.batchShape.shapeText)")
        }
        if let formula = try KLTable.divergence(p, q) {
            (value, method) = (try formula.expanded(to: batch), .closedForm)
            standardError = try .zeros(batch)
            return
        }
        try require(samples >= 2, "kl", "samples", samples, expected: "2 or more")
        let draws = try p.sample([samples], generator: generator)
        // Where q has a batch that p has not, the draws serve all of it.
        let added = [Int](repeating: 1, count: max(0, batch.count - p.batchShape.count))
        let values = try draws.reshaped([samples] + added + p.batchShape + p.eventShape)
        let ratio = try p.logProbability(values) - q.logProbability(values)
        (value, method) = (try ratio.mean([1]).expanded(to: batch), .monteCarlo)
        standardError = try ratio.detached().standardDeviation([1]).scaled(by: 1 / Float(samples).squareRoot())
            .expanded(to: batch)
    }
}
