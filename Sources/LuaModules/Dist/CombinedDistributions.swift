import Distributions
import LuaBridge
import Support
import Tensors

private let base = Parameter("base", DistributionObject.self, "the distribution to begin with")

/// The functions of `dist` that make distributions of others, and the divergence of two.
let combinedDistributions = [
    LuaFunction(
        "Independent", "Makes the last dimensions of a batch those of one event, of independent parts.", base,
        Parameter(
            "reinterpreted_batch_ndims", Int.self, in: .countOrNone, default: 1, "how many dimensions of the batch"),
        returns: "distribution",
        example: "dist.Independent(dist.Normal(torch.zeros(4, 3), 1)):log_prob(torch.zeros(4, 3)):size(1) == 4"
    ) { base, dims in DistributionObject(try Independent(base.distribution, dims: dims)) },
    LuaFunction(
        "Mixture", "Makes a mixture: one of several components, chosen by weights, gives each value.",
        Parameter("weights", MixtureWeights.self, "their probabilities, or a Categorical"),
        Parameter(
            "components", LuaEither<DistributionObject, [DistributionObject]>.self,
            "a distribution whose batch ends with the components, or a list of distributions"),
        returns: "distribution",
        example: "dist.Mixture({0.3, 0.7}, dist.Normal({-1, 1}, {0.5, 0.5})):sample(5):dim() == 1"
    ) { weights, components in
        let weights = try weights.categorical()
        switch components {
        case .first(let batch):
            return DistributionObject(try Mixture(weights: weights, components: batch.distribution))
        case .second(let list):
            return DistributionObject(try Mixture(weights: weights, components: list.map(\.distribution)))
        }
    },
    LuaFunction(
        "Transformed", "Makes the distribution of what bijectors make of another's values, one after the other.", base,
        Parameter("transforms", LuaEither<BijectorObject, [BijectorObject]>.self, "a bijector, or a list of them"),
        returns: "distribution",
        example:
            "dist.Transformed(dist.Normal(0, 1), {dist.Exp(), dist.Affine(1, 2)}):log_prob(0.5):item() == -math.huge"
    ) { base, transforms in
        let bijectors =
            switch transforms {
            case .first(let one): [one.bijector]
            case .second(let list): list.map(\.bijector)
            }
        return DistributionObject(try Transformed(base.distribution, bijectors))
    },
    LuaFunction(
        "kl", "Gives the Kullback-Leibler divergence KL(p || q) in nats, by a formula or as a mean over draws of p.",
        Parameter("p", DistributionObject.self, "the distribution that the expectation is taken under"),
        Parameter("q", DistributionObject.self, "the other one, of values of the same shape"),
        Option(
            "samples", Int.self, in: .between(2, 1e9), default: 10_000, "how many draws, where there is no formula"),
        GeneratorOption(),
        returns: "tensor of the batch's shape, 'closed form' or 'Monte Carlo', and the standard error, 0 of a formula",
        example: "local value, how = dist.kl(dist.Normal(0, 1), dist.Normal(1, 1)); "
            + "assert(value:item() == 0.5 and how == 'closed form')"
    ) { p, q, samples, generator in
        let divergence = try Divergence(p.distribution, q.distribution, samples: samples, generator: generator)
        return (divergence.value, divergence.method.rawValue, divergence.standardError)
    },
]

/// A categorical distribution, or its probabilities.
private struct MixtureWeights: LuaDecodable {
    private let given: LuaEither<DistributionObject, TensorData>

    static let luaTypeName = "\(DistributionObject.luaTypeName), \(TensorData.luaTypeName)"

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> MixtureWeights {
        if let object = try? DistributionObject.decode(stack, at: index) {
            return MixtureWeights(given: .first(object))
        }
        return MixtureWeights(given: .second(try TensorData.decode(stack, at: index)))
    }

    func categorical() throws -> Categorical {
        switch given {
        case .first(let object):
            guard let categorical = object.distribution as? Categorical else {
                throw LuaArgumentError("weights", "a Categorical expected, got \(object.description)")
            }
            return categorical
        case .second(let probabilities): return try Categorical(probs: probabilities.tensor)
        }
    }
}
