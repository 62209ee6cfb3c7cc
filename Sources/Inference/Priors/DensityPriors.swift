import Layers
import Support
import Tensors

/// Priors of a closed density, without one of the cross entropy: that is estimated with one draw.
extension ScaleMixture: DeclaredPrior {
    private static let per = Setting.choice(
        "per", of: Unit.allCases.map(\.rawValue), default: "weight",
        "whether each weight draws its deviation, or all weights of a kernel one")
    private static let components = Setting.integer(
        "components", in: .above(0, upTo: 1000), default: 2, "the number of deviations")
    private static let tolerance = Setting.real(
        "tolerance", in: .notNegative, default: 1e-4, "least gain of a step of EM, in nats a kernel")
    private static let iterations = Setting.integer("iterations", default: 500, "the most steps of EM")
    private static let shape = Setting<[Int]>.part("event_shape", "the kernel's size")

    /// "ScaleMixture".
    public static let kind = "ScaleMixture"

    /// `ScaleMixture`.
    public static let declarations = [
        PriorDeclaration(
            "ScaleMixture", "Fits Gaussians of mean 0 and different deviations to the weights of kernels, by EM.",
            components, per, tolerance, iterations,
            example: "prior.ScaleMixture(torch.randn(99, 3, 3)):sample(2):dim() == 3",
            make: .fit { kernels, settings, _ throws(TensorError) in
                try ScaleMixture(
                    fitting: kernels, unit: settings[per] == "kernel" ? .kernel : .weight,
                    components: settings[components], tolerance: settings[tolerance], iterations: settings[iterations])
            })
    ]

    /// What draws a deviation, and the shape.
    public var configuration: Configuration {
        Configuration(kind: Self.kind, Self.per(unit.rawValue), Self.shape(eventShape))
    }

    /// The deviations and their probabilities.
    public var tensors: [(name: String, tensor: Tensor)] { [("deviations", deviations), ("weights", weights)] }

    /// Makes the prior again from what a file kept.
    public init(
        _ configuration: Configuration, tensors: [String: Tensor], decoder: PriorDecoder
    ) throws(TensorError) {
        try self.init(
            eventShape: configuration[Self.shape], unit: configuration[Self.per] == "kernel" ? .kernel : .weight,
            deviations: tensors.required("deviations"), weights: tensors.required("weights"))
    }
}

extension Horseshoe: DeclaredPrior {
    /// 1, the scale.
    public var numberCount: Int { 1 }

    private static let width = Setting.number("scale", in: .positive, "the scale of all weights")
    private static let shape = Setting<[Int]>.part("event_shape", "the kernel's size")

    /// "Horseshoe".
    public static let kind = "Horseshoe"

    /// `Horseshoe`.
    public static let declarations = [
        PriorDeclaration(
            "Horseshoe", "Fits the horseshoe, independent weights most of which are near 0, to kernels: its scale.",
            example: "prior.Horseshoe(torch.randn(99, 3, 3)):sample(2):dim() == 3",
            make: .fit { kernels, _, _ throws(TensorError) in try Horseshoe(fitting: kernels) })
    ]

    /// The shape and the scale.
    public var configuration: Configuration {
        Configuration(kind: Self.kind, Self.shape(eventShape), Self.width(scale))
    }

    /// Makes the prior again from what a file kept.
    public init(
        _ configuration: Configuration, tensors: [String: Tensor], decoder: PriorDecoder
    ) throws(TensorError) {
        try self.init(eventShape: configuration[Self.shape], scale: configuration[Self.width])
    }
}

extension KernelDensity: DeclaredPrior {
    private static let shrinkage = Setting.real(
        "shrinkage", in: .share, default: 1e-2, "share of the mean variance added to each, in the covariance")
    private static let width = Setting.number(
        "bandwidth", in: .notNegative, default: 0, "in deviations; 0: chosen by leave-one-out likelihood")

    /// "KernelDensity".
    public static let kind = "KernelDensity"

    /// `KernelDensity`.
    public static let declarations = [
        PriorDeclaration(
            "KernelDensity", "Makes the density around kernels: a Gaussian at each of them.", shrinkage, width,
            example: "prior.KernelDensity(torch.randn(99, 3, 3)):sample(2):dim() == 3",
            make: .fit { kernels, settings, _ throws(TensorError) in
                let bandwidth = try settings[width]
                return try KernelDensity(
                    fitting: kernels, shrinkage: settings[shrinkage], bandwidth: bandwidth > 0 ? bandwidth : nil)
            })
    ]

    /// The bandwidth.
    public var configuration: Configuration { Configuration(kind: Self.kind, Self.width(bandwidth)) }

    /// The centers and the factor.
    public var tensors: [(name: String, tensor: Tensor)] { [("centers", centers), ("factor", factor)] }

    /// Makes the prior again from what a file kept.
    public init(
        _ configuration: Configuration, tensors: [String: Tensor], decoder: PriorDecoder
    ) throws(TensorError) {
        try self.init(
            centers: tensors.required("centers"), factor: tensors.required("factor"),
            bandwidth: configuration[Self.width])
    }
}
