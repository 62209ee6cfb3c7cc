import Layers
import Support
import Tensors

extension Normal: KernelPrior {
    /// The cross entropy in closed form.
    public func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try KLDivergence.between(posterior, self) + posterior.entropy()
    }

    /// The kind alone.
    public var configuration: Configuration { Configuration(kind: PriorKind.normal.rawValue) }

    /// The means and log-variances.
    public var tensors: [(name: String, tensor: Tensor)] { [("mean", mean), ("log_variance", logVariance)] }

    /// Makes the prior again from what a file kept.
    public init(_ configuration: Configuration, tensors: [String: Tensor]) throws(TensorError) {
        try self.init(mean: tensors.required("mean"), logVariance: tensors.required("log_variance"))
    }
}

extension FullCovarianceGaussian: KernelPrior {
    /// The cross entropy in closed form.
    public func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try KLDivergence.crossEntropy(posterior, self)
    }

    /// The kind alone.
    public var configuration: Configuration { Configuration(kind: PriorKind.fullCovariance.rawValue) }

    /// The mean and the factor of the covariance.
    public var tensors: [(name: String, tensor: Tensor)] { [("mean", mean), ("factor", factor)] }

    /// Makes the prior again from what a file kept.
    public init(_ configuration: Configuration, tensors: [String: Tensor]) throws(TensorError) {
        try self.init(mean: tensors.required("mean"), factor: tensors.required("factor"))
    }
}

extension LogUniform: KernelPrior {
    /// The cross entropy up to a constant, by the approximation of `KLDivergence.toLogUniform`; without the limits.
    public func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try KLDivergence.toLogUniform(posterior) + posterior.entropy()
    }

    /// The shape and the limits.
    public var configuration: Configuration {
        Configuration(
            kind: PriorKind.logUniform.rawValue,
            [
                "event_shape": .integers(eventShape), "minimum": .number(Double(minimum)),
                "maximum": .number(Double(maximum)),
            ])
    }

    /// None.
    public var tensors: [(name: String, tensor: Tensor)] { [] }

    /// Makes the prior again from what a file kept.
    public init(_ configuration: Configuration, tensors: [String: Tensor]) throws(TensorError) {
        try self.init(
            eventShape: configuration.integers("event_shape"), minimum: Float(configuration.number("minimum")),
            maximum: Float(configuration.number("maximum")))
    }
}
