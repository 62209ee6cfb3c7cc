import Inference
import Layers
import LuaBridge
import Support
import Tensors

/// The functions of `bayes` that make posteriors of plain networks, for `bayes.predict`.
let networkPosteriorFunctions = [
    LuaFunction(
        "Ensemble",
        "Makes an ensemble (Lakshminarayanan et al. 2017) of networks of the same classes, whose predictions are averaged; "
            + "`collect` adds the state that a network has.",
        Variadic("networks", LayerType.AnyLayer.self, "the networks, or a list of them; perhaps none yet"),
        returns: "ensemble",
        example: "local function net() return nn.Conv3d(1, 2, 1) end; "
            + "assert(bayes.predict(bayes.Ensemble{net(), net()}, torch.ones(1, 1, 2, 2, 2)).std:size(2) == 2)"
    ) { networks in try Ensemble(networks.map(\.value)) },
    LuaFunction(
        "MCDropout",
        "Makes the posterior of a network with dropout (Gal and Ghahramani 2016): predictions draw what is dropped.",
        plainNetwork, returns: "posterior",
        example: "local net = nn.Sequential(nn.Conv3d(1, 4, 1), nn.Dropout3d{p = 0.2}, nn.Conv3d(4, 2, 1)); "
            + "bayes.predict(bayes.MCDropout(net), torch.ones(1, 1, 2, 2, 2), {samples = 3})"
    ) { network in try MCDropout(network.value) },
    LuaFunction(
        "SWAG",
        "Makes an empty SWAG posterior (Maddox et al. 2019): call `collect` after each epoch, at a high learning rate.",
        plainNetwork, Option("rank", Int.self, in: SWAG.ranks, default: 20, "how many of the last deviations are kept"),
        returns: "posterior", example: "\(swagExample)assert(swag.collected == 2)"
    ) { network, rank in try SWAG(network.value, rank: rank) },
    LuaFunction(
        "LastLayerLaplace",
        "Makes Laplace's approximation of the posterior of a trained network's last layer, a convolution of size 1 "
            + "(Daxberger et al. 2021); each voxel counts as an observation.", plainNetwork,
        Parameter("volumes", [Tensor].self, "the inputs that it was trained on, each N x C x D x H x W"),
        Option(
            "prior_precision", Double?.self, in: .positive,
            "the precision of the prior of each weight; that of the largest marginal likelihood where it is left out"),
        returns: "posterior", example: "\(lastLayerExample)assert(laplace.prior_precision > 0)"
    ) { network, volumes, precision in
        try LastLayerLaplace(network.value, volumes: volumes, priorPrecision: precision)
    },
    LuaFunction(
        "IVONPosterior", "Makes the Gaussian posterior that optim.IVON has learnt so far.", plainNetwork,
        Parameter("optimizer", LuaInstance<IVON>.self, "the optimizer of its parameters, after `step`"),
        returns: "posterior",
        example: "local net = nn.Conv3d(1, 2, 1); local posterior = bayes.IVONPosterior(net, optim.IVON(net, 100)); "
            + "bayes.predict(posterior, torch.ones(1, 1, 2, 2, 2), {samples = 3, temperature = 0.5})"
    ) { network, optimizer in try IVONPosterior(network.value, optimizer.value) },
    LuaFunction(
        "load_posterior", "Makes the posterior again, with its networks, that a file of `save` holds.",
        ModuleSession.parameter, Parameter("path", Path.self, "the file"), GeneratorOption(), returns: "posterior",
        example: "local path = os.tmpname(); bayes.Ensemble(nn.Conv3d(1, 2, 1)):save(path); "
            + "assert(#bayes.load_posterior(path) == 1)"
    ) { session, path, generator in
        LoadedPosterior(
            value: try PosteriorKinds.load(
                from: path.text, decoder: session.adding(to: .standard), generator: generator))
    },
]

private let plainNetwork = Parameter("network", LayerType.AnyLayer.self, "a network without Bayesian convolutions")
private let swagExample =
    "local net = nn.Conv3d(1, 2, 1); local swag = bayes.SWAG(net, {rank = 2}); swag:collect(); swag:collect(); "
private let lastLayerExample =
    "local net = nn.Conv3d(1, 2, 1); local laplace = bayes.LastLayerLaplace(net, {torch.randn(1, 1, 4, 4, 4)}); "

/// A posterior of any kind as a result.
private struct LoadedPosterior: LuaEncodable {
    let value: any SavedPosterior

    func push(on stack: LuaStack) throws(LuaError) { try LuaInstance(value).push(on: stack) }
}

/// How scripts see every posterior of a network.
enum NetworkPosteriorType {
    private static let this = Parameter("self", LuaInstance<any SavedPosterior>.self, "")

    static let posterior = LuaType(
        "NetworkPosterior", "A distribution of networks, which bayes.predict averages over.",
        methods: [
            LuaFunction(
                "save", "Writes the posterior and its networks to a safetensors file, whole or not at all.", this,
                Parameter("path", Path.self, "the file"), example: "bayes.Ensemble():save(os.tmpname())"
            ) { posterior, path in try posterior.value.save(to: path.text) }
        ],
        properties: [
            LuaProperty(
                "networks", "The networks that draws compute with, such as to train on.", type: "list of modules"
            ) {
                (posterior: LuaInstance<any SavedPosterior>) in posterior.value.networks.map(LayerType.AnyLayer.init)
            }
        ],
        metamethods: [
            LuaFunction("__tostring", "Writes the kind, and what it is made of.", this, returns: "string") {
                posterior in
                let value = posterior.value
                let parts = value.memberCount.map { "\($0) members" } ?? value.networks.first?.summary ?? ""
                return "\(type(of: value).kind)(\(parts))"
            }
        ])

    /// All types, the general one first.
    static let types = [
        posterior, Ensemble.luaType, MCDropout.luaType, SWAG.luaType, LastLayerLaplace.luaType, IVONPosterior.luaType,
    ]
}

extension Ensemble: LuaObject {
    /// An ensemble.
    public static let luaType = LuaType(
        "Ensemble", "Networks, or snapshots of one, whose predictions are averaged; #ensemble is their number.",
        supertype: NetworkPosteriorType.posterior,
        methods: [
            LuaFunction(
                "collect", "Adds a network with a copy of the parameters and buffers that it has now.", Ensemble.this,
                Parameter("network", LayerType.AnyLayer.self, "a network without Bayesian convolutions"),
                example: "local ensemble, net = bayes.Ensemble(), nn.Conv3d(1, 2, 1); ensemble:collect(net); "
                    + "assert(#ensemble == 1)"
            ) { ensemble, network in try ensemble.collect(network.value) }
        ],
        metamethods: [
            LuaFunction("__len", "Counts the members.", Ensemble.this, returns: "integer") { $0.count }
        ])
}

extension MCDropout: LuaObject {
    /// A network with dropout.
    public static let luaType = LuaType(
        "MCDropout", "A network whose dropout is drawn as it predicts.", supertype: NetworkPosteriorType.posterior)
}

extension SWAG: LuaObject {
    /// Moments of the weights along a training.
    public static let luaType = LuaType(
        "SWAG", "A Gaussian around the mean of the weights that a training passes through.",
        supertype: NetworkPosteriorType.posterior,
        methods: [
            LuaFunction(
                "collect", "Takes the weights that the network has now, as after an epoch.", SWAG.this,
                example: swagExample
            ) { swag in try swag.collect() },
            LuaFunction(
                "mean", "Gives the mean of the collected weights, which load_state_dict takes.", SWAG.this,
                returns: "table of tensors",
                example: "\(swagExample)net:load_state_dict(swag:mean(), {strict = false})"
            ) { swag in try swag.meanWeights() },
        ] + RestartableMethods.methods(of: SWAG.self, example: "bayes.SWAG(nn.Conv3d(1, 2, 1))") { $0 },
        properties: [
            LuaProperty("collected", "How many weights were collected.") { (swag: SWAG) in swag.collected }
        ])
}

extension LastLayerLaplace: LuaObject {
    /// A Gaussian of the last layer's weights.
    public static let luaType = LuaType(
        "LastLayerLaplace", "A Gaussian around the weights of a network's last layer.",
        supertype: NetworkPosteriorType.posterior,
        methods: [
            LuaFunction(
                "covariance",
                "Gives the covariance of the last layer's weights, class by class: the inputs, and the bias if there is one.",
                LastLayerLaplace.this, returns: "matrix",
                example: "\(lastLayerExample)assert(laplace:covariance():size(1) == 4)"
            ) { laplace in try laplace.covariance() }
        ],
        properties: [
            LuaProperty("prior_precision", "The precision of the prior of each weight.") {
                (laplace: LastLayerLaplace) in
                laplace.priorPrecision
            }
        ])
}

extension IVONPosterior: LuaObject {
    /// A Gaussian of all weights.
    public static let luaType = LuaType(
        "IVONPosterior", "The Gaussian posterior that optim.IVON has learnt.",
        supertype: NetworkPosteriorType.posterior)
}
