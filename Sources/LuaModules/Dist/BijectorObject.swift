import Distributions
import LuaBridge
import Tensors

/// A bijector as scripts hold it: one type, `Bijector`, stands for all.
final class BijectorObject: LuaObject, CustomStringConvertible {
    let bijector: any Bijector

    init(_ bijector: any Bijector) { self.bijector = bijector }

    var description: String { bijector.description }

    static let luaType = LuaType(
        "Bijector", "A differentiable map that can be undone; PyTorch calls it a transform.",
        methods: [
            LuaFunction(
                "forward", "Maps tensors.", this, input, returns: "tensor",
                example: "dist.Affine(1, 2):forward(3):item() == 7"
            ) { object, input in try object.bijector.forward(input.tensor) },
            LuaFunction(
                "inverse", "Gives what would be mapped to tensors.", this,
                TensorData.parameter("output", "what the map gives"), returns: "tensor",
                example: "dist.Affine(1, 2):inverse(7):item() == 3"
            ) { object, output in try object.bijector.inverse(output.tensor) },
            LuaFunction(
                "log_det",
                "Gives the logarithm of the absolute value of the Jacobian's determinant where it maps from.",
                this, input, returns: "tensor, the dimensions of the input but those that are mapped together",
                example: "dist.Exp():log_det(3):item() == 3"
            ) { object, input in try object.bijector.logDeterminant(input.tensor) },
            LuaFunction(
                "parameters", "Lists the parameters that take gradients, a network's too.", this,
                returns: "list of tensors",
                example: "#dist.Coupling(1, nn.Linear(1, 2)):parameters() == 2"
            ) { object in object.bijector.parameters.map(\.tensor).filter(\.requiresGradient) },
        ],
        properties: [
            LuaProperty("inv", "The same map the other way round.") { (object: BijectorObject) in
                BijectorObject(InvertedTransform(object.bijector))
            },
            LuaProperty("event_dim", "How many of the last dimensions are mapped together; 0 for each element alone.") {
                (object: BijectorObject) in object.bijector.eventRank
            },
        ],
        metamethods: [
            LuaFunction("__call", "Maps tensors.", this, input, returns: "tensor") { object, input in
                try object.bijector.forward(input.tensor)
            },
            LuaFunction("__tostring", "Writes the kind and what it is made of.", this, returns: "a string") {
                $0.description
            },
        ])

    private static let input = TensorData.parameter("input", "what is mapped")
}
