import Inference
import Layers
import LuaBridge
import Tensors

/// How scripts see every layer and network: one type, `Module`.
enum LayerType {
    /// Any layer, as an argument or a result; layers need no Lua type of their own to be a `Module`.
    struct AnyLayer: LuaDecodable, LuaEncodable {
        /// The layer.
        let value: any Layer

        init(_ value: any Layer) { self.value = value }

        /// "Layer".
        static let luaTypeName = LuaInstance<any Layer>.luaTypeName

        /// The layer at `index`.
        static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> AnyLayer {
            AnyLayer(try LuaInstance<any Layer>.decode(stack, at: index).value)
        }

        /// Pushes the layer as its own Lua type if it has one, for further methods, or else as a `Module`.
        func push(on stack: LuaStack) throws(LuaError) {
            try stack.push(value, as: (value as? any LuaObject).map { type(of: $0).luaType } ?? module)
        }
    }

    static let module = LuaType(
        "Module", "A layer or network: call it with a tensor; its parts are fields, such as net.down1.conv_1.",
        methods: parameterMethods + fileMethods, properties: properties, metamethods: metamethods,
        memberNames: { object in
            guard let layer = object as? any Layer else { return [] }
            return layer.children.map(\.name) + (layer.parameters + layer.buffers).map(\.name)
        },
        representative: { ($0 as? any Layer).map(AnyLayer.init) })

    private static let this = Parameter("self", AnyLayer.self, "")

    private static let parameterMethods = [
        LuaFunction(
            "parameters", "Lists the parameters, as an optimizer takes them.", this, returns: "list of tensors",
            example: "#nn.Linear(2, 3):parameters() == 2"
        ) { layer in layer.value.namedParameters.map(\.tensor) },
        LuaFunction(
            "named_parameters", "Lists the parameters in order, with their dotted paths.", this,
            returns: "list of {name, tensor}",
            example: "nn.Linear(2, 3):named_parameters()[1][1] == 'weight'"
        ) { layer in layer.value.namedParameters.map { LuaPair($0.name, $0.tensor) } },
        LuaFunction(
            "named_buffers",
            "Lists the tensors that are kept with the parameters but not trained, with their dotted paths.", this,
            returns: "list of {name, tensor}", example: "#nn.Linear(2, 3):named_buffers() == 0"
        ) { layer in layer.value.namedBuffers.map { LuaPair($0.name, $0.tensor) } },
        LuaFunction(
            "state_dict",
            "Gives parameters and buffers by their dotted paths; the tensors are the layer's own, not copies.", this,
            returns: "table of tensors", example: "nn.Linear(2, 3):state_dict().weight:dim() == 2"
        ) { layer in layer.value.stateDictionary },
        LuaFunction(
            "load_state_dict",
            "Replaces the values of parameters and buffers by those of a table or of a safetensors file.", this,
            Parameter("state", LuaEither<Path, [String: Tensor]>.self, "a path, or tensors by dotted path"),
            Option("strict", Bool.self, default: true, "whether each of them must be there, and nothing else"),
            returns: "the paths that were missing, and those that were not expected",
            example: "local a, b = nn.Linear(2, 3), nn.Linear(2, 3); b:load_state_dict(a:state_dict())"
        ) { layer, state, strict in
            let result =
                switch state {
                case .first(let path): try layer.value.load(from: path.text, strict: strict)
                case .second(let tensors): try layer.value.load(tensors, strict: strict)
                }
            return (result.missing, result.unexpected)
        },
        LuaFunction(
            "zero_grad", "Forgets the gradients of all parameters.", this,
            example: "local layer = nn.Linear(2, 3); layer:zero_grad()"
        ) { layer in layer.value.zeroGradients() },
        LuaFunction(
            "freeze", "Keeps gradients from parts of the network, or from all but some.", this,
            Parameter("paths", [String]?.self, "the parts to freeze, such as {'down1'}; nil with the option"),
            Option("except", [String]?.self, "the parts that go on being trained; all others are frozen"),
            example: "local net = nn.UNet{channels = {1, 2, 2, 2, 2}}; net:freeze(nil, {except = {'up3', 'out'}})"
        ) { layer, paths, except in
            guard (paths == nil) != (except == nil) else {
                throw LuaArgumentError("paths", "a list of paths expected, or the option except")
            }
            if let except { try layer.value.freeze(except: except) }
            if let paths { try layer.value.freeze(paths) }
        },
        LuaFunction(
            "unfreeze", "Lets gradients reach all parameters again.", this,
            example: "local layer = nn.Linear(2, 3); layer:unfreeze()"
        ) { layer in try layer.value.unfreeze() },
        LuaFunction(
            "train", "Tells all parts of the network that it is being trained, such as dropout, which is random then.",
            this, Parameter("mode", Bool.self, default: true, "false for prediction, as eval()"),
            returns: "the module", example: "local layer = nn.Linear(2, 3); assert(layer:train() == layer)"
        ) { layer, mode in
            layer.value.setTraining(mode)
            return layer
        },
        LuaFunction(
            "eval", "Tells all parts of the network that it predicts: the same as train(false).", this,
            returns: "the module", example: "local layer = nn.Linear(2, 3); assert(layer:eval() == layer)"
        ) { layer in
            layer.value.setTraining(false)
            return layer
        },
        LuaFunction(
            "layer", "Finds the part at a dotted path.", this,
            Parameter("path", String.self, "such as 'down1.conv_1.conv.2'"), returns: "module",
            example: "nn.Sequential(nn.Linear(2, 3), nn.ReLU()):layer('0')"
        ) { layer, path in AnyLayer(try layer.value.layer(at: path)) },
    ]

    private static let fileMethods = [
        LuaFunction(
            "save", "Writes the network to a safetensors file, whole or not at all; nn.load reads it.", this,
            Parameter("path", Path.self, "the file"),
            Option("notes", [String: String].self, default: [:], "texts to keep beside it; see nn.notes"),
            example: "local layer = nn.Linear(2, 3); layer:save(os.tmpname())"
        ) { layer, path, notes in try Network.save(layer.value, to: path.text, notes: notes) }
    ]

    private static let properties = [
        LuaProperty("training", "Whether the layer is in its training mode; nil for one that has no modes.") {
            (layer: AnyLayer) in (layer.value as? any ModalLayer)?.isTraining
        },
        LuaProperty("num_parameters", "The number of elements of all parameters.") { (layer: AnyLayer) in
            layer.value.parameterCount
        },
        LuaProperty("kernel_layers", "The paths of a U-Net's 3x3x3 convolutions, in the seven groups of its priors.") {
            (layer: AnyLayer) in
            guard let net = layer.value as? UNet else {
                throw LuaArgumentError("self", "UNet expected, got \(layer.value.summary)")
            }
            return net.kernelLayers
        },
        LuaProperty(
            "bayesian_layers", "The paths of the convolutions whose weights have a posterior; none of a plain network."
        ) { (layer: AnyLayer) in layer.value.bayesianLayers.map(\.path) },
    ]

    private static let metamethods = [
        LuaFunction(
            "__call", "Computes the layer's result.", this, ModuleSession.parameter,
            Parameter("input", Tensor.self, "the layer's input"), returns: "tensor"
        ) { layer, session, input in
            try session.call(layer.value) { () throws(TensorError) in try layer.value(input) }
        },
        LuaFunction("__tostring", "Writes the layer and its parts as a tree.", this, returns: "string") { layer in
            layer.value.treeDescription
        },
        LuaFunction("__len", "Counts the parts.", this, returns: "integer") { layer in layer.value.children.count },
        LuaFunction(
            "__index", "Finds a part, a parameter or a buffer by its name, or a part by its place from 1.", this,
            Parameter("key", LuaEither<Int, String>.self, "a name or a place"), returns: "module or tensor"
        ) { layer, key in try part(of: layer.value, key) },
    ]

    /// The child, parameter or buffer of a layer by its name, or a child by its place from 1; nil for no such name.
    static func part(of layer: any Layer, _ key: LuaEither<Int, String>) throws -> LuaEither<AnyLayer, Tensor>? {
        switch key {
        case .first(let place):
            guard place >= 1, place <= layer.children.count else {
                throw TensorError.index(
                    operation: "module", parameter: "index", value: place, size: layer.children.count)
            }
            return .first(AnyLayer(layer.children[place - 1].layer))
        case .second(let name):
            if let child = layer.children.first(where: { $0.name == name }) { return .first(AnyLayer(child.layer)) }
            return (layer.parameters + layer.buffers).first { $0.name == name }.map { .second($0.tensor) }
        }
    }
}

/// A name and a value, as the list {name, value}.
struct LuaPair<Value: LuaEncodable>: LuaEncodable {
    let name: String
    let value: Value

    init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }

    func push(on stack: LuaStack) throws(LuaError) {
        try stack.pushTable(array: 2)
        try stack.setElement(1, name)
        try stack.setElement(2, value)
    }
}
