import Layers
import Support
import Tensors

extension Normal: DeclaredPrior {
    private static let deviation = Setting.number(
        "std", in: .positive(upTo: 1e6), default: 1, "the standard deviation")

    /// "Normal".
    public static let kind = "Normal"

    /// `NormalPrior` and `IndependentNormals`.
    public static let declarations = [
        PriorDeclaration(
            "NormalPrior", "Makes the prior of independent weights N(0, std^2).", deviation,
            example: "bayes.NormalPrior({3, 3, 3}):log_prob(torch.zeros(2, 3, 3, 3)):numel() == 2",
            make: .shape { shape, settings throws(TensorError) in
                try Normal(eventShape: shape, standardDeviation: settings[deviation])
            }),
        PriorDeclaration(
            "IndependentNormals", "Fits a normal distribution to each weight of the kernels.",
            example: "bayes.IndependentNormals(torch.randn(9, 3, 3)):sample(2):dim() == 3",
            make: .fit { kernels, _, _ throws(TensorError) in try Normal(fitting: kernels) }),
    ]

    /// The cross entropy in closed form.
    public func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try KLDivergence.between(posterior, self) + posterior.entropy()
    }

    /// The means and log-variances.
    public var tensors: [(name: String, tensor: Tensor)] { [("mean", mean), ("log_variance", logVariance)] }

    /// Makes the prior again from what a file kept.
    public init(
        _ configuration: Configuration, tensors: [String: Tensor], decoder: PriorDecoder
    ) throws(TensorError) {
        try self.init(mean: tensors.required("mean"), logVariance: tensors.required("log_variance"))
    }
}

extension FullCovarianceGaussian: DeclaredPrior {
    private static let shrinkage = Setting.real(
        "shrinkage", in: .share, default: 1e-4, "share of the mean variance added to each")

    /// "FullCovarianceGaussian".
    public static let kind = "FullCovarianceGaussian"

    /// `FullCovariance`.
    public static let declarations = [
        PriorDeclaration(
            "FullCovariance", "Fits a Gaussian of full covariance to kernels.", shrinkage,
            example: "bayes.FullCovariance(torch.randn(99, 3, 3)):sample(2):dim() == 3",
            make: .fit { kernels, settings, _ throws(TensorError) in
                try FullCovarianceGaussian(fitting: kernels, shrinkage: settings[shrinkage])
            })
    ]

    /// The cross entropy in closed form.
    public func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try KLDivergence.crossEntropy(posterior, self)
    }

    /// The mean and the factor of the covariance.
    public var tensors: [(name: String, tensor: Tensor)] { [("mean", mean), ("factor", factor)] }

    /// Makes the prior again from what a file kept.
    public init(
        _ configuration: Configuration, tensors: [String: Tensor], decoder: PriorDecoder
    ) throws(TensorError) {
        try self.init(mean: tensors.required("mean"), factor: tensors.required("factor"))
    }
}

extension LogUniform: DeclaredPrior {
    private static let shape = Setting<[Int]>.part("event_shape", "the kernel's size")
    private static let least = Setting<Float>.part("minimum", "the smallest size of a weight")
    private static let most = Setting<Float>.part("maximum", "the largest size of a weight")

    /// "LogUniform".
    public static let kind = "LogUniform"

    /// `LogUniform`.
    public static let declarations = [
        PriorDeclaration(
            "LogUniform", "Makes the log-uniform prior of each weight.",
            example: "bayes.LogUniform({3, 3}):sample(2):dim() == 3",
            make: .shape { shape, _ throws(TensorError) in try LogUniform(eventShape: shape) })
    ]

    /// The cross entropy up to a constant, by the approximation of `KLDivergence.toLogUniform`, which ignores the
    /// limits.
    public func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try KLDivergence.toLogUniform(posterior) + posterior.entropy()
    }

    /// The shape and the limits.
    public var configuration: Configuration {
        Configuration(kind: Self.kind, Self.shape(eventShape), Self.least(minimum), Self.most(maximum))
    }

    /// Makes the prior again from what a file kept.
    public init(
        _ configuration: Configuration, tensors: [String: Tensor], decoder: PriorDecoder
    ) throws(TensorError) {
        try self.init(
            eventShape: configuration[Self.shape], minimum: configuration[Self.least],
            maximum: configuration[Self.most])
    }
}
