import Distributions
import LuaBridge
import Tensors

extension LuaModule {
    /// `dist`: probability distributions of tensors.
    public static let dist = LuaModule(
        "dist",
        """
        Probability distributions of tensors, as torch.distributions has them. Parameters are tensors, numbers or lists, \
        and broadcast to the batch; gradients flow through log_prob, and through sample where has_rsample is true.
        """,
        functions: realDistributions + positiveDistributions + discreteDistributions + vectorDistributions
            + combinedDistributions
            + bijectorFunctions,
        types: [DistributionObject.luaType, BijectorObject.luaType])
}

extension TensorData {
    /// The tensor itself where a script gave one, so that gradients reach it.
    static func parameter(_ name: String, _ summary: String) -> Parameter<TensorData> {
        Parameter(name, TensorData.self, summary)
    }
}
