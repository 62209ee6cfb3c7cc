import Support
import Tensors

/// Parameters that an optimiser changes at one learning rate.
public final class ParameterGroup {
    /// The parameters with their names, by which a saved state is matched.
    public let parameters: [(name: String, tensor: Tensor)]
    /// The learning rate, before the schedule's factor.
    public var learningRate: Double

    /// Makes a group.
    public init(_ parameters: [(name: String, tensor: Tensor)], learningRate: Double) {
        self.parameters = parameters
        self.learningRate = learningRate
    }
}

extension [ParameterGroup] {
    /// These groups; an error where there is none, one is empty, a parameter or a name comes twice, a parameter is not
    /// a leaf, or a rate is negative. Warns where no parameter requires a gradient.
    func checked(_ operation: String) throws(TensorError) -> [ParameterGroup] {
        try require(
            contains { !$0.parameters.isEmpty }, operation, "params", "empty", expected: "at least one parameter")
        var names: Set<String> = []
        var tensors: Set<ObjectIdentifier> = []
        for group in self {
            try atLeastZero(group.learningRate, operation, "lr")
            for (name, tensor) in group.parameters {
                try require(
                    names.insert(name).inserted && tensors.insert(ObjectIdentifier(tensor)).inserted, operation,
                    "parameters", "'\(name)' twice", expected: "each parameter and each name once")
                try require(
                    tensor.isLeaf, operation, name, "the result of an operation",
                    expected: "a leaf, which no operation made")
            }
        }
        if allSatisfy({ $0.parameters.allSatisfy { !$0.tensor.requiresGradient } }) {
            StandardStream.warnOnce(
                "\(operation): no parameter requires a gradient, so nothing is trained; are all of them frozen?")
        }
        return self
    }
}
