import Foundation
import Kernels
import Support
import Tensors

/// Adam (Kingma and Ba 2015), as PyTorch computes it: weight decay, if any, is added to the gradient.
public final class Adam: Optimiser {
    private static let rate = OptimiserMaker.rate(default: 1e-3)
    private static let keptMean = Setting.real(
        "beta1", in: .shareBelowOne, default: 0.9, "how much of the running mean is kept at each step")
    private static let keptSquare = Setting.real(
        "beta2", in: .shareBelowOne, default: 0.999, "how much of the running square is kept at each step")
    // With 0 a parameter whose gradient is 0 would become NaN.
    private static let addedToRoot = Setting.real(
        "eps", in: .positive, default: 1e-8, "what is added to the root of the running square")
    private static let stepsDone = Setting<[Int]>.part("steps", "how many times each parameter was changed")

    /// `Adam`.
    public static let declaration = Declaration(
        "Adam", "Makes the optimizer Adam (Kingma and Ba 2015).", rate, keptMean, keptSquare, addedToRoot,
        OptimiserMaker.weightDecay, example: "optim.Adam(nn.Linear(2, 3), {lr = 0.01}).lr == 0.01",
        make: OptimiserMaker(learningRate: rate) { groups, settings, _ throws(TensorError) in
            try Adam(groups: groups, settings)
        })

    /// The parameters, in groups with their own learning rates.
    public let groups: [ParameterGroup]
    /// What every group's learning rate is multiplied by.
    public var learningRateFactor = 1.0
    /// How much of the mean gradient is kept in a step; 0.9 by default.
    public private(set) var beta1: Double
    /// How much of the mean squared gradient is kept in a step; 0.999 by default.
    public private(set) var beta2: Double
    /// What is added to the root of the mean squared gradient; 1e-8 by default.
    public private(set) var epsilon: Double
    /// The multiple of the parameter that is added to its gradient; 0 by default.
    public private(set) var weightDecay: Double
    private var moments: [Moments?]

    /// What is remembered of a parameter.
    private struct Moments {
        let first: Tensor
        let second: Tensor
        var steps = 0
    }

    /// Makes an optimiser of several groups; an error names the setting that is out of its range.
    init(groups: [ParameterGroup], _ settings: Configuration) throws(TensorError) {
        (beta1, beta2, epsilon, weightDecay) = try Self.settings(settings)
        self.groups = try groups.checked("Adam")
        moments = groups.flatMap(\.parameters).map { _ in nil }
    }

    private static func settings(
        _ given: Configuration
    ) throws(TensorError) -> (beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double) {
        (try given[keptMean], try given[keptSquare], try given[addedToRoot], try given[OptimiserMaker.weightDecay])
    }

    /// Makes an optimiser of several groups; an error names the setting that is out of its range.
    public convenience init(
        groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 0
    ) throws(TensorError) {
        try self.init(
            groups: groups,
            Configuration(
                kind: "Adam", Self.keptMean(beta1), Self.keptSquare(beta2), Self.addedToRoot(epsilon),
                OptimiserMaker.weightDecay(weightDecay)))
    }

    /// Makes an optimiser of one group.
    public convenience init(
        _ parameters: [(name: String, tensor: Tensor)], learningRate: Double = 1e-3, weightDecay: Double = 0
    ) throws(TensorError) {
        try self.init(
            groups: [ParameterGroup(parameters, learningRate: learningRate)], weightDecay: weightDecay)
    }

    /// Moves each parameter against the running mean of its gradient, divided by the root of its mean square.
    public func step() throws(TensorError) {
        try forEachUpdate { index, parameter, gradient, learningRate throws(TensorError) in
            var state =
                if let known = moments[index] { known } else {
                    Moments(first: try .zeros(parameter.shape), second: try .zeros(parameter.shape))
                }
            state.steps += 1
            moments[index] = state
            let steps = Double(state.steps)
            ParameterUpdate.adam(
                count: parameter.count, parameter: parameter.pointer, gradient: gradient.pointer,
                first: state.first.pointer, second: state.second.pointer,
                stepSize: Float(learningRate / (1 - pow(beta1, steps))),
                secondScale: Float(1 / (1 - pow(beta2, steps)).squareRoot()), beta1: beta1, beta2: beta2,
                epsilon: Float(epsilon), weightDecay: Float(weightDecay))
        }
    }

    /// The settings, and how many times each parameter was changed.
    public var configuration: Configuration {
        Configuration(
            kind: "Adam", Self.keptMean(beta1), Self.keptSquare(beta2), Self.addedToRoot(epsilon),
            OptimiserMaker.weightDecay(weightDecay), Self.stepsDone(moments.map { $0?.steps ?? 0 }))
    }

    /// The running means of each parameter's gradient ("exp_avg") and of its square ("exp_avg_sq").
    public var memory: [[(name: String, tensor: Tensor)]] {
        moments.map { state in state.map { [("exp_avg", $0.first), ("exp_avg_sq", $0.second)] } ?? [] }
    }

    /// Takes over settings and running means that were kept.
    public func restore(_ configuration: Configuration, memory: [[String: Tensor]]) throws(TensorError) {
        let steps = try configuration[Self.stepsDone]
        try require(
            steps.count == moments.count, "Adam", "steps", "a list of \(steps.count)",
            expected: "one for each of \(moments.count) parameters")
        var restored: [Moments?] = []
        for (state, steps) in zip(memory, steps) {
            switch (state["exp_avg"], state["exp_avg_sq"]) {
            case (let first?, let second?) where steps > 0:
                restored.append(Moments(first: try first.cloned(), second: try second.cloned(), steps: steps))
            case (nil, nil) where steps == 0: restored.append(nil)
            default:
                throw .argument(
                    operation: "Adam", parameter: "steps", value: "\(steps)",
                    expected: "exp_avg and exp_avg_sq of each parameter that was changed, and of no other")
            }
        }
        (beta1, beta2, epsilon, weightDecay) = try Self.settings(configuration)
        moments = restored
    }
}
