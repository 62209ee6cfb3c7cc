import Inference
import Layers
import LuaBridge
import Support
import Tensors

extension LuaModule {
    /// The laboratory of priors: those that scripts write, beside those of the zoo.
    static let prior = LuaModule(
        "prior",
        "Priors over kernels: one's own, which are anything with log_prob(w), and those of the zoo, fitted and compared.",
        functions: laboratory + zooFunctions, types: [ComparisonObject.luaType])
}

private let anyPrior = Parameter("prior", PriorValue.self, "a prior of the zoo, or anything with log_prob(w)")

/// The first line of examples: the Laplace distribution, its scale to be fitted.
let laplaceExample =
    "local laplace = {log_scale = torch.zeros(1, {requires_grad = true})}; function laplace:log_prob(w) "
    + "return (-w:abs() / self.log_scale:exp() - self.log_scale - math.log(2)):flatten(2):sum(2) end; "

private let laboratory = [
    compareFunction, FittedPrior.function,
    LuaFunction(
        "of",
        """
        Makes a prior object of anything with log_prob(w): a table, a module, a distribution. log_prob takes kernels, \
        n x kernel, and gives n numbers in nats, of a density that integrates to 1: bounds and comparisons mean nothing \
        otherwise. It is a method, or a plain function of w, which it leaves as it is. The rest is optional: sample(n) gives \
        n x kernel; parameters is a list of what is trained, or a function of one, by default all tensors with \
        requires_grad that it holds; fit(kernels); cross_entropy(mean, log_variance) gives one number, the sum over all \
        kernels of a Gaussian posterior; and the fields name and kernel_size. Of dist, a distribution is a prior whose event \
        shape is a kernel's. Functions that take priors take such a table as it is, too.
        """,
        Parameter("prior", LuaHandle.self, "a table, module or distribution with log_prob(w)"),
        Option("name", String?.self, "what errors call it; by default its own field `name`"),
        Option(
            "samples", Int.self, in: .count, default: 1,
            "draws of each kernel that estimate the cross entropy with a posterior (K)"),
        Option("kernel_size", [Int]?.self, in: .count, "a kernel's shape; by default its own field `kernel_size`"),
        returns: "prior",
        example: laplaceExample
            + "assert(prior.of(laplace, {name = 'laplace'}):log_prob(torch.ones(5, 3, 3)):numel() == 5)"
    ) { handle, name, samples, kernelSize in
        guard (try? handle.value(as: PriorObject.self)) == nil else {
            throw LuaArgumentError("prior", "a table, module or distribution expected, got a Prior: it is one already")
        }
        if let fault = try PriorValue.fault(of: handle) { throw LuaArgumentError("prior", fault) }
        return PriorObject(try ScriptedPrior(handle, name: name, samples: samples, kernelSize: kernelSize))
    },
    LuaFunction(
        "fit",
        """
        Fits a prior to kernels: one's own by its fit(kernels), or else by maximising the mean log_prob of batches with \
        Adam over its parameters, which all options are for; one of the zoo by the function that made it, as its method \
        `fit`. Adam goes on from what the parameters are, and leaves them as they were in the best epoch, also after an \
        error or an interrupt.
        """,
        anyPrior, Parameter("kernels", ComparedKernels.self, "n x kernel, or a bank, divided by its layers' scales"),
        Option("epochs", Int?.self, in: .count, "passes through the kernels; 100 by default"),
        Option("batch_size", Int?.self, in: .count, "kernels a step; 128 by default"),
        Option(
            "lr", Double?.self, in: .notNegative, "Adam's rate, which falls to 0 in a straight line; 0.01 by default"),
        Option(
            "held_out", Double?.self, in: .shareBelowOne,
            "the share of kernels that chooses the epoch; 0.1 by default"),
        Option("validation", Tensor?.self, "other kernels, which choose the epoch instead"),
        Option(
            "patience", Int?.self, in: .countOrNone,
            "epochs after the best one at which it ends; 0, the default, for never"),
        Option(
            "on_epoch", LuaCallback?.self, "called with the epoch, its log density, and that of the kernels held out"),
        GeneratorOption(),
        returns: "table of epoch, log_prob and held_out_log_prob, nats a kernel; else what the own fit gives",
        example: laplaceExample + "local found = prior.fit(laplace, torch.randn(300, 3, 3), {epochs = 20}); "
            + "assert(found.log_prob > laplace:log_prob(torch.randn(300, 3, 3)):mean():item() - 2)"
    ) {
        prior, kernels, epochs, batchSize, rate, heldOut, validation, patience, onEpoch, generator in
        let given: [(name: String, isGiven: Bool)] = [
            ("epochs", epochs != nil), ("batch_size", batchSize != nil), ("lr", rate != nil),
            ("held_out", heldOut != nil), ("validation", validation != nil), ("patience", patience != nil),
            ("on_epoch", onEpoch != nil),
        ]
        if try prior.hasOwnFit, let first = given.first(where: \.isGiven) {
            throw LuaArgumentError(first.name, "nil expected for a prior with a fit of its own: Adam is not used")
        }
        var training = LikelihoodTraining()
        training.epochs = epochs ?? training.epochs
        training.batchSize = batchSize ?? training.batchSize
        training.learningRate = rate ?? training.learningRate
        training.heldOut = heldOut ?? training.heldOut
        training.patience = patience ?? training.patience
        return try PriorFit(
            prior, to: kernels.kernels, validation: validation, training: training, generator: generator,
            progress: { epoch throws(TensorError) in
                try TensorError.passing { try onEpoch?(epoch.number, epoch.training, epoch.heldOut) }
            })
    },
]

/// A prior in any form in which a script may give it: an object of the zoo, or anything with `log_prob`.
struct PriorValue: LuaDecodable {
    /// The prior.
    let prior: any KernelPrior
    /// How it is fitted again, where a function of the zoo fitted it.
    var refit: PriorObject.Refit?

    /// "Prior".
    static var luaTypeName: String { PriorObject.luaTypeName }

    /// The prior of an object, or one that asks the table or object at `index`.
    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> PriorValue {
        if let object = try? PriorObject.decode(stack, at: index) { return object.value }
        guard let handle = try? LuaHandle.decode(stack, at: index) else {
            if (try? LuaCallback.decode(stack, at: index)) != nil {
                throw LuaMismatch(
                    "\(luaTypeName) expected, got function: prior.fitted(f, kernels) calls one that fits a prior")
            }
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        do {
            if let fault = try fault(of: handle) { throw LuaMismatch(fault) }
            return PriorValue(prior: try ScriptedPrior(handle))
        } catch let error as LuaMismatch {
            throw error
        } catch {
            throw LuaMismatch("\(error)")
        }
    }

    /// What a table or an object lacks to be a prior; nil where it has a function `log_prob`.
    static func fault(of handle: LuaHandle) throws -> String? {
        guard try handle.method("log_prob") == nil else { return nil }
        if let layer = try? handle.value(as: LayerType.AnyLayer.self).value, layer is KernelVAE {
            return "\(luaTypeName) expected, got KernelVAE: prior.VAEPrior(vae) makes one of it"
        }
        let table = try? handle.value(as: LuaTable.self)
        let kind = try handle.withStack { $0.typeName(at: -1) }
        var name = ""
        if case .string(let own) = try handle.member("name") { name = " '\(own)'" }
        let member = try handle.member("log_prob")
        if case .none = member {
            let near = try nearestName(to: "log_prob", among: table?.namedPairs().map(\.name) ?? [])
            let hint = near.map { ": is '\($0)' meant to be it?" } ?? ""
            return "\(luaTypeName) expected, got a \(kind)\(name) without log_prob\(hint)"
        }
        return "\(luaTypeName) expected, got a \(kind)\(name) whose log_prob is a \(member.typeName), not a function"
    }
}
