import Layers
import Support
import Tensors

/// A prior p(w) of convolution kernels, as variational inference sees it.
public protocol KernelPrior: SendableMetatype {
    /// The shape of one kernel.
    var eventShape: [Int] { get }

    /// Whether it is of kernels of `eventShape` alone; a script's density may be of any.
    var isOfOneShape: Bool { get }

    /// -E_q log p(w), summed over the kernels of the posterior q (n x `eventShape`): in closed form, or an unbiased
    /// estimate of an upper bound. A scalar in nats; gradients flow to q and to `parameters`.
    func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor

    /// Draws `count` kernels.
    func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor

    /// Whether its density may be computed by several threads at once; that of a script's prior may not.
    var allowsThreads: Bool { get }

    /// Whether `sample` draws kernels; a prior that a script wrote may have a density only.
    var canSample: Bool { get }

    /// What is trained together with the posterior, such as an encoder's parameters.
    var parameters: [(name: String, tensor: Tensor)] { get throws(TensorError) }

    /// How many numbers the prior holds.
    var numberCount: Int { get throws(TensorError) }

    /// What files keep of the prior, beside `tensors`: a kind and its settings.
    var configuration: Configuration { get throws(TensorError) }

    /// The tensors that files keep of the prior.
    var tensors: [(name: String, tensor: Tensor)] { get throws(TensorError) }

    /// Both at once, for priors that go through all that they hold to find either.
    func stored() throws(TensorError) -> StoredPrior

    /// The prior as it is in the group `name`: one whose errors arise later, as gradients flow, tells the group then.
    func inGroup(_ name: String) -> any KernelPrior
}

/// What files keep of a prior: a kind with its settings, and tensors by name.
public typealias StoredPrior = (configuration: Configuration, tensors: [(name: String, tensor: Tensor)])

/// A prior that scripts make by a function of its own, and files from a kind and its settings.
public protocol DeclaredPrior: KernelPrior {
    /// The name under which files keep such priors.
    static var kind: String { get }

    /// The ways in which scripts make such priors from kernels or from a shape; none where a prior needs more.
    static var declarations: [PriorDeclaration] { get }

    /// Makes the prior again from what a file kept; `decoder` makes the priors that it holds, if there are any.
    init(_ configuration: Configuration, tensors: [String: Tensor], decoder: PriorDecoder) throws(TensorError)
}

extension DeclaredPrior {
    /// The kind alone.
    public var configuration: Configuration { Configuration(kind: Self.kind) }
}

extension KernelPrior {
    /// True.
    public var isOfOneShape: Bool { true }

    /// True.
    public var allowsThreads: Bool { true }

    /// True.
    public var canSample: Bool { true }

    /// Nothing to train.
    public var parameters: [(name: String, tensor: Tensor)] { [] }

    /// None.
    public var tensors: [(name: String, tensor: Tensor)] { [] }

    /// The configuration and the tensors.
    public func stored() throws(TensorError) -> StoredPrior { (try configuration, try tensors) }

    /// The prior itself.
    public func inGroup(_ name: String) -> any KernelPrior { self }

    /// The elements of all tensors that files keep.
    public var numberCount: Int { get throws(TensorError) { try tensors.reduce(0) { $0 + $1.tensor.count } } }

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
        return try ChunkedSum.of(inputs, parameters: parameters.map(\.tensor), rows: allowsThreads ? 2048 : .max) {
            parts, _, _ throws(TensorError) in
            let part = try Normal(mean: parts[0], logVariance: parts[1])
            return try logProbability(part.sample(noise: parts[2])).sum().negated()
        }
    }
}

extension [String: Tensor] {
    /// The tensor `name`; an error where a file does not have it.
    package func required(_ name: String) throws(TensorError) -> Tensor {
        guard let tensor = self[name] else {
            throw .argument(operation: "load", parameter: name, value: "missing", expected: "a tensor")
        }
        return tensor
    }
}
