import Foundation
import Kernels
import Support
import Tensors

/// Improved variational online Newton (Shen et al. 2024, "Variational learning is effective for large deep networks",
/// Algorithm 1): learns a Gaussian posterior of all weights at about the cost of Adam.
///
/// The parameters are the posterior's means; its variances are 1 / (ess (hessian + weight_decay)), where the running
/// Hessian is estimated from gradients at drawn weights. So a step is `sample()`, the loss and its gradients, `step()`,
/// and the network is saved after a step, not between the two.
public final class IVON: Optimiser {
    private static let rate = OptimiserMaker.rate(default: 0.1)
    private static let sampleSize = Setting.real(
        "ess", in: .positive, "the effective sample size, such as the number of examples that the mean loss stands for")
    private static let start = Setting.real(
        "hess_init", in: .positive, default: 1, "the Hessian at the start, of every weight")
    private static let keptMean = Setting.real(
        "beta1", in: .shareBelowOne, default: 0.9, "how much of the running mean is kept at each step")
    private static let keptHessian = Setting.real(
        "beta2", in: .shareBelowOne, default: 0.99999, "how much of the running Hessian is kept at each step")
    private static let decay = Setting.real(
        "weight_decay", in: .notNegative, default: 1e-4,
        "how strongly weights are drawn to 0: the prior's precision divided by ess")
    private static let stepsDone = Setting<[Int]>.part("steps", "how many times each parameter was changed")

    /// `IVON`.
    public static let declaration = Declaration(
        "IVON",
        "Makes the optimizer IVON (Shen et al. 2024), which learns a Gaussian posterior of the weights: call sample(), "
            + "backward() and step() in turn, and predict with bayes.IVONPosterior.", sampleSize, rate, start, keptMean,
        keptHessian, decay, example: "optim.IVON(nn.Linear(2, 3), 1000, {lr = 0.2}).lr == 0.2",
        make: OptimiserMaker(learningRate: rate, draws: true) { groups, settings, generator throws(TensorError) in
            try IVON(groups: groups, settings, generator: generator)
        })

    /// The parameters, in groups with their own learning rates.
    public let groups: [ParameterGroup]
    /// What every group's learning rate is multiplied by.
    public var learningRateFactor = 1.0
    /// The effective sample size.
    public private(set) var effectiveSampleSize: Double
    /// The Hessian that every weight starts with; 1 by default.
    public private(set) var initialHessian: Double
    /// How much of the mean gradient is kept in a step; 0.9 by default.
    public private(set) var beta1: Double
    /// How much of the Hessian is kept in a step; 0.99999 by default.
    public private(set) var beta2: Double
    /// The prior's precision divided by the effective sample size; 1e-4 by default.
    public private(set) var weightDecay: Double
    private let generator: RandomGenerator
    private var moments: [Moments?]
    /// Of each parameter whose weights are drawn now, by its place: the mean, and how far the draw is from it.
    private var drawn: [Int: (mean: Tensor, deviation: Tensor)]?

    /// What is remembered of a parameter.
    private struct Moments {
        let first: Tensor
        let hessian: Tensor
        var steps = 0
    }

    private typealias Settings = (ess: Double, start: Double, beta1: Double, beta2: Double, decay: Double)

    /// Makes an optimiser of several groups; an error names the setting that is out of its range.
    init(groups: [ParameterGroup], _ settings: Configuration, generator: RandomGenerator) throws(TensorError) {
        (effectiveSampleSize, initialHessian, beta1, beta2, weightDecay) = try Self.settings(settings)
        self.groups = try groups.checked("IVON")
        self.generator = generator
        moments = groups.flatMap(\.parameters).map { _ in nil }
    }

    private static func settings(_ given: Configuration) throws(TensorError) -> Settings {
        (
            try given[sampleSize], try given[start], try given[keptMean], try given[keptHessian], try given[decay]
        )
    }

    /// Makes an optimiser of one group; an error names the setting that is out of its range.
    public convenience init(
        _ parameters: [(name: String, tensor: Tensor)], effectiveSampleSize: Double, learningRate: Double = 0.1,
        initialHessian: Double = 1, beta1: Double = 0.9, beta2: Double = 0.99999, weightDecay: Double = 1e-4,
        generator: RandomGenerator
    ) throws(TensorError) {
        try self.init(
            groups: [ParameterGroup(parameters, learningRate: learningRate)],
            Configuration(
                kind: "IVON", Self.sampleSize(effectiveSampleSize), Self.start(initialHessian), Self.keptMean(beta1),
                Self.keptHessian(beta2), Self.decay(weightDecay)), generator: generator)
    }

    /// Whether the weights are drawn ones now, not the means.
    public var isSampled: Bool { drawn != nil }

    /// The posterior's standard deviation of each weight of each parameter, in the order of the groups.
    public func standardDeviations() throws(TensorError) -> [Tensor] {
        try GradientMode.disabled { () throws(TensorError) in
            try parameters.enumerated().map { index, parameter throws(TensorError) in
                let hessian =
                    if let state = moments[index] { state.hessian } else {
                        try Tensor.full(parameter.tensor.shape, Float(initialHessian))
                    }
                // In two steps, as the product may exceed single precision.
                return try hessian.offset(by: Float(weightDecay)).sqrt().reciprocal()
                    .scaled(by: Float(1 / effectiveSampleSize.squareRoot()))
            }
        }
    }

    /// Draws each weight that is trained from its Gaussian; the loss is then computed, and its gradients.
    ///
    /// An error where the weights are drawn already; after an interrupt they are the means.
    public func sample() throws(TensorError) {
        try require(
            drawn == nil, "IVON", "sample", "called twice", expected: "sample(), backward() and step() in turn")
        let deviations = try standardDeviations()
        var draws: [Int: (mean: Tensor, deviation: Tensor)] = [:]
        do throws(TensorError) {
            try GradientMode.disabled { () throws(TensorError) in
                for (index, (_, tensor)) in parameters.enumerated() where tensor.requiresGradient {
                    let noise = try Tensor.randn(tensor.shape, generator: generator)
                    let deviation = try noise * deviations[index]
                    draws[index] = (try tensor.cloned(), deviation)
                    try tensor.add(deviation)
                }
            }
        } catch {
            drawn = draws
            useMeans()
            throw error
        }
        drawn = draws
    }

    /// Gives the parameters their means back.
    private func useMeans() {
        let tensors = parameters.map(\.tensor)
        for (index, draw) in drawn ?? [:] { tensors[index].putBack(draw.mean) }
        drawn = nil
    }

    /// Gives the parameters their means back, and changes means and Hessians by the gradients at the drawn weights; an
    /// error where no weights are drawn.
    public func step() throws(TensorError) {
        guard let draws = drawn else {
            throw .argument(
                operation: "IVON", parameter: "step", value: "called without sample() before",
                expected: "sample(), backward() and step() in turn")
        }
        useMeans()
        try forEachUpdate { index, parameter, gradient, learningRate throws(TensorError) in
            // A parameter that was frozen as weights were drawn has no deviation from its mean.
            guard let deviation = draws[index]?.deviation else { return }
            var state =
                if let known = moments[index] { known } else {
                    Moments(
                        first: try .zeros(parameter.shape),
                        hessian: try .full(parameter.shape, Float(initialHessian)))
                }
            state.steps += 1
            moments[index] = state
            ParameterUpdate.ivon(
                count: parameter.count, parameter: parameter.pointer, gradient: gradient.pointer,
                deviation: deviation.pointer, first: state.first.pointer, hessian: state.hessian.pointer,
                // The learning rate is relative to the step at the start, as in the authors' programs.
                stepSize: Float(learningRate * (initialHessian + weightDecay)), precision: Float(effectiveSampleSize),
                firstScale: Float(1 / (1 - pow(beta1, Double(state.steps)))), beta1: beta1, beta2: beta2,
                weightDecay: Float(weightDecay))
        }
    }

    /// The settings, and how many times each parameter was changed.
    public var configuration: Configuration {
        Configuration(
            kind: "IVON", Self.sampleSize(effectiveSampleSize), Self.start(initialHessian), Self.keptMean(beta1),
            Self.keptHessian(beta2), Self.decay(weightDecay), Self.stepsDone(moments.map { $0?.steps ?? 0 }))
    }

    /// The running mean of each parameter's gradient ("exp_avg") and of its Hessian ("hess").
    public var memory: [[(name: String, tensor: Tensor)]] {
        moments.map { state in state.map { [("exp_avg", $0.first), ("hess", $0.hessian)] } ?? [] }
    }

    /// Takes over settings, running means and Hessians that were kept; weights that are drawn become the means again.
    public func restore(_ configuration: Configuration, memory: [[String: Tensor]]) throws(TensorError) {
        let (steps, decay) = (try configuration[Self.stepsDone], try configuration[Self.decay])
        try require(
            steps.count == moments.count, "IVON", "steps", "a list of \(steps.count)",
            expected: "one for each of \(moments.count) parameters")
        var restored: [Moments?] = []
        for (state, steps) in zip(memory, steps) {
            switch (state["exp_avg"], state["hess"]) {
            case (let first?, let hessian?) where steps > 0:
                try require(
                    hessian.values.allSatisfy { $0.isFinite && Double($0) + decay > 0 }, "IVON", "hess",
                    "too low or not finite", expected: "finite numbers above -weight_decay")
                restored.append(
                    Moments(
                        first: try first.contiguous().cloned(), hessian: try hessian.contiguous().cloned(),
                        steps: steps))
            case (nil, nil) where steps == 0: restored.append(nil)
            default:
                throw .argument(
                    operation: "IVON", parameter: "steps", value: "\(steps)",
                    expected: "exp_avg and hess of each parameter that was changed, and of no other")
            }
        }
        (effectiveSampleSize, initialHessian, beta1, beta2, weightDecay) = try Self.settings(configuration)
        moments = restored
        useMeans()
    }
}
