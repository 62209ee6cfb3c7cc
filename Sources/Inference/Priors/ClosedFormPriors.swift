import Layers
import Support
import Tensors

extension Normal: DeclaredPrior {
    private static let deviation = Setting.number(
        "std", in: .positive(upTo: 1e6), default: 1, "the standard deviation")

    /// "Normal".
    public static let kind = "Normal"

    /// `Normal` and `IndependentNormals`.
    public static let declarations = [
        PriorDeclaration(
            "Normal", "Makes the prior of independent weights N(0, std^2).", deviation,
            example: "prior.Normal({3, 3, 3}):log_prob(torch.zeros(2, 3, 3, 3)):numel() == 2",
            make: .shape { shape, settings throws(TensorError) in
                try Normal(eventShape: shape, standardDeviation: settings[deviation])
            }),
        PriorDeclaration(
            "IndependentNormals", "Fits a normal distribution to each weight of the kernels.",
            example: "prior.IndependentNormals(torch.randn(9, 3, 3)):sample(2):dim() == 3",
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
    private static let rank = Setting.sizes(
        "rank", default: 4, "the number of factors, or a list of which the best on kernels held out is taken")
    private static let ridge = Setting.real(
        "ridge", in: .notNegative, default: 1e-4, "added to each variance, as a share of the mean variance")
    private static let heldOut = Setting.real(
        "held_out", in: .shareBelowOne, default: 0.1, "share of the kernels to choose a rank by")
    private static let tolerance = Setting.real(
        "tolerance", in: .notNegative, default: 1e-3, "least gain of a step of EM, in nats a kernel")
    private static let iterations = Setting.integer("iterations", default: 500, "the most steps of EM")
    private static let spread = Setting.real(
        "spread", in: .notNegative, default: 0, "the squared reach of a weight, in steps of the grid; 0: fitted")

    /// "FullCovarianceGaussian".
    public static let kind = "FullCovarianceGaussian"

    /// `FullCovariance`, `LedoitWolf`, `FactorAnalysis` and `FilterCovariance`.
    public static let declarations = [
        PriorDeclaration(
            "FullCovariance", "Fits a Gaussian of full covariance to kernels.", shrinkage,
            example: "prior.FullCovariance(torch.randn(99, 3, 3)):sample(2):dim() == 3",
            make: .fit { kernels, settings, _ throws(TensorError) in
                try FullCovarianceGaussian(fitting: kernels, shrinkage: settings[shrinkage])
            }),
        PriorDeclaration(
            "LedoitWolf", "Fits a Gaussian of full covariance to kernels, shrunk as Ledoit and Wolf (2004) advise.",
            example: "prior.LedoitWolf(torch.randn(99, 3, 3)):sample(2):dim() == 3",
            make: .fit { kernels, _, _ throws(TensorError) in
                try FullCovarianceGaussian(fitting: kernels, shrinkage: ledoitWolfShrinkage(of: kernels))
            }),
        PriorDeclaration(
            "FactorAnalysis", "Fits a Gaussian whose covariance has low rank plus a diagonal to kernels, by EM.",
            rank, ridge, heldOut, tolerance, iterations,
            example: "prior.FactorAnalysis(torch.randn(99, 3, 3), {rank = 2}):sample(2):dim() == 3",
            make: .fit(draws: true) { kernels, settings, generator throws(TensorError) in
                try factorAnalysis(
                    kernels, ranks: settings[rank], ridge: settings[ridge], heldOut: settings[heldOut],
                    tolerance: settings[tolerance], iterations: settings[iterations], generator: generator)
            }),
        PriorDeclaration(
            "FilterCovariance",
            "Fits the covariance that convolution filters have without learning to kernels: two numbers, its spread "
                + "and its scale, and a floor (after Trockman et al., 2023).",
            spread, example: "prior.FilterCovariance(torch.randn(99, 3, 3)):sample(2):dim() == 3",
            make: .fit { kernels, settings, _ throws(TensorError) in
                let given = try settings[spread]
                return try filters(kernels, spread: given > 0 ? given : nil)
            }),
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
            example: "prior.LogUniform({3, 3}):sample(2):dim() == 3",
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
