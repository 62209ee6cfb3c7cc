import Inference
import LuaBridge
import Support
import Tensors

/// A prior made of what a script gives for one: a function that gives it from kernels, one's own prior, or one of the
/// zoo.
struct FittedPrior {
    /// The prior.
    let prior: any KernelPrior
    /// Whether it was fitted here.
    let isFitted: Bool

    /// Calls a function with `kernels`; fits one's own prior to them if it `fits` and has parameters or a `fit`; takes
    /// any other as it is. One's own is called `name`, unless it has one.
    init(
        _ value: LuaValue, name: String, kernels: Tensor, fits: Bool = true,
        training: LikelihoodTraining = LikelihoodTraining(), generator: RandomGenerator
    ) throws {
        var value = value
        var isMade = false
        if case .function(let make) = value {
            do {
                value = try make(kernels, returning: LuaValue.self)
            } catch let error as LuaError {
                throw error.adding(" in prior '\(name)'")
            }
            isMade = true
        }
        guard let found = value.object(as: PriorValue.self)?.prior else {
            let fault = try value.object(as: LuaHandle.self).flatMap { try PriorValue.fault(of: $0) }
            let what = isMade ? "its function gave \(value.typeName)" : fault ?? "got \(value.typeName)"
            throw LuaError(message: "'\(name)': a prior, or a function that gives one from kernels, expected, \(what)")
        }
        guard let scripted = found as? ScriptedPrior else {
            (prior, isFitted) = (found, isMade)
            return
        }
        let named = scripted.named(name)
        prior = named
        guard fits, !isMade, try named.canBeFitted else {
            isFitted = isMade
            return
        }
        _ = try PriorFit(PriorValue(prior: named), to: kernels, training: training, generator: generator)
        isFitted = true
    }

    /// `prior.fitted`.
    static let function = LuaFunction(
        "fitted",
        """
        Makes a prior as `compare` does: a function is called with the kernels and gives it, one's own prior is fitted to \
        them if it has parameters or a `fit`, any other is taken as it is.
        """,
        Parameter("prior", LuaValue.self, "a prior, or a function that gives one from kernels"),
        Parameter("kernels", Tensor.self, "n x kernel"),
        Option("name", String.self, default: "prior", "what errors call one's own"), GeneratorOption(),
        returns: "prior",
        example: "prior.fitted(prior.FullCovariance, torch.randn(99, 3, 3)):sample(2):dim() == 3"
    ) { value, kernels, name, generator in
        PriorObject(try FittedPrior(value, name: name, kernels: kernels, generator: generator).prior)
    }
}
