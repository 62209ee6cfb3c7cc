import Distributions
import LuaBridge
import Tensors

/// The functions of `dist` that make distributions of whole numbers.
let discreteDistributions = [
    LuaFunction(
        "Bernoulli", "Makes the distribution of 1 and 0, by the probabilities of 1 or their log odds.",
        Parameter("probs", TensorData?.self, "the probabilities of 1; nil with the option logits"),
        Option("logits", TensorData?.self, "the log odds of 1"), returns: "distribution",
        example: "dist.Bernoulli({0.5, 1}):log_prob(1):totable()[2] == 0"
    ) { probs, logits in
        switch try odds(probs, logits) {
        case .first(let probs): return DistributionObject(try Bernoulli(probs: probs.tensor))
        case .second(let logits): return DistributionObject(try Bernoulli(logits: logits.tensor))
        }
    },
    LuaFunction(
        "Categorical",
        "Makes the distribution of classes, numbered from 0, by their probabilities or the logits of these.",
        Parameter(
            "probs", TensorData?.self,
            "... x classes: their probabilities, which sum to 1; nil with the option logits"),
        Option("logits", TensorData?.self, "... x classes: the probabilities are their softmax"),
        returns: "distribution", example: "dist.Categorical{0, 0, 1}:sample():item() == 2"
    ) { probs, logits in
        switch try odds(probs, logits) {
        case .first(let probs): return DistributionObject(try Categorical(probs: probs.tensor))
        case .second(let logits): return DistributionObject(try Categorical(logits: logits.tensor))
        }
    },
]

/// The one of the two that was given; an error where neither was, or both.
private func odds(
    _ probs: TensorData?, _ logits: TensorData?
) throws(LuaArgumentError) -> LuaEither<TensorData, TensorData> {
    switch (probs, logits) {
    case (let probs?, nil): return .first(probs)
    case (nil, let logits?): return .second(logits)
    default: throw LuaArgumentError("probs", "probabilities expected, or the option logits, and not both")
    }
}
