import LuaBridge
import Support
import Tensors

extension Tensor: LuaObject {
    /// How Lua sees tensors.
    public static let luaType = LuaType(
        "Tensor",
        """
        An n-dimensional array of 32-bit floats with gradients. Compare elements with eq, ne, lt, le, gt and ge: Lua's own \
        == and < give one boolean, so they are for tensors of one element, and == of a tensor and a number is always false.
        """,
        isReleasable: true,
        methods: luaAccess + luaGradientMethods + luaElementwise + luaReductions + luaOrdering + luaPlacing + luaViews
            + luaMatrices + luaInPlace + luaFiles + luaShowing,
        properties: luaProperties, metamethods: luaMetamethods)
}

extension LuaModule {
    /// `torch`: tensors, their operations and their files.
    public static let torch = LuaModule(
        "torch", "Tensors with gradients, under PyTorch's names; dimensions and indices count from 1.",
        functions: torchCreation + torchRandom + torchThreads + torchNumerics + torchMemory + torchJoining
            + torchMatrices + torchGradients + torchFiles + Tensor.luaElementwise + Tensor.luaReductions
            + Tensor.luaOrdering + Tensor.luaPlacing
            + Tensor.luaViews + Tensor.luaMatrices,
        types: [Tensor.luaType, RandomGenerator.luaType], submodules: [linalg])
}

/// Functions of several tensors.
extension LuaModule {
    static let torchJoining = [
        LuaFunction(
            "cat", "Joins tensors along a dimension.", Parameter("tensors", [Tensor].self, "a list of tensors"),
            Parameter("dim", Int.self, default: 1, "the dimension"), returns: "a tensor",
            example: "torch.cat({torch.zeros(2, 3), torch.ones(1, 3)}):size(1) == 3"
        ) { tensors, dim in try Tensor.concatenate(tensors, dim: dim) },
        LuaFunction(
            "stack", "Joins tensors of one shape along a new dimension.",
            Parameter("tensors", [Tensor].self, "a list of tensors"),
            Parameter("dim", Int.self, default: 1, "the dimension that it becomes"), returns: "a tensor",
            example: "torch.stack({torch.zeros(3), torch.ones(3)}):size(1) == 2"
        ) { tensors, dim in try Tensor.stack(tensors, dim: dim) },
        LuaFunction(
            "where", "Elements of one tensor where a condition is not 0, of another elsewhere.",
            Parameter("condition", Tensor.self, "the condition"),
            Parameter("input", Operand.self, "a tensor or a number"),
            Parameter("other", Operand.self, "a tensor or a number"), returns: "a tensor",
            example: "torch.where(torch.tensor({1, 0}), 5, 7):sum():item() == 12"
        ) { condition, a, b in try Tensor.select(condition, a.tensor(), b.tensor()) },
        LuaFunction.variable(
            "meshgrid", "The coordinates of a grid: in dimension k the elements of tensor k run.",
            Parameter("tensors", [Tensor].self, "a list of tensors of one dimension each"),
            Option(
                "indexing", LuaChoice<GridIndexing>.self, default: LuaChoice(.matrix),
                "xy exchanges the first two dimensions"),
            returns: "as many tensors, sharing memory",
            example: "local x, y = torch.meshgrid({torch.arange(2), torch.arange(3)}); assert(y:size(2) == 3)"
        ) { tensors, indexing -> LuaResults in
            LuaResults(try Tensor.meshgrid(tensors, indexing: indexing.value))
        },
        LuaFunction(
            "is_tensor", "Whether a value is a tensor.",
            Parameter("value", LuaEither<Tensor, LuaValue>.self, "any value"),
            returns: "a boolean", example: "torch.is_tensor(torch.zeros(1)) and not torch.is_tensor(1)"
        ) { value -> Bool in if case .first = value { true } else { false } },
    ]
}

extension LuaModule {
    /// How many threads work.
    static let torchThreads = [
        LuaFunction(
            "set_num_threads", "Sets how many threads share the work; results do not depend on it.",
            Parameter("n", Int.self, "1 to 256"), example: "torch.set_num_threads(torch.get_num_threads())"
        ) { count in
            guard (1...256).contains(count) else { throw LuaArgumentError("n", "must be 1 to 256, got \(count)") }
            ThreadPool.shared.threads = count
        },
        LuaFunction(
            "get_num_threads", "How many threads share the work.", returns: "an integer",
            example: "torch.get_num_threads() >= 1"
        ) { ThreadPool.shared.threads },
    ]

    /// Where numbers that are not finite come from.
    static let torchNumerics = [
        LuaFunction(
            "set_detect_anomaly",
            "Sets whether every operation's result and every gradient is looked at for NaN and infinity; the first one is "
                + "an error that names the operation and the layer. Slower; the command's option --check-numerics is the same.",
            Parameter("mode", Bool.self, "false at first"),
            example: "torch.set_detect_anomaly(false)"
        ) { NumericsCheck.isEnabled = $0 },
        LuaFunction(
            "is_anomaly_enabled", "Whether results and gradients are looked at for NaN and infinity.",
            returns: "a Boolean", example: "not torch.is_anomaly_enabled()"
        ) { NumericsCheck.isEnabled },
    ]
}
