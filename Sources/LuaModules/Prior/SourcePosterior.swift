import Inference
import Layers
import LuaBridge
import Support
import Tensors

/// `prior.SourcePosterior`.
let sourcePosteriorFunction = LuaFunction(
    "SourcePosterior",
    """
    Makes the prior that a network's weights stay near those of a source network: a Gaussian at each place of each layer \
    (Shwartz-Ziv et al., 2022). All kernels of its layers are one draw; a set of priors gives it just these layers.
    """,
    Parameter(
        "source", SourceNetwork.self,
        "a network, the snapshots of one run (a list of networks or of their state_dict), or a bank with threshold = 0"),
    Parameter("layers", [String].self, "dotted paths of the group's convolutions, in its order"),
    Option(
        "form", LuaChoice<SourcePosterior.Form.Name>.self, default: LuaChoice(.isotropic),
        "equal variances, those of each weight over the snapshots, or half of them and half of low rank (SWAG)"),
    Option(
        "sigma", Float?.self, in: .positive(upTo: 1e6),
        "for 'isotropic': the deviation; by default the root of the mean variance over the snapshots"
    ).excluding("rank", "min_variance"),
    Option("rank", Int?.self, in: .between(2, 1e4), "for 'low_rank': how many of the last snapshots; 20 by default"),
    Option(
        "min_variance", Float?.self, in: .above(0, upTo: 1),
        "for the others: the least variance, as a share of the mean one; 0.01 by default"),
    Option("scale", Float.self, in: .positive(upTo: 1e6), default: 1, "what the covariance is multiplied by"),
    Option("run", Int?.self, in: .count, "which run of a bank of several"),
    Option(
        "scales", KernelBankObject?.self,
        "the bank by whose layers' scales weights are divided, the set's; the weights themselves by default"),
    returns: "prior",
    example: """
        local net = nn.Sequential(nn.Conv3d(2, 3, 3)); \
        assert(prior.SourcePosterior(net, {'0'}, {sigma = 0.1}):sample(6):size(1) == 6)
        """
) { source, layers, form, deviation, rank, least, scale, run, scales in
    guard deviation == nil || form.value == .isotropic else { throw unused("sigma", form, of: "'isotropic'") }
    guard rank == nil || form.value == .lowRank else { throw unused("rank", form, of: "'low_rank'") }
    guard least == nil || form.value != .isotropic else {
        throw unused("min_variance", form, of: "'diagonal' and 'low_rank'")
    }
    let least = least ?? 0.01
    let chosen: SourcePosterior.Form =
        switch form.value {
        case .isotropic: .isotropic(deviation: deviation)
        case .diagonal: .diagonal(least: least)
        case .lowRank: .lowRank(rank ?? 20, least: least)
        }
    return PriorObject(
        try SourcePosterior(
            source.bank(of: layers), layers: layers, form: chosen, scale: scale, run: run, scalesOf: scales?.bank))
}

private func unused(
    _ option: String, _ form: LuaChoice<SourcePosterior.Form.Name>, of others: String
) -> LuaArgumentError {
    LuaArgumentError(option, "nil expected for the form '\(form.value.rawValue)': it is of \(others)")
}

/// A source network in any form in which a script may give it.
private enum SourceNetwork: LuaDecodable {
    case bank(KernelBank)
    /// The state dictionaries of the snapshots of one run.
    case snapshots([[String: Tensor]])

    static var luaTypeName: String { "module, bank, or list of modules or of state_dict" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> SourceNetwork {
        typealias Snapshot = LuaEither<LayerType.AnyLayer, [String: Tensor]>
        if let object = try? KernelBankObject.decode(stack, at: index) { return .bank(object.bank) }
        guard let networks = (try? [Snapshot].decode(stack, at: index)) ?? (try? [Snapshot.decode(stack, at: index)])
        else { throw LuaMismatch(expected: luaTypeName, stack, at: index) }
        return .snapshots(
            networks.map { network in
                switch network {
                case .first(let layer): layer.value.sourceState
                case .second(let tensors): tensors
                }
            })
    }

    /// The kernels of the layers at `paths`, at all places.
    func bank(of paths: [String]) throws(TensorError) -> KernelBank {
        switch self {
        case .bank(let bank): bank
        case .snapshots(let snapshots): try KernelBank(snapshots: snapshots, at: paths)
        }
    }
}

extension Layer {
    /// The state, of which a source posterior takes the weights; a Bayesian network's variances are not among them.
    fileprivate var sourceState: [String: Tensor] {
        if !bayesianLayers.isEmpty {
            StandardStream.warnOnce(
                "SourcePosterior: of a Bayesian network the means are taken; the variances are those of the form")
        }
        return stateDictionary
    }
}
