import Inference
import Layers
import LuaBridge
import Tensors

/// `nn.adapt`.
let adaptFunction = LuaFunction(
    "adapt",
    """
    Makes a network again for other channels of its input, or other classes or regions of its result: weights of what both \
    lists name are copied, new ones drawn. Kind, style, posteriors, other weights and what is frozen stay; the network \
    given stays as it is. The ends of the network must be convolutions. Log-variances of new weights are the mean of the \
    layer's, new biases 0.
    """,
    ModuleSession.parameter,
    Parameter(
        "network", LayerType.AnyLayer.self, "a U-Net, a convolution, plain or Bayesian, or a Sequential of these"),
    Option("channels", NameLists?.self, "names of the input's channels, as {from = {'flair'}, to = {'t1', 'flair'}}"),
    Option("classes", NameLists?.self, "names of the result's channels: classes or regions"),
    Option(
        "background", String?.self,
        "the class of classes.from whose weights are subtracted from those that are copied, as for a change from a softmax "
            + "to regions; of two classes the probability stays"
    ).needing("classes"),
    Option(
        "prior", LuaEither<PriorSetObject, PriorValue>?.self,
        "what new kernels of the input's channels are drawn from: a prior of kernels as it is, or a set, times the layer's "
            + "scale; by default PyTorch's start, scaled so that a layer of such kernels would give results of the variance "
            + "that they have now"
    ).needing("channels"),
    GeneratorOption(), returns: "module",
    example: "local net = nn.UNet{channels = {1, 2, 2, 2, 2}}; "
        + "local new = nn.adapt(net, {channels = {from = {'flair'}, to = {'t1', 'flair'}}}); "
        + "assert(torch.equal(new.init_conv.weight:slice(2, 2, 2), net.init_conv.weight))"
) { session, network, channels, classes, background, prior, generator in
    let kernels: NetworkAdaptation.Kernels =
        switch prior {
        case nil: .initialisation
        case .first(let set): .priors(set.priors)
        case .second(let one): .prior(one.prior)
        }
    let adaptation = try NetworkAdaptation(
        channels: channels.map { try NameChange("channels", from: $0.from, to: $0.to) },
        classes: classes.map { try NameChange("classes", from: $0.from, to: $0.to) }, background: background,
        kernels: kernels)
    return LayerType.AnyLayer(
        try adaptation(network.value, decoder: session.adding(to: .inference), generator: generator))
}

/// The names that a network's channels have, and those that they are to have.
private struct NameLists: LuaDecodable {
    let from: [String]
    let to: [String]

    /// "table {from = names, to = names}".
    static var luaTypeName: String { "table {from = names, to = names}" }

    /// Both lists.
    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> NameLists {
        let fields = try LuaFields(stack, at: index, ["from", "to"])
        return NameLists(from: try fields.get("from"), to: try fields.get("to"))
    }
}
