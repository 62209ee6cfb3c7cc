import Layers
import Support
import Tensors

/// What is declared of one way to make a prior, once: the function of scripts, help, the manual and the study's choices
/// follow from it.
public struct PriorDeclaration: Sendable {
    /// What a prior is made of, beside its settings.
    public enum Source: Sendable {
        /// The shape of a kernel.
        case kernelShape(@Sendable ([Int], Configuration) throws(TensorError) -> any KernelPrior)
        /// Kernels that it is fitted to, n x the kernel's shape.
        case kernels(@Sendable (Tensor, Configuration) throws(TensorError) -> any KernelPrior)
    }

    /// The name of the function that makes it in scripts.
    public let name: String
    /// What that function does, in a sentence.
    public let summary: String
    /// What else it is made from, in order.
    public let settings: [SettingDeclaration]
    /// A line of Lua that shows it, and runs.
    public let example: String
    /// How it is made.
    public let source: Source

    /// Declares a prior that is made for kernels of a shape.
    public init<each Value>(
        _ name: String, _ summary: String, _ settings: repeat Setting<each Value>, example: String,
        forShape make: @escaping @Sendable ([Int], Configuration) throws(TensorError) -> any KernelPrior
    ) {
        self.init(name, summary, repeat each settings, example: example, source: .kernelShape(make))
    }

    /// Declares a prior that is fitted to kernels.
    public init<each Value>(
        _ name: String, _ summary: String, _ settings: repeat Setting<each Value>, example: String,
        fitting make: @escaping @Sendable (Tensor, Configuration) throws(TensorError) -> any KernelPrior
    ) {
        self.init(name, summary, repeat each settings, example: example, source: .kernels(make))
    }

    private init<each Value>(
        _ name: String, _ summary: String, _ settings: repeat Setting<each Value>, example: String, source: Source
    ) {
        (self.name, self.summary, self.example, self.source) = (name, summary, example, source)
        var declarations: [SettingDeclaration] = []
        for setting in repeat each settings { declarations.append(setting.declaration) }
        self.settings = declarations
    }

    /// The prior for `kernels`: fitted to them, or made for their shape.
    public func prior(for kernels: Tensor, _ members: [JSON.Member] = []) throws(TensorError) -> any KernelPrior {
        switch source {
        case .kernelShape(let make): try make(Array(kernels.shape.dropFirst()), configuration(members))
        case .kernels(let make): try make(kernels, configuration(members))
        }
    }

    /// Settings as a configuration, whose errors name the prior.
    public func configuration(_ members: [JSON.Member]) -> Configuration {
        var result = Configuration(kind: name)
        result.settings = members
        return result
    }
}

/// The priors that files can hold and scripts can make.
public enum PriorKinds {
    /// The types. A prior that is added to them is one that files, scripts, help, the manual and the study know.
    static let types: [any KernelPrior.Type] = [
        Normal.self, FullCovarianceGaussian.self, LogUniform.self, VAEPrior.self,
    ]

    /// What is declared of all of them.
    public static var declarations: [PriorDeclaration] { types.flatMap { $0.declarations } }

    /// The kinds, as files keep them.
    public static var kinds: [String] { types.map { $0.kind } }

    /// Makes the prior again that a file kept.
    static func prior(
        _ configuration: Configuration, tensors: [String: Tensor]
    ) throws(TensorError) -> any KernelPrior {
        guard let type = types.first(where: { $0.kind == configuration.kind }) else {
            throw .argument(
                operation: "load", parameter: "prior", value: "'\(configuration.kind)'",
                expected: "one of \(kinds.joined(separator: ", "))")
        }
        return try type.init(configuration, tensors: tensors)
    }
}
