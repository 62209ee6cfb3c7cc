import Layers
import Support
import Tensors

extension EllipticalMixture: DeclaredPrior {
    private static let components = Setting.sizes(
        "components", default: 12, "their number, or a list of which the best on kernels held out is taken")
    private static let covariance = Setting.choice(
        "covariance", of: ["full", "low_rank", "tied", "diagonal"], default: "full", "what the covariances look like")
    private static let rank = Setting.sizes("rank", default: 4, "for 'low_rank': the rank, or a list as of components")
    private static let ridge = Setting.real(
        "ridge", in: .notNegative, default: 1e-3, "added to each variance, as a share of the mean variance")
    private static let starts = Setting.integer("starts", default: 1, "random starts, of which the best is taken")
    private static let members = Setting.integer(
        "members", default: 1, "mixtures, each from starts of its own, of which the result is the average")
    private static let heldOut = Setting.real(
        "held_out", in: .shareBelowOne, default: 0.1,
        "share of the kernels to choose by, where there is a choice; 0: the likelihood of all chooses among starts")
    private static let tolerance = Setting.real(
        "tolerance", in: .notNegative, default: 1e-3, "least gain of a step of EM, in nats a kernel")
    private static let iterations = Setting.integer("iterations", default: 100, "the most steps of EM")
    private static let degrees = Setting.real(
        "degrees_of_freedom", in: .notNegative, default: 10, "of the components; 0: fitted, one number for all")
    private static let fittedDegrees = Setting.real(
        "degrees_of_freedom", in: .notNegative, default: 0, "how heavy the tails are, heavier for fewer; 0: fitted")

    /// "EllipticalMixture".
    public static let kind = "EllipticalMixture"

    /// `GaussianMixture`, `StudentMixture` and `MultivariateT`.
    public static let declarations = [
        PriorDeclaration(
            "GaussianMixture", "Fits a mixture of correlated Gaussians to kernels, by EM.", components, covariance,
            rank, ridge, starts, members, heldOut, tolerance, iterations,
            example: "prior.GaussianMixture(torch.randn(99, 3, 3), {components = 2}):sample(2):dim() == 3",
            make: .fit(draws: true) { kernels, settings, generator throws(TensorError) in
                try mixtureFit(settings)(kernels, generator: generator)
            }),
        PriorDeclaration(
            "StudentMixture",
            "Fits a mixture of multivariate t distributions to kernels, by EM: as GaussianMixture, but kernels far "
                + "from all others count less.",
            components, covariance, rank, degrees, ridge, starts, members, heldOut, tolerance, iterations,
            example: "prior.StudentMixture(torch.randn(99, 3, 3), {components = 2}):sample(2):dim() == 3",
            make: .fit(draws: true) { kernels, settings, generator throws(TensorError) in
                var fit = try mixtureFit(settings)
                fit.degrees = try degreesOfFreedom(settings[degrees])
                return try fit(kernels, generator: generator)
            }),
        PriorDeclaration(
            "MultivariateT", "Fits a multivariate t distribution to kernels, by EM.", fittedDegrees, ridge, tolerance,
            iterations, example: "prior.MultivariateT(torch.randn(99, 3, 3)):sample(2):dim() == 3",
            make: .fit { kernels, settings, generator throws(TensorError) in
                var fit = MixtureFit()
                fit.components = [1]
                fit.degrees = try degreesOfFreedom(settings[fittedDegrees])
                fit.ridge = try settings[ridge]
                fit.tolerance = try settings[tolerance]
                fit.iterations = try settings[iterations]
                return try fit(kernels, generator: generator)
            }),
    ]

    private static func mixtureFit(_ settings: Configuration) throws(TensorError) -> MixtureFit {
        var fit = MixtureFit()
        fit.components = try settings[components]
        switch try settings[covariance] {
        case "tied": fit.covariances = [.tied]
        case "diagonal": fit.covariances = [.diagonal]
        case "low_rank": fit.covariances = try settings[rank].map { .lowRank($0) }
        default: fit.covariances = [.full]
        }
        fit.ridge = try settings[ridge]
        fit.starts = try settings[starts]
        fit.members = try settings[members]
        fit.heldOut = try settings[heldOut]
        fit.tolerance = try settings[tolerance]
        fit.iterations = try settings[iterations]
        return fit
    }

    private static func degreesOfFreedom(_ number: Double) -> MixtureFit.Degrees {
        number > 0 ? .fixed(number) : .fitted
    }

    /// Estimated with one draw of each kernel, from which most of the noise is taken; exact for one Gaussian.
    public func crossEntropy(_ posterior: Normal, generator: RandomGenerator) throws(TensorError) -> Tensor {
        let noise = try Tensor.randn(posterior.eventShape, generator: generator)
        return try crossEntropy(posterior, noise: noise)
    }

    /// The weights, means and factors of the components, and their degrees of freedom where they are t distributions.
    public var tensors: [(name: String, tensor: Tensor)] {
        [("weights", weights), ("means", means), ("factors", factors)]
            + (degreesOfFreedom.map { [("degrees_of_freedom", $0)] } ?? [])
    }

    /// Makes the prior again from what a file kept.
    public init(
        _ configuration: Configuration, tensors: [String: Tensor], decoder: PriorDecoder
    ) throws(TensorError) {
        try self.init(
            weights: tensors.required("weights"), means: tensors.required("means"),
            factors: tensors.required("factors"), degreesOfFreedom: tensors["degrees_of_freedom"])
    }
}
