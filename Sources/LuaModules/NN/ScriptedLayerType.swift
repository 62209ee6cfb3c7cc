import Layers
import LuaBridge
import Tensors

extension ScriptedLayer {
    /// How scripts see modules of their classes: a `Module` on which they can set fields.
    static let luaType = LuaType(
        "ScriptedModule", "A module of a class that a script defines with nn.class.", supertype: LayerType.module,
        allowsFields: true, absentIsNil: true, methods: [registerBuffer], metamethods: [call, index, newIndex],
        memberNames: { ($0 as? ScriptedLayer)?.memberNames ?? [] })

    private static let registerBuffer = LuaFunction(
        "register_buffer", "Makes a tensor a buffer of the module: kept with its parameters, but not trained.", this,
        Parameter("name", String.self, "the field"), Parameter("tensor", Tensor.self, "its value"),
        example: "local Counted = nn.class('Counted'); "
            + "function Counted:init() self:register_buffer('calls', torch.zeros(1)) end; "
            + "return Counted():state_dict().calls:item() == 0"
    ) { layer, name, tensor in try layer.registerBuffer(name, tensor) }

    private static let call = LuaFunction.variable(
        "__call", "Calls `forward`, and gives what it returns.", this, ModuleSession.parameter,
        AnyArguments("inputs", "what forward takes"), returns: "what forward returns"
    ) { layer, session, inputs in
        LuaResults(try session.call(layer) { () throws(TensorError) in try session.forward(layer, inputs) })
    }

    private static let index = LuaFunction.variable(
        "__index",
        "Finds a part, a field or a method by its name, or a part by its place from 1; nil where there is none.", this,
        Parameter("key", LuaEither<Int, String>.self, "a name or a place"), returns: "value"
    ) { layer, key in
        switch key {
        case .first: LuaResults([try LayerType.part(of: layer, key)])
        case .second(let name): LuaResults([try layer.member(name)])
        }
    }

    private static let newIndex = LuaFunction(
        "__newindex", "Sets a field: parameters and modules become parts of this one, and nil takes them out.", this,
        Parameter("key", String.self, "the name"), Parameter("value", LuaValue.self, "")
    ) { layer, key, value in try layer.assign(value, to: key) }
}

extension ModuleList: LuaObject {
    /// How scripts see lists of modules: a `Module` to which they can add others.
    public static let luaType = LuaType(
        "ModuleList", "A list of modules: list[1] is the first one, and #list their number.",
        supertype: LayerType.module,
        methods: [
            LuaFunction(
                "append", "Adds a module at the end.", ModuleList.this,
                Parameter("module", LayerType.AnyLayer.self, "the module"), returns: "the list",
                example: "#nn.ModuleList():append(nn.ReLU()) == 1"
            ) { list, layer in
                try list.append(layer.value)
                return list
            }
        ],
        metamethods: [
            LuaFunction(
                "__index", "Finds a module by its place from 1; nil behind the last one, so that ipairs ends there.",
                ModuleList.this, Parameter("key", LuaEither<Int, String>.self, "a place or a name"), returns: "module"
            ) { list, key -> LuaEither<LayerType.AnyLayer, Tensor>? in
                if case .first(let place) = key, place == list.layers.count + 1 { return nil }
                return try LayerType.part(of: list, key)
            },
            LuaFunction(
                "__newindex", "Replaces the module at a place from 1; the place behind the last one adds it.",
                ModuleList.this, Parameter("key", Int.self, in: .any, "the place"),
                Parameter("module", LayerType.AnyLayer.self, "the module")
            ) { list, place, layer in try list.replace(place, by: layer.value) },
        ])
}
