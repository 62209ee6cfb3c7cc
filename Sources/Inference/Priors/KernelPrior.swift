import Support
import Tensors

/// A prior p(w) of convolution kernels, as variational inference sees it.
public protocol KernelPrior {
    /// The shape of one kernel.
    var eventShape: [Int] { get }

    /// -E_q log p(w), summed over the kernels of the posterior q (n x `eventShape`): in closed form, or an unbiased
    /// estimate of an upper bound. A scalar in nats; gradients flow to q and to `parameters`.
    func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor

    /// Draws `count` kernels.
    func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor

    /// What is trained together with the posterior, such as an encoder's parameters.
    var parameters: [(name: String, tensor: Tensor)] { get }
}

extension KernelPrior {
    /// Nothing to train.
    public var parameters: [(name: String, tensor: Tensor)] { [] }

    /// An upper bound on KL(q || p) in nats, summed over the kernels of q: cross entropy minus q's entropy, the latter
    /// in closed form.
    public func bound(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try crossEntropy(posterior, generator: generator) - posterior.entropy()
    }
}

extension Normal: KernelPrior {
    /// The cross entropy in closed form.
    public func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try KLDivergence.between(posterior, self) + posterior.entropy()
    }
}

extension FullCovarianceGaussian: KernelPrior {
    /// The cross entropy in closed form.
    public func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try KLDivergence.crossEntropy(posterior, self)
    }
}

extension LogUniform: KernelPrior {
    /// The cross entropy up to a constant, by the approximation of `KLDivergence.toLogUniform`; without the limits.
    public func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try KLDivergence.toLogUniform(posterior) + posterior.entropy()
    }
}
