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
        methods: luaAccess + luaGradientMethods + luaElementwise + luaReductions + luaViews + luaInPlace + luaFiles
            + luaShowing,
        properties: luaProperties, metamethods: luaMetamethods)
}

extension LuaModule {
    /// `torch`: tensors, their operations and their files.
    public static let torch = LuaModule(
        "torch", "Tensors with gradients, under PyTorch's names; dimensions and indices count from 1.",
        functions: torchCreation + torchRandom + torchThreads + torchJoining + torchGradients + torchFiles
            + Tensor.luaElementwise
            + Tensor.luaReductions + Tensor.luaViews,
        types: [Tensor.luaType, RandomGenerator.luaType])
}
