import Support
import Tensors

/// A batch of probability distributions of numbers, vectors or larger tensors, as torch.distributions has them;
/// probabilities are densities, where there are such, and logarithms natural.
///
/// A distribution states the requirements below; what users call follows from them in the extensions. Parameters are
/// tensors that broadcast to the batch, checked when the distribution is made; gradients reach them.
public protocol Distribution {
    /// The name that scripts know, such as "Normal".
    var kind: String { get }
    /// The shape of the batch: how many distributions there are, each with its own parameters.
    var batchShape: [Int] { get }
    /// The shape of one value; empty for numbers.
    var eventShape: [Int] { get }
    /// The tensors that it was made from, by PyTorch's names.
    var parameters: [(name: String, tensor: Tensor)] { get }
    /// The values that it may take.
    var support: Constraint { get throws(TensorError) }
    /// Whether draws are differentiable functions of the parameters.
    var hasReparameterisedSample: Bool { get }
    /// What it prints as: by default its kind, and the shapes of its parameters.
    var description: String { get }

    /// The log density of values that lie in the support; may still have to be broadcast to the batch.
    ///
    /// - Parameter values: Any dimensions that broadcast with the batch, then those of the event, all of them.
    func logDensity(_ values: Tensor) throws(TensorError) -> Tensor

    /// Independent draws, of `shape` x batch x event; by default the quantiles of uniform numbers.
    func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor

    /// The entropy in nats, one number for each distribution of the batch; an error where there is no closed form.
    func entropy() throws(TensorError) -> Tensor

    /// The mean, batch x event: NaN or infinite where there is none.
    func mean() throws(TensorError) -> Tensor

    /// The variance of each element, batch x event: NaN or infinite where there is none.
    func variance() throws(TensorError) -> Tensor

    /// The probability that a number is at most each of `values`; an error where there is no closed form.
    func cdf(_ values: Tensor) throws(TensorError) -> Tensor

    /// The number that a draw is at most with each of the probabilities `p`, which lie within 0 to 1; an error where
    /// there is no closed form.
    func quantile(_ p: Tensor) throws(TensorError) -> Tensor
}

/// What holds unless a distribution says otherwise.
extension Distribution {
    /// Numbers.
    public var eventShape: [Int] { [] }

    /// True.
    public var hasReparameterisedSample: Bool { true }

    /// "Normal(loc: 3x3, scale: scalar)".
    public var description: String {
        "\(kind)(" + parameters.map { "\($0.name): \($0.tensor.shape.shapeText)" }.joined(separator: ", ") + ")"
    }

    /// The quantiles of uniform numbers.
    public func sample(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        try quantile(.openUniform(shape + batchShape, generator: generator))
    }

    /// An error: there is no closed form.
    public func entropy() throws(TensorError) -> Tensor { throw missing("entropy") }

    /// An error: there is no closed form.
    public func mean() throws(TensorError) -> Tensor { throw missing("mean") }

    /// An error: there is no closed form.
    public func variance() throws(TensorError) -> Tensor { throw missing("variance") }

    /// An error: there is no closed form.
    public func cdf(_ values: Tensor) throws(TensorError) -> Tensor { throw missing("cdf") }

    /// An error: there is no closed form.
    public func quantile(_ p: Tensor) throws(TensorError) -> Tensor { throw missing("icdf") }

    /// The error of what has no closed form.
    func missing(_ operation: String) -> TensorError {
        .argument(
            operation: operation, parameter: "self", value: kind,
            expected: "a distribution whose \(operation) is known in closed form")
    }
}

/// What users call.
extension Distribution {
    /// The log density of `values`, one number for each; -infinity outside the support, and for NaN.
    ///
    /// - Parameter values: Broadcast with batch x event.
    /// - Returns: The dimensions of that broadcast but the event's.
    public func logProbability(_ values: Tensor) throws(TensorError) -> Tensor {
        guard let whole = try? Shape.broadcast(values.shape, batchShape + eventShape, operation: "log_prob"),
            Array(whole.suffix(eventShape.count)) == eventShape
        else {
            throw .shape(
                operation: "log_prob", parameter: "value", shape: values.shape,
                expected: "one that broadcasts with \((batchShape + eventShape).shapeText)")
        }
        let leading = Array(whole.dropLast(eventShape.count))
        let values = eventShape.isEmpty ? values : try values.expanded(to: whole)
        let support = try support
        let inside = try support.contains(values.detached())
        if inside.all { return try logDensity(values).expanded(to: leading) }
        // Values outside are replaced before the density sees them: it would give NaN, or gradients that are.
        let chosen = try inside.reshaped(inside.shape + eventShape.map { _ in 1 })
        let density = try logDensity(.select(chosen, values, support.member))
        return try Tensor.select(inside, density, Tensor(-.infinity)).expanded(to: leading)
    }

    /// The number that a draw is at most with each of the probabilities `p`; an error where one does not lie within 0
    /// to 1, or there is no closed form.
    public func icdf(_ p: Tensor) throws(TensorError) -> Tensor {
        try CheckedParameter("q", p, in: .share).check("icdf")
        return try quantile(p)
    }

    /// The standard deviation of each element: the root of the variance.
    public func standardDeviation() throws(TensorError) -> Tensor { try variance().sqrt() }

    /// The density of `values`, as `logDensity`, in the shape of `values` without the event.
    func broadcastLogDensity(_ values: Tensor) throws(TensorError) -> Tensor {
        let leading = Array(values.shape.dropLast(eventShape.count))
        return try logDensity(values).expanded(
            to: Shape.broadcast(leading, batchShape, operation: "log_prob"))
    }

    /// What was computed from some of the parameters, repeated for the batch.
    func batched(_ tensor: Tensor) throws(TensorError) -> Tensor {
        tensor.shape == batchShape ? tensor : try tensor.expanded(to: batchShape)
    }

    /// A tensor of one value for the batch.
    func batched(_ value: Float) throws(TensorError) -> Tensor { try .full(batchShape, value) }
}

extension Tensor {
    /// Independent uniform numbers of (0, 1), both ends left out, as their logarithms are taken.
    static func openUniform(_ shape: [Int], generator: RandomGenerator) throws(TensorError) -> Tensor {
        // Numbers of 23 bits get a 24th, so that they lie in the middle between two neighbours.
        try rand(shape, generator: generator).offset(by: 0x1p-24)
    }
}
