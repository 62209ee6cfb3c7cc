import Inference
import Layers
import LuaBridge
import Support
import Tensors

extension LuaModule {
    /// Priors of kernels, and Bayesian inference with them.
    static let bayes = LuaModule(
        "bayes", "Kernel banks, priors of kernels, and variational inference with them.",
        functions: bankFunctions + autoencoderFunctions + priorFunctions + bayesianLayers + posteriorFunctions
            + [predictFunction] + networkPosteriorFunctions,
        constants: [
            LuaConstant("verdict_rule", "How a bank's diagnosis finds its verdict, in words.", KernelDiagnosis.rule)
        ],
        types: [
            KernelBankObject.luaType, KernelVAE.luaType, KernelVAETrainingRun.luaType, PriorObject.luaType,
            PriorSetObject.luaType, ObjectiveObject.luaType,
        ] + NetworkPosteriorType.types)
}

/// The functions that make Bayesian layers and networks.
private let bayesianLayers =
    BayesianConvolution.declarations.compactMap { LayerConstructors.function($0, decoder: .inference) }
    + UNet.declarations.compactMap { declaration in
        LayerConstructors.function(
            declaration, decoder: .inference, with: [UNet.convolutionKind("BayesianConv3d")],
            convolution: [PosteriorFamily.nameSetting.declaration, PosteriorFamily.rankSetting.declaration],
            summary: "Makes a 3D U-Net whose 3x3x3 convolutions have posteriors.",
            example: "bayes.UNet{channels = {1, 2, 2, 2, 2}}(torch.zeros(1, 1, 8, 8, 8)):size(2) == 2")
    }

private let posteriorFunctions = [
    LuaFunction(
        "start_posterior",
        "Sets means and variances of a Bayesian network to a start, whose weights are independent; by default the means "
            + "stay. The codes of latent posteriors start at those of the means, with the variance that is given.",
        network,
        Option("mean_std", Float?.self, in: .positive(upTo: 1e6), "means from N(0, mean_std^2); 0.02 is published")
            .excluding("prior", "bank", "from"),
        Option("prior", PriorSetObject?.self, "means drawn from the priors").excluding("bank", "from"),
        Option("bank", KernelBankObject?.self, "means drawn from the kernels of the same layer")
            .excluding("from"),
        Option("from", LayerType.AnyLayer?.self, "means, and all other weights, of a plain network"),
        Option("log_variance", Float.self, in: .logVariance, default: -10, "the log-variance of every weight"),
        Option(
            "share", Float?.self, in: .positive(upTo: 1000),
            "instead: standard deviations as a share of the layer's root mean square"
        ).excluding("log_variance"),
        GeneratorOption(),
        example: "local net = bayes.UNet{channels = {1, 2, 2, 2, 2}}; "
            + "bayes.start_posterior(net, {mean_std = 0.02, log_variance = -5})"
    ) { network, deviation, prior, bank, plain, logVariance, share, generator in
        let starts: [PosteriorMean] = [
            deviation.map { .normal(standardDeviation: $0) }, prior.map { .prior($0.priors) },
            bank.map { .bank($0.bank) }, plain.map { .network($0.value) },
        ].compactMap { $0 }
        try network.value.startPosterior(
            mean: starts.first ?? .asMade, variance: share.map { .shareOfRMS($0) } ?? .logVariance(logVariance),
            generator: generator)
    },
    LuaFunction(
        "set_mode",
        "Sets how a Bayesian network computes: 'train' draws its results (local reparameterisation) or, where weights are "
            + "not independent, its weights at each call; 'mean' uses the mean weights, 'sample' weights drawn once now.",
        network,
        Parameter("mode", String.self, "'train', 'mean' or 'sample'"), GeneratorOption(),
        example: "local net = bayes.UNet{channels = {1, 2, 2, 2, 2}}; bayes.set_mode(net, 'train')"
    ) { network, mode, generator in
        switch mode {
        case "train": try network.value.useLocalReparameterisation(generator)
        case "mean": try network.value.useMeanWeights()
        case "sample": try network.value.drawWeights(generator)
        default: throw LuaArgumentError("mode", "'train', 'mean' or 'sample' expected, got '\(mode)'")
        }
    },
    LuaFunction(
        "use_latent_posterior",
        "Gives the layers of a Bayesian network that a set of VAE priors holds posteriors over codes: a kernel is what the "
            + "prior's decoder draws for a Gaussian code. Codes start at those of the layers' means. The parameters "
            + "change, so that optimizers are made afterwards; the encoders of the priors are not needed any more.",
        network, Parameter("priors", PriorSetObject.self, "the priors, each a VAEPrior"),
        example: "local net = nn.Sequential(bayes.Conv3d(1, 4, 3)); "
            + "local vae = bayes.KernelVAE({3, 3, 3}, {hidden_channels = 2}); "
            + "local priors = bayes.PriorSet{{name = 'a', layers = {'0'}, prior = bayes.VAEPrior(vae)}}; "
            + "bayes.use_latent_posterior(net, priors); assert(net[1].code_mean:size(1) == 4)"
    ) { network, priors in try network.value.useLatentPosterior(priors.priors) },
    LuaFunction(
        "load", "Makes the network again that a file of `save` holds, Bayesian or not, or an autoencoder.",
        ModuleSession.parameter, Parameter("path", Path.self, "the file"), GeneratorOption(), returns: "module",
        example: "local net, path = bayes.UNet{channels = {1, 2, 2, 2, 2}}, os.tmpname(); net:save(path); "
            + "assert(bayes.load(path).num_parameters == net.num_parameters)"
    ) { session, path, generator in
        LayerType.AnyLayer(
            try Network.load(path.text, decoder: session.adding(to: .inference), generator: generator))
    },
    LuaFunction(
        "Objective",
        "Makes the objective of variational inference: loss + beta * bound / (volumes * voxels). It refuses a loss that "
            + "does not depend on the variances, and warns once of layers that have no prior.",
        Parameter("priors", PriorSetObject.self, "the priors by group"),
        Option("volumes", Int.self, in: .count, "number of volumes in the training set"),
        Option(
            "voxels", Int.self, in: .count, default: 1,
            "voxels of a volume where the loss is a mean over voxels, 1 for a sum"),
        Option("beta", Double.self, in: .notNegative, default: 1, "the weight of the bound"),
        Option("warm_up", Int.self, in: .countOrNone, default: 0, "steps over which beta grows from 0"),
        Option("partial", Bool.self, default: false, "whether layers without a prior are meant"),
        returns: "objective",
        example: "local priors = bayes.PriorSet{{name = 'all', layers = {'init_conv'}, "
            + "prior = bayes.NormalPrior({3, 3, 3})}}; bayes.Objective(priors, {volumes = 5, voxels = 1000})"
    ) { priors, volumes, voxels, beta, warmUp, isPartial in
        ObjectiveObject(
            try VariationalObjective(
                priors: priors.priors, volumes: volumes, voxels: voxels, beta: beta, warmUp: warmUp),
            isPartial: isPartial)
    },
]

private let network = Parameter("network", LayerType.AnyLayer.self, "a network with Bayesian convolutions")

/// An objective as scripts hold it.
final class ObjectiveObject: LuaObject {
    let objective: VariationalObjective
    private let isPartial: Bool

    /// An objective; `isPartial` says that some layers have no prior on purpose.
    init(_ objective: VariationalObjective, isPartial: Bool) {
        (self.objective, self.isPartial) = (objective, isPartial)
    }

    /// Warns once of the layers of `network` that have a posterior and no prior.
    private func checkCoverage(of network: any Layer) {
        guard !isPartial else { return }
        let uncovered = objective.priors.uncovered(in: network)
        guard !uncovered.isEmpty else { return }
        StandardStream.warnOnce(
            "Objective: \(uncovered.count) of \(network.bayesianLayers.count) Bayesian layers have no prior, so nothing "
                + "holds their posterior: \(uncovered.joined(separator: ", ")) (partial = true where that is meant)")
    }

    static let luaType = LuaType(
        "Objective", "What variational inference minimises: call it with the loss, the network and the step.",
        metamethods: [
            LuaFunction(
                "__call", "Adds the bound on the divergence of the posterior from the priors.", ObjectiveObject.this,
                Parameter("loss", Tensor.self, "the data term, from the network in its training mode"), network,
                Parameter("step", Int.self, in: .count, "the step, from 1"), GeneratorOption(),
                returns: "the total, a table of the bounds by group in nats, and beta"
            ) { object, loss, network, step, generator in
                object.checkCoverage(of: network.value)
                let terms = try object.objective(loss: loss, network: network.value, step: step, generator: generator)
                _ = try terms.total.finiteLoss()
                var bounds: [String: Float] = [:]
                for (name, value) in terms.bounds { bounds[name] = try value.item() }
                return (terms.total, bounds, terms.beta)
            },
            LuaFunction("__tostring", "Writes the settings.", ObjectiveObject.this, returns: "string") { object in
                let objective = object.objective
                return "Objective(volumes = \(objective.volumes), voxels = \(objective.voxels), "
                    + "beta = \(objective.beta), warm_up = \(objective.warmUp))"
            },
        ])
}
