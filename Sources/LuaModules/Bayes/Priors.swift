import Inference
import Layers
import LuaBridge
import Support
import Tensors

/// The functions of `prior` that make the priors of the zoo.
let zooFunctions =
    PriorKinds.declarations.map { priorFunction($0) }
    + [averageFunction, sourcePosteriorFunction, vaePriorFunction(of: "prior")]

/// The names that the first priors had in `bayes`, where they stay for the sake of scripts that have them.
private let olderNames = [
    "Normal": "NormalPrior", "IndependentNormals": "IndependentNormals", "FullCovariance": "FullCovariance",
    "LogUniform": "LogUniform",
]

/// The functions of `bayes` that make priors and sets of them.
let priorFunctions =
    PriorKinds.declarations.compactMap { declaration in
        olderNames[declaration.name].map { priorFunction(declaration, formerly: $0) }
    } + [
        vaePriorFunction(of: "bayes"),
        LuaFunction(
            "PriorSet", "Gives groups of a network's layers their priors.",
            Parameter(
                "groups", [PriorGroupEntry].self,
                "list of {name = ..., layers = paths, prior = ..., bank = ...}; "
                    + "the bank tells the layers' scales, 1 without it"),
            returns: "priors",
            example: "bayes.PriorSet{{name = 'all', layers = {'init_conv'}, prior = bayes.NormalPrior({3, 3, 3})}}"
        ) { groups in PriorSetObject(try PriorSet(groups.map(\.group))) },
        LuaFunction(
            "load_priors",
            "Reads priors that `save` wrote. Of priors that a script wrote the file holds the functions, too: which ones "
                + "will run is told on the standard error.",
            Parameter("path", Path.self, "the file"), CurrentState(), returns: "priors",
            example: "local priors, path = bayes.PriorSet{{name = 'all', layers = {'init_conv'}, "
                + "prior = bayes.NormalPrior({3, 3, 3})}}, os.tmpname(); priors:save(path); bayes.load_priors(path)"
        ) { path, state in
            PriorSetObject(try PriorSet.load(from: path.text, decoder: ScriptedPrior.decoder(in: state)))
        },
    ]

/// `VAEPrior` of the module `name`.
private func vaePriorFunction(of name: String) -> LuaFunction {
    LuaFunction(
        "VAEPrior", "Makes the implicit prior that an autoencoder over kernels has learnt; its decoder is frozen.",
        Parameter("vae", KernelVAE.self, "the autoencoder, which is copied"),
        Option(
            "encoder", LuaChoice<VAEPrior.Mode>.self, default: LuaChoice(.trainable),
            "whether r(z | w) is trained further, is fixed, or is free for each kernel"),
        Option("kernels", Tensor?.self, "for 'collapsed': the kernels whose codes each one's start from"),
        Option("samples", Int.self, in: .count, default: 1, "codes for each kernel (K)"),
        Option(
            "share", Int?.self, in: .count, "kernels drawn at each step to stand for all; all where it is left out"),
        Option(
            "control", PriorValue?.self,
            "a Gaussian near the prior, which takes most noise out of a share's estimate: one fitted to its draws, as one of "
                + "other kernels may add noise"),
        returns: "prior",
        example:
            "\(name).VAEPrior(bayes.KernelVAE({3, 3, 3}, {hidden_channels = 4}), {encoder = 'fixed'}):sample(2):dim() == 4"
    ) { vae, encoder, kernels, samples, share, control in
        let start: VAEPrior.Encoder
        switch (encoder.value, kernels) {
        case (.trainable, nil): start = .trainable
        case (.fixed, nil): start = .fixed
        case (.collapsed, let kernels?): start = .collapsed(kernels: kernels)
        case (.collapsed, nil):
            throw LuaArgumentError("kernels", "tensor expected for the encoder 'collapsed', got nil")
        case (.trainable, _), (.fixed, _):
            throw LuaArgumentError("kernels", "nil expected for the encoder '\(encoder.value.rawValue)'")
        }
        var variate: (any KernelPrior & Distribution)?
        if let control {
            guard let gaussian = control.prior as? any KernelPrior & Distribution else {
                throw LuaArgumentError(
                    "control", "a prior with a density expected, got \(PriorObject(control.prior).description)")
            }
            variate = gaussian
        }
        return PriorObject(
            try VAEPrior(
                vae, encoder: start,
                estimate: VAEPrior.Estimate(samples: samples, share: share, controlVariate: variate)))
    }
}

/// The function that makes a declared prior, in `prior` under its own name, in `bayes` under an older one.
private func priorFunction(_ declaration: PriorDeclaration, formerly older: String? = nil) -> LuaFunction {
    let name = older ?? declaration.name
    let example = older.map { declaration.example.replacing("prior.\(declaration.name)(", with: "bayes.\($0)(") }
    let kernels = Parameter("kernels", Tensor.self, "n x kernel")
    func fitted(_ kernels: Tensor, _ generator: RandomGenerator, _ refit: @escaping PriorObject.Refit) throws
        -> PriorObject
    {
        PriorObject(try refit(kernels, generator), refit: refit)
    }
    switch declaration.make {
    case .shape(let make):
        return LuaFunction(
            name, declaration.summary, Parameter("kernel_size", [Int].self, in: .count, "the kernel's size"),
            SettingParameters(declaration.settings), returns: "prior", example: example ?? declaration.example
        ) { shape, given in PriorObject(try make(shape, declaration.configuration(given))) }
    case .fit(draws: false, let make):
        return LuaFunction(
            name, declaration.summary, kernels, SettingParameters(declaration.settings), returns: "prior",
            example: example ?? declaration.example
        ) { kernels, given in
            try fitted(kernels, RandomGenerator(seed: 0)) { kernels, generator in
                try make(kernels, declaration.configuration(given), generator)
            }
        }
    case .fit(draws: true, let make):
        return LuaFunction(
            name, declaration.summary, kernels, SettingParameters(declaration.settings), GeneratorOption(),
            returns: "prior", example: example ?? declaration.example
        ) { kernels, given, generator in
            try fitted(kernels, generator) { kernels, generator in
                try make(kernels, declaration.configuration(given), generator)
            }
        }
    }
}

/// The first line of examples: a set of one prior.
private let priorSetExample =
    "local priors = bayes.PriorSet{{name = 'all', layers = {'init_conv'}, prior = bayes.NormalPrior({3, 3, 3})}}; "

/// A prior as scripts hold it.
final class PriorObject: LuaObject, CustomStringConvertible {
    /// Fits a prior of the same kind and settings to other kernels.
    typealias Refit = (Tensor, RandomGenerator) throws -> any KernelPrior

    let prior: any KernelPrior
    private let refit: Refit?

    /// A prior; `refit` where a function of the zoo fitted it.
    init(_ prior: any KernelPrior, refit: Refit? = nil) { (self.prior, self.refit) = (prior, refit) }

    /// The prior as an argument.
    var value: PriorValue { PriorValue(prior: prior, refit: refit) }

    var description: String {
        let shape = prior.eventShape.isEmpty ? "" : "(\(prior.eventShape.shapeText))"
        return switch prior {
        case let prior as ScriptedPrior: "Prior\(prior.name.map { " '\($0)'" } ?? "")\(shape)"
        case let prior as any DeclaredPrior: "\(type(of: prior).kind)\(shape)"
        default: "Prior\(shape)"
        }
    }

    /// The prior as a tree: its `line`, and under it the autoencoder that it holds, if there is one.
    var tree: String {
        guard let vae = (prior as? VAEPrior)?.autoencoder else { return line }
        return line + "\n" + vae.treeDescription.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
    }

    /// The prior in a line, with how many numbers it holds, and how many of these are trained.
    var line: String {
        // A script's own `parameters` may raise an error, which a picture of the prior is not the place for.
        let numbers = (try? prior.numberCount) ?? 0
        let trained = ((try? prior.parameters) ?? []).reduce(0) { $0 + $1.tensor.count }
        guard numbers > 0 else { return description }
        return description + "  [\(numbers.grouped) numbers" + (trained > 0 ? ", \(trained.grouped) trained]" : "]")
    }

    private static let normal = "local prior = bayes.NormalPrior({3, 3, 3}); "

    static let luaType = LuaType(
        "Prior", "A prior of convolution kernels.",
        methods: [
            LuaFunction(
                "sample", "Draws kernels.", PriorObject.this,
                Parameter("count", Int.self, in: .count, "the number of kernels"),
                GeneratorOption(), returns: "tensor, count x kernel",
                example: normal + "assert(prior:sample(4):size(1) == 4)"
            ) { object, count, generator in try object.prior.sample(count, generator: generator) },
            LuaFunction(
                "log_prob", "Gives the log density of kernels, for priors that have it in closed form.",
                PriorObject.this, Parameter("kernels", Tensor.self, "n x kernel"), returns: "tensor of n numbers",
                example: normal + "assert(prior:log_prob(torch.zeros(2, 3, 3, 3)):numel() == 2)"
            ) { object, kernels in
                guard let density = object.prior as? any Distribution else {
                    throw LuaArgumentError("self", "a prior with a density expected, got \(object.description)")
                }
                return try density.logProbability(kernels)
            },
            LuaFunction(
                "bound", "Bounds KL(q || p) from above, summed over the kernels of a Gaussian posterior q.",
                PriorObject.this, Parameter("mean", Tensor.self, "n x kernel"),
                Parameter("log_variance", Tensor.self, "n x kernel"), GeneratorOption(),
                returns: "scalar tensor, in nats",
                example: normal + "local w = torch.zeros(2, 3, 3, 3); assert(prior:bound(w, w):item() == 0)"
            ) { object, mean, logVariance, generator in
                try object.prior.bound(Normal(mean: mean, logVariance: logVariance), generator: generator)
            },
            LuaFunction(
                "fit",
                "Gives a prior of the same kind and settings, fitted to other kernels; for priors that a function of "
                    + "`prior` fitted. prior.fit fits one's own, too.", PriorObject.this,
                Parameter("kernels", Tensor.self, "n x kernel"), GeneratorOption(), returns: "a new prior",
                example: "local p = prior.FullCovariance(torch.randn(99, 3, 3), {shrinkage = 0.1}); "
                    + "assert(p:fit(torch.randn(50, 3, 3)):sample(2):dim() == 3)"
            ) { object, kernels, generator in try object.value.refitted(to: kernels, generator: generator) },
            LuaFunction(
                "parameters", "Lists what is trained together with the posterior, such as an encoder's parameters.",
                PriorObject.this, returns: "list of tensors", example: normal + "assert(#prior:parameters() == 0)"
            ) { object in try object.prior.parameters.map(\.tensor) },
        ],
        properties: [
            LuaProperty("can_sample", "Whether it draws kernels; one's own may have a density alone.") {
                (object: PriorObject) in object.prior.canSample
            }
        ],
        metamethods: [
            LuaFunction("__tostring", "Writes the prior as a tree.", PriorObject.this, returns: "string") { $0.tree }
        ])
}

/// Priors by group, as scripts hold them.
final class PriorSetObject: LuaObject {
    let priors: PriorSet

    init(_ priors: PriorSet) { self.priors = priors }

    static let luaType = LuaType(
        "PriorSet", "The priors of a network's layers, by group.",
        methods: [
            LuaFunction(
                "parameters",
                "Lists what is trained together with the posterior, for the optimizer; priors whose parameters are not given "
                    + "to it stay as they are.", PriorSetObject.this,
                returns: "list of tensors", example: priorSetExample + "assert(#priors:parameters() == 0)"
            ) { object in try object.priors.parameters.map(\.tensor) },
            LuaFunction(
                "save", "Writes the priors to a safetensors file, whole or not at all.", PriorSetObject.this,
                Parameter("path", Path.self, "the file"),
                example: priorSetExample + "priors:save(os.tmpname())"
            ) { object, path in try object.priors.save(to: path.text) },
            LuaFunction(
                "prior", "Gives the prior of a group.", PriorSetObject.this,
                Parameter("group", String.self, "the group's name"), returns: "prior",
                example: priorSetExample + "assert(priors:prior('all'):sample(2):size(1) == 2)"
            ) { object, name in
                guard let group = object.priors.groups.first(where: { $0.name == name }) else {
                    let names = object.priors.groups.map { "'\($0.name)'" }.joined(separator: ", ")
                    throw LuaArgumentError("group", "one of \(names) expected, got '\(name)'")
                }
                return PriorObject(group.prior)
            },
        ],
        metamethods: [
            LuaFunction("__len", "Counts the groups.", PriorSetObject.this, returns: "integer") {
                $0.priors.groups.count
            },
            LuaFunction("__tostring", "Writes a line for each group.", PriorSetObject.this, returns: "string") {
                object in
                (["PriorSet(\(object.priors.groups.count) groups)"]
                    + object.priors.groups.map {
                        "  \($0.name): \(PriorObject($0.prior).line), \($0.layers.count) layers"
                    }).joined(separator: "\n")
            },
        ])
}

/// {name = ..., layers = ..., prior = ..., bank = ...}.
struct PriorGroupEntry: LuaDecodable {
    let group: PriorGroup

    static var luaTypeName: String { "group {name = ..., layers = ..., prior = ..., bank = ...}" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> PriorGroupEntry {
        let fields = try LuaFields(stack, at: index, ["name", "layers", "prior", "bank"])
        let name = try fields.get("name", as: String.self)
        let paths = try fields.get("layers", as: [String].self)
        let bank = try fields.get("bank", as: KernelBankObject?.self)
        let prior = try fields.get("prior", as: PriorValue.self).prior
        do throws(TensorError) {
            let layers = try bank?.bank.scales(of: paths) ?? paths.map { ($0, 1) }
            return PriorGroupEntry(group: try PriorGroup(name: name, layers: layers, prior: prior))
        } catch {
            throw LuaMismatch("\(error)")
        }
    }
}
