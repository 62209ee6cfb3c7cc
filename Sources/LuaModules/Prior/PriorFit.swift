import Inference
import LuaBridge
import Support
import Tensors

/// How a prior was fitted to kernels: the one place that chooses between a fit of the prior's own and Adam.
enum PriorFit: LuaEncodable {
    /// What a script's function `fit` returned.
    case own(LuaValue)
    /// A new prior of the zoo, of the same kind and settings.
    case remade(PriorObject)
    /// The epoch of the training whose parameters were kept.
    case trained(LikelihoodTraining.Epoch)

    /// Fits `prior` to `kernels`: by its own function `fit`, by the function of the zoo that made it, or else by
    /// `training` of its parameters; an error where it has none of these.
    init(
        _ prior: PriorValue, to kernels: Tensor, validation: Tensor? = nil,
        training: LikelihoodTraining = LikelihoodTraining(), generator: RandomGenerator,
        progress: (LikelihoodTraining.Epoch) throws(TensorError) -> Void = { _ throws(TensorError) in }
    ) throws {
        if prior.refit != nil {
            self = .remade(try prior.refitted(to: kernels, generator: generator))
            return
        }
        let scripted = prior.prior as? ScriptedPrior
        if let result = try scripted?.fittedByItself(to: kernels, generator: generator) {
            self = .own(result)
            return
        }
        let parameters = try prior.prior.parameters
        guard let density = prior.prior as? any Distribution, scripted != nil || !parameters.isEmpty else {
            throw LuaArgumentError("prior", prior.missingFit)
        }
        self = .trained(
            try Self.named(scripted) { () throws(TensorError) in
                try training.fit(
                    parameters, to: kernels, validation: validation, generator: generator, progress: progress,
                    density: density.logProbability)
            })
    }

    /// Runs `body`, whose errors name the prior; what a script's own functions raise names it already, or is not of it.
    private static func named<Result>(
        _ prior: ScriptedPrior?, _ body: () throws(TensorError) -> Result
    ) throws(TensorError) -> Result {
        do throws(TensorError) {
            return try body()
        } catch {
            if case .foreign = error { throw error }
            guard let prior, prior.name != nil, error != .interrupted, !"\(error)".contains(prior.title()) else {
                throw error
            }
            throw .inside(path: prior.title(), error)
        }
    }

    /// Pushes what the function returned, the new prior, or a table of the epoch and its log densities.
    func push(on stack: LuaStack) throws(LuaError) {
        switch self {
        case .own(let value): try value.push(on: stack)
        case .remade(let prior): try prior.push(on: stack)
        case .trained(let epoch):
            try LuaRecord([
                "epoch": epoch.number, "log_prob": epoch.training, "held_out_log_prob": epoch.heldOut,
            ]).push(on: stack)
        }
    }
}

extension PriorValue {
    /// Whether it is not Adam that fits the prior.
    var hasOwnFit: Bool {
        get throws { try refit != nil || (prior as? ScriptedPrior)?.handle.method("fit") != nil }
    }

    /// A new prior of the same kind and settings, fitted to `kernels`; an error where a function of the zoo did not fit
    /// this one.
    func refitted(to kernels: Tensor, generator: RandomGenerator) throws -> PriorObject {
        guard let refit else { throw LuaArgumentError("self", missingFit) }
        return PriorObject(try refit(kernels, generator), refit: refit)
    }

    /// What is expected of a prior that is to be fitted, where this one cannot be.
    var missingFit: String {
        "a prior that was fitted to kernels by a function of `prior`, or one's own, expected, got "
            + PriorObject(prior).description
    }
}

extension ScriptedPrior {
    /// Whether there is a way to fit it: a function `fit`, or parameters.
    var canBeFitted: Bool {
        get throws { try handle.method("fit") != nil || !parameters.isEmpty }
    }
}
