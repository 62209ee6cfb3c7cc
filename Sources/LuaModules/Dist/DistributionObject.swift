import Distributions
import LuaBridge
import Support
import Tensors

/// A distribution as scripts hold it: one type, `Distribution`, stands for all.
final class DistributionObject: LuaObject, CustomStringConvertible {
    let distribution: any Distribution

    init(_ distribution: any Distribution) { self.distribution = distribution }

    var description: String { distribution.description }

    static let luaType = LuaType(
        "Distribution", "A batch of probability distributions, with methods of PyTorch's names.",
        methods: densities + moments, properties: properties,
        metamethods: [
            LuaFunction(
                "__tostring", "Writes the kind, and the shapes of the parameters.", this, returns: "a string"
            ) { $0.description }
        ])

    private static let values = TensorData.parameter("value", "values, which broadcast with batch x event")

    private static let densities = [
        LuaFunction(
            "log_prob", "Gives the log density of values; -inf outside the support.", this, values,
            returns: "tensor, the dimensions of the broadcast but the event's",
            example: "math.abs(dist.Laplace(0, 1):log_prob(2):item() + 2 + math.log(2)) < 1e-6"
        ) { object, values in try object.distribution.logProbability(values.tensor) },
        LuaFunction(
            "sample", "Draws independent values; gradients flow to the parameters where `has_rsample` is true.", this,
            Variadic("size", DrawSize.self, "the size of each dimension before batch and event; none for one draw"),
            GeneratorOption(), returns: "tensor, size x batch x event",
            example: "dist.Normal(torch.zeros(3), 1):sample(5, 2, {generator = torch.Generator(1)}):dim() == 3"
        ) { object, sizes, generator in try object.distribution.sample(sizes.map(\.value), generator: generator) },
        LuaFunction(
            "cdf", "Gives the probability that a number is at most each value.", this, values, returns: "tensor",
            example: "dist.Uniform(0, 4):cdf(1):item() == 0.25"
        ) { object, values in try object.distribution.cdf(values.tensor) },
        LuaFunction(
            "icdf", "Gives the numbers that a draw is at most with given probabilities: quantiles.", this,
            TensorData.parameter("q", "probabilities, from 0 to 1"), returns: "tensor",
            example: "dist.Uniform(0, 4):icdf(0.25):item() == 1"
        ) { object, probabilities in try object.distribution.icdf(probabilities.tensor) },
    ]

    private static let moments = [
        LuaFunction(
            "entropy", "Gives the entropy in nats.", this, returns: "tensor of the batch's shape",
            example: "math.abs(dist.Uniform(0, 4):entropy():item() - math.log(4)) < 1e-6"
        ) { object in try object.distribution.entropy() },
        LuaFunction(
            "mean", "Gives the mean; NaN or infinite where there is none.", this, returns: "tensor, batch x event",
            example: "dist.Uniform(0, 4):mean():item() == 2"
        ) { object in try object.distribution.mean() },
        LuaFunction(
            "variance", "Gives the variance of each element; NaN or infinite where there is none.", this,
            returns: "tensor, batch x event", example: "dist.Laplace(0, 1):variance():item() == 2"
        ) { object in try object.distribution.variance() },
        LuaFunction(
            "stddev", "Gives the standard deviation of each element.", this, returns: "tensor, batch x event",
            example: "dist.Normal(0, 3):stddev():item() == 3"
        ) { object in try object.distribution.standardDeviation() },
        LuaFunction(
            "parameters", "Lists the parameters that take gradients, as an optimizer takes them.", this,
            returns: "list of tensors",
            example: "#dist.Normal(torch.zeros(2, {requires_grad = true}), 1):parameters() == 1"
        ) { object in object.distribution.parameters.map(\.tensor).filter(\.requiresGradient) },
        LuaFunction(
            "named_parameters", "Lists all parameters with their names.", this, returns: "list of {name, tensor}",
            example: "dist.Normal(0, 1):named_parameters()[2][1] == 'scale'"
        ) { object in object.distribution.parameters.map { LuaPair($0.name, $0.tensor) } },
    ]

    private static let properties = [
        LuaProperty("batch_shape", "The shape of the batch: one distribution for each element.") {
            (object: DistributionObject) in object.distribution.batchShape
        },
        LuaProperty("event_shape", "The shape of one value; empty for numbers.") { (object: DistributionObject) in
            object.distribution.eventShape
        },
        LuaProperty("has_rsample", "Whether draws are differentiable functions of the parameters.") {
            (object: DistributionObject) in object.distribution.hasReparameterisedSample
        },
    ]
}

/// How many draws there are in one dimension.
private struct DrawSize: LuaDecodable {
    let value: Int

    static let luaTypeName = Int.luaTypeName

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> DrawSize {
        let value = try Int.decode(stack, at: index)
        try value.check(.countOrNone)
        return DrawSize(value: value)
    }
}
