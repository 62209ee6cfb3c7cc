import Inference
import Layers
import LuaBridge
import Tensors

/// `prior.MixtureAverage`.
let averageFunction = LuaFunction(
    "MixtureAverage",
    "Makes the prior whose density is the mean of those of several priors, such as fits from different starts.",
    Parameter("priors", [PriorValue].self, "priors of a density, of kernels of one size"),
    Option("weights", [Double]?.self, in: .positive, "how much each counts; equally by default"),
    returns: "prior",
    example: """
        local kernels = torch.randn(99, 3, 3); \
        local average = prior.MixtureAverage({prior.FullCovariance(kernels), prior.MultivariateT(kernels)}); \
        assert(average:sample(2):dim() == 3)
        """
) { priors, weights in
    var members: [any MixtureAverage.Member] = []
    for object in priors {
        guard let member = object.prior as? any MixtureAverage.Member else {
            throw LuaArgumentError(
                "priors", "priors with a density expected, got \(PriorObject(object.prior).description)")
        }
        members.append(member)
    }
    let refits = priors.compactMap(\.refit)
    guard refits.count == priors.count else { return PriorObject(try MixtureAverage(members, weights: weights)) }
    return PriorObject(try MixtureAverage(members, weights: weights)) { kernels, generator in
        try MixtureAverage(
            refits.compactMap { try $0(kernels, generator) as? any MixtureAverage.Member }, weights: weights)
    }
}
