import Layers
import Support
import Tensors

/// A prior p(w) of convolution kernels, as variational inference sees it.
public protocol KernelPrior: SendableMetatype {
    /// The name under which files keep such priors.
    static var kind: String { get }

    /// The ways in which scripts make such priors from kernels or from a shape; none where a prior needs more.
    static var declarations: [PriorDeclaration] { get }

    /// The shape of one kernel.
    var eventShape: [Int] { get }

    /// -E_q log p(w), summed over the kernels of the posterior q (n x `eventShape`): in closed form, or an unbiased
    /// estimate of an upper bound. A scalar in nats; gradients flow to q and to `parameters`.
    func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor

    /// Draws `count` kernels.
    func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor

    /// What is trained together with the posterior, such as an encoder's parameters.
    var parameters: [(name: String, tensor: Tensor)] { get }

    /// What files keep of the prior, beside `tensors`: a kind and its settings.
    var configuration: Configuration { get }

    /// The tensors that files keep of the prior.
    var tensors: [(name: String, tensor: Tensor)] { get }

    /// Makes the prior again from what a file kept.
    init(_ configuration: Configuration, tensors: [String: Tensor]) throws(TensorError)
}

extension KernelPrior {
    /// Nothing to train.
    public var parameters: [(name: String, tensor: Tensor)] { [] }

    /// The kind alone.
    public var configuration: Configuration { Configuration(kind: Self.kind) }

    /// None.
    public var tensors: [(name: String, tensor: Tensor)] { [] }

    /// An upper bound on KL(q || p) in nats, summed over the kernels of q: cross entropy minus q's entropy, the latter
    /// in closed form.
    public func bound(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try crossEntropy(posterior, generator: generator) - posterior.entropy()
    }
}

extension KernelPrior where Self: Distribution {
    /// The cross entropy estimated with one draw of each kernel of the posterior, through which gradients flow: for
    /// priors without a closed form.
    public func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor {
        let noise = try Tensor.randn(posterior.eventShape, generator: generator)
        let inputs = [posterior.mean, posterior.logVariance, noise]
        return try ChunkedSum.of(inputs, parameters: parameters.map(\.tensor), rows: 2048) {
            parts, _, _ throws(TensorError) in
            let part = try Normal(mean: parts[0], logVariance: parts[1])
            return try logProbability(part.sample(noise: parts[2])).sum().negated()
        }
    }
}

extension [String: Tensor] {
    /// The tensor `name`; an error where a file does not have it.
    func required(_ name: String) throws(TensorError) -> Tensor {
        guard let tensor = self[name] else {
            throw .argument(operation: "load", parameter: name, value: "missing", expected: "a tensor")
        }
        return tensor
    }
}
