import Layers
import Support
import Tensors

/// What is declared of one way to make a prior.
public typealias PriorDeclaration = Declaration<PriorMaker>

/// What a prior is made of, beside its settings, and how.
public enum PriorMaker: Sendable {
    /// Of the shape of a kernel.
    case shape(@Sendable ([Int], Configuration) throws(TensorError) -> any KernelPrior)
    /// Of kernels that it is fitted to, n x the kernel's shape; `draws` tells whether the fit uses random numbers.
    case fit(
        draws: Bool = false,
        @Sendable (Tensor, Configuration, RandomGenerator) throws(TensorError) -> any KernelPrior)
}

/// The priors that files can hold and scripts can make.
public enum PriorKinds {
    /// The types. A prior that is added here is known to files, scripts, help, the manual and the study.
    static let types: [any DeclaredPrior.Type] = [
        Normal.self, FullCovarianceGaussian.self, LogUniform.self, EllipticalMixture.self, ScaleMixture.self,
        Horseshoe.self, KernelDensity.self, FlowPrior.self, MixtureAverage.self, SourcePosterior.self,
        VAEPrior.self,
    ]

    /// What is declared of all of them.
    public static var declarations: [PriorDeclaration] { types.flatMap { $0.declarations } }

    /// The kinds, as files keep them.
    public static var kinds: [String] { types.map { $0.kind } }
}

/// Makes priors from what files keep of them: those of `PriorKinds`, and those of a module above.
public struct PriorDecoder {
    /// Makes a prior of a kind of its own; nil where it does not know the kind.
    public typealias Other = (Configuration, [String: Tensor]) throws(TensorError) -> (any KernelPrior)?

    private let other: Other

    /// A decoder that asks `other` first.
    public init(other: @escaping Other = { _, _ throws(TensorError) in nil }) { self.other = other }

    /// The prior that `configuration` describes; an error where its kind is not known or what it needs is missing.
    public func prior(
        _ configuration: Configuration, tensors: [String: Tensor]
    ) throws(TensorError) -> any KernelPrior {
        if let prior = try other(configuration, tensors) { return prior }
        guard let type = PriorKinds.types.first(where: { $0.kind == configuration.kind }) else {
            throw .argument(
                operation: "load", parameter: "prior", value: "'\(configuration.kind)'",
                expected: "one of \(PriorKinds.kinds.joined(separator: ", "))")
        }
        return try type.init(configuration, tensors: tensors, decoder: self)
    }
}
