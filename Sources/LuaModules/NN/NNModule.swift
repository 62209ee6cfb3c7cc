import Layers
import LuaBridge
import Support
import Tensors

extension LuaModule {
    /// Layers, networks and losses.
    static let nn = LuaModule(
        "nn", "Layers, networks and losses.",
        functions: LayerConstructors.functions + classes + losses + files + [adaptFunction],
        types: [LayerType.module, ModuleList.luaType, ModuleClass.luaType, ScriptedLayer.luaType, LossObject.luaType],
        submodules: [functional])
}

private let classes = [
    LuaFunction(
        "class",
        "Defines a class of modules: `init` makes the parts of each, `forward` computes its result. What is assigned "
            + "to self is a parameter, a part, or a plain field, as in PyTorch.",
        ModuleSession.parameter, Parameter("name", String.self, "its name, by which files know it"),
        Parameter("parent", DefinedClass?.self, "the class that it has the methods of, too"), returns: "class",
        example: "local Double = nn.class('Double'); function Double:forward(x) return x * 2 end; return Double()"
    ) { session, name, parent in try session.define(ModuleClass(name, parent: parent)) },
    LuaFunction(
        "Parameter", "Makes a parameter of a tensor, whose numbers it shares: a leaf that requires a gradient.",
        Parameter("data", Tensor.self, "the values"), returns: "tensor",
        example: "nn.Parameter(torch.zeros(3)).requires_grad"
    ) { data in try data.detached().requireGradient() },
]

private let losses = [
    LuaFunction(
        "SegmentationLoss",
        "Makes the loss: cross entropy plus Dice loss, the mean over the classes but 0; both from logits. With regions "
            + "there is one logit for each, and both are those of its sigmoid, averaged over the regions.",
        LossObject.crossEntropyWeight, LossObject.diceWeight, LossObject.reduction, LossObject.epsilon,
        LossObject.regions, returns: "loss",
        example: "local loss = nn.SegmentationLoss{regions = {{1, 2, 3}, {1, 3}, {3}}}; "
            + "loss(torch.zeros(1, 3, 2, 2, 2), torch.full({1, 2, 2, 2}, 2))"
    ) { crossEntropyWeight, diceWeight, reduction, epsilon, regions in
        LossObject(
            try SegmentationLoss(
                crossEntropyWeight: crossEntropyWeight, diceWeight: diceWeight, reduction: reduction.value,
                epsilon: epsilon, regions: regions.map { try Regions($0) }))
    }
]

private let files = [
    LuaFunction(
        "load", "Makes the network again that a file of `save` holds.", ModuleSession.parameter,
        Parameter("path", Path.self, "the file"), GeneratorOption(), returns: "module",
        example: "local path = os.tmpname(); nn.Linear(2, 3):save(path); assert(nn.load(path).num_parameters == 9)"
    ) { session, path, generator in
        LayerType.AnyLayer(
            try Network.load(path.text, decoder: session.adding(to: .standard), generator: generator))
    },
    LuaFunction(
        "notes", "Reads the texts that were saved beside a network.", Parameter("path", Path.self, "the file"),
        returns: "table of strings",
        example:
            "local path = os.tmpname(); nn.ReLU():save(path, {notes = {by = 'me'}}); assert(nn.notes(path).by == 'me')"
    ) { path in try Network.notes(path.text) },
]

/// A loss as scripts hold it.
final class LossObject: LuaObject {
    let loss: SegmentationLoss

    init(_ loss: SegmentationLoss) { self.loss = loss }

    static let crossEntropyWeight = Option(
        "ce_weight", Float.self, in: .notNegative, default: 1, "what the cross entropy is multiplied by")
    static let diceWeight = Option(
        "dice_weight", Float.self, in: .notNegative, default: 1, "what the Dice loss is multiplied by")
    static let reduction = Option(
        "reduction", LuaChoice<Reduction>.self, default: LuaChoice(.mean),
        "whether the cross entropy is a mean over voxels or a sum")
    static let epsilon = Option(
        "eps", Float.self, in: .positive, default: 1e-3, "what is added to both sides of Dice's fraction")
    static let regions = Option(
        "regions", [[Int]]?.self, in: .count,
        "the classes of each output, which may overlap, such as {{1, 2, 3}, {1, 3}, {3}}; by default the outputs are "
            + "classes that exclude each other")

    static let luaType = LuaType(
        "Loss", "A loss of logits and labels: call it with both.",
        metamethods: [
            LuaFunction(
                "__call", "Computes the loss; an error where it is not a finite number.", LossObject.this,
                Parameter("logits", Tensor.self, "N x classes (or regions) x D x H x W"),
                Parameter("labels", Tensor.self, "N x D x H x W, class numbers from 0"), returns: "scalar tensor"
            ) { object, logits, labels in
                let value = try object.loss(logits, labels: labels)
                _ = try value.finiteLoss()
                return value
            },
            LuaFunction("__tostring", "Writes the settings.", LossObject.this, returns: "string") { object in
                let loss = object.loss
                return "SegmentationLoss(ce_weight = \(loss.crossEntropyWeight), dice_weight = \(loss.diceWeight), "
                    + "reduction = \(loss.reduction), eps = \(loss.epsilon)"
                    + (loss.regions.map { ", regions = \($0)" } ?? "") + ")"
            },
        ])
}
