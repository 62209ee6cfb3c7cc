import Kernels
import Support
import Tensors

/// Stochastic gradient descent with momentum, as PyTorch computes it: weight decay is added to the gradient, and
/// velocity = momentum * velocity + gradient.
public final class SGD: Optimiser {
    private static let rate = OptimiserMaker.rate(default: 1e-2)
    private static let keptVelocity = Setting.real(
        "momentum", in: .shareBelowOne, default: 0, "how much of the last change goes on")

    /// `SGD`.
    public static let declaration = Declaration(
        "SGD", "Makes stochastic gradient descent, with momentum.", rate, keptVelocity, OptimiserMaker.weightDecay,
        example: "optim.SGD(nn.Linear(2, 3), {lr = 0.1, momentum = 0.9}).lr == 0.1",
        make: OptimiserMaker(learningRate: rate) { groups, settings, _ throws(TensorError) in
            try SGD(groups: groups, settings)
        })

    /// The parameters, in groups with their own learning rates.
    public let groups: [ParameterGroup]
    /// What every group's learning rate is multiplied by.
    public var learningRateFactor = 1.0
    /// How much of the velocity is kept in a step; 0 by default.
    public private(set) var momentum: Double
    /// The multiple of the parameter that is added to its gradient; 0 by default.
    public private(set) var weightDecay: Double
    private var velocities: [Tensor?]

    /// Makes an optimiser of several groups; an error names the setting that is out of its range.
    init(groups: [ParameterGroup], _ settings: Configuration) throws(TensorError) {
        (momentum, weightDecay) = (try settings[Self.keptVelocity], try settings[OptimiserMaker.weightDecay])
        self.groups = try groups.checked("SGD")
        velocities = groups.flatMap(\.parameters).map { _ in nil }
    }

    /// Makes an optimiser of several groups; an error names the setting that is out of its range.
    public convenience init(
        groups: [ParameterGroup], momentum: Double = 0, weightDecay: Double = 0
    ) throws(TensorError) {
        try self.init(
            groups: groups,
            Configuration(kind: "SGD", Self.keptVelocity(momentum), OptimiserMaker.weightDecay(weightDecay)))
    }

    /// Makes an optimiser of one group.
    public convenience init(
        _ parameters: [(name: String, tensor: Tensor)], learningRate: Double, momentum: Double = 0,
        weightDecay: Double = 0
    ) throws(TensorError) {
        try self.init(
            groups: [ParameterGroup(parameters, learningRate: learningRate)], momentum: momentum,
            weightDecay: weightDecay)
    }

    /// Moves each parameter against its velocity.
    public func step() throws(TensorError) {
        try forEachUpdate { index, parameter, gradient, learningRate throws(TensorError) in
            // Starting from 0, the first velocity is the gradient, as in PyTorch.
            if momentum > 0, velocities[index] == nil { velocities[index] = try Tensor.zeros(parameter.shape) }
            ParameterUpdate.momentum(
                count: parameter.count, parameter: parameter.pointer, gradient: gradient.pointer,
                velocity: velocities[index]?.pointer, learningRate: Float(learningRate), momentum: Float(momentum),
                weightDecay: Float(weightDecay))
        }
    }

    /// The settings.
    public var configuration: Configuration {
        Configuration(kind: "SGD", Self.keptVelocity(momentum), OptimiserMaker.weightDecay(weightDecay))
    }

    /// Each parameter's velocity ("momentum_buffer").
    public var memory: [[(name: String, tensor: Tensor)]] {
        velocities.map { velocity in velocity.map { [("momentum_buffer", $0)] } ?? [] }
    }

    /// Takes over settings and velocities that were kept.
    public func restore(_ configuration: Configuration, memory: [[String: Tensor]]) throws(TensorError) {
        let restored = try memory.map { state throws(TensorError) in try state["momentum_buffer"]?.cloned() }
        (momentum, weightDecay) = (
            try configuration[Self.keptVelocity], try configuration[OptimiserMaker.weightDecay]
        )
        velocities = restored
    }
}
