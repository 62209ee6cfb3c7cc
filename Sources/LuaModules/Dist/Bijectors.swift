import Distributions
import LuaBridge
import Support
import Tensors

/// The functions of `dist` that make bijectors.
let bijectorFunctions: [LuaFunction] =
    ElementwiseTransform.all.map(elementwise) + [
        LuaFunction(
            "Affine", "Makes the map to loc + scale x, element by element.",
            TensorData.parameter("loc", "what is added"),
            TensorData.parameter("scale", "what elements are multiplied by, not 0"), returns: "bijector",
            example: "dist.Affine({1, 2}, 3):forward(torch.ones(2)):totable()[2] == 5"
        ) { loc, scale in BijectorObject(try AffineTransform(loc: loc.tensor, scale: scale.tensor)) },
        LuaFunction(
            "Permutation", "Makes the map that gives the elements of the last dimension another order.",
            Parameter("order", [Int].self, in: .count, "the place that each element is taken from, counted from 1"),
            returns: "bijector",
            example: "dist.Permutation{3, 1, 2}:forward(torch.arange(3)):totable()[1] == 3"
        ) { order in BijectorObject(try PermutationTransform(order)) },
        LuaFunction(
            "Compose", "Makes the map that is several, one after the other.",
            Parameter("transforms", [BijectorObject].self, "a list of bijectors, the first one first"),
            returns: "bijector", example: "dist.Compose{dist.Exp(), dist.Affine(1, 2)}:forward(0):item() == 3"
        ) { parts in BijectorObject(ComposeTransform(parts.map(\.bijector))) },
        LuaFunction(
            "Spline", "Makes a monotonic map of elements by rational quadratic splines (Durkan et al. 2019).",
            TensorData.parameter("widths", "... x pieces: the softmax of the widths"),
            TensorData.parameter("heights", "... x pieces: the softmax of the heights"),
            TensorData.parameter("slopes", "... x (pieces - 1): the softplus of the derivatives between pieces"),
            bound, returns: "bijector",
            example: "dist.Spline(torch.randn(8), torch.randn(8), torch.randn(7)):forward(4):item() == 4"
        ) { widths, heights, slopes, bound in
            BijectorObject(
                try SplineTransform(
                    widths: widths.tensor, heights: heights.tensor, slopes: slopes.tensor, bound: bound))
        },
        LuaFunction(
            "Coupling",
            "Makes a map of vectors whose first elements stay, and say which line maps each other one (Dinh et al. 2017).",
            split,
            Parameter("network", ConditionerArgument.self, networkSummary("2 n numbers: shifts, then log scales")),
            Option(
                "limit", Float.self, in: .positive(upTo: 80), default: 2, "log scales lie within -limit and limit"),
            returns: "bijector",
            example:
                "dist.Coupling(1, function(x) return torch.cat({x, x * 0}, -1) end):forward({1, 5}):totable()[2] == 6"
        ) { split, network, limit in
            BijectorObject(try Coupling(split: split, network: network.conditioner, form: .affine(limit: limit)))
        },
        LuaFunction(
            "SplineCoupling",
            "Makes a map of vectors whose first elements stay, and say which spline maps each other one (Durkan et al. 2019).",
            split,
            Parameter("network", ConditionerArgument.self, networkSummary("n x (3 bins - 1) numbers, as Spline takes")),
            Option("bins", Int.self, in: .between(2, 500), default: 8, "the pieces of a spline"), bound,
            returns: "bijector",
            example: "dist.SplineCoupling(1, nn.Linear(1, 23)):log_det(torch.randn(5, 2)):size(1) == 5"
        ) { split, network, bins, bound in
            BijectorObject(
                try Coupling(
                    split: split, network: network.conditioner, form: .spline(pieces: bins, bound: bound)))
        },
    ]

private let split = Parameter("split", Int.self, in: .count, "how many of the first elements stay as they are")
private let bound = Option(
    "bound", Float.self, in: .positive, default: 3, "the splines lie within -bound and bound; beyond, nothing changes")

private func networkSummary(_ outputs: String) -> String {
    "a module or a function: makes of ... x split, for the n other elements, ... x \(outputs)"
}

/// The function that makes a bijector without parameters.
private func elementwise(_ transform: ElementwiseTransform) -> LuaFunction {
    let kind = transform.kind
    return LuaFunction(
        kind, "Makes the map to \(transform.summary), element by element.", returns: "bijector",
        example: "local f = dist.\(kind)(); assert(math.abs(f:inverse(f:forward(0.5)):item() - 0.5) < 1e-5)"
    ) { BijectorObject(transform) }
}

/// A module, or a function of a tensor.
struct ConditionerArgument: LuaDecodable {
    let conditioner: Conditioner

    static let luaTypeName = LuaEither<LayerType.AnyLayer, LuaCallback>.luaTypeName

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> ConditionerArgument {
        switch try LuaEither<LayerType.AnyLayer, LuaCallback>.decode(stack, at: index) {
        case .first(let layer):
            let parameters = layer.value.namedParameters.map { (name: $0.name, tensor: $0.tensor) }
            return ConditionerArgument(
                conditioner: Conditioner(layer.value.summary, parameters: parameters, source: layer) {
                    input throws(TensorError) in
                    try layer.value(input)
                })
        case .second(let function):
            return ConditionerArgument(
                conditioner: Conditioner("function", source: function) { input throws(TensorError) in
                    try TensorError.passing { try function(input, returning: Tensor.self) }
                })
        }
    }
    /// The module or function that a conditioner was made of; nil for one that no script gave.
    static func value(of conditioner: Conditioner) -> (any LuaEncodable)? { conditioner.source as? any LuaEncodable }
}
