import Kernels
import Support
import Tensors

/// Stochastic gradient Langevin dynamics (Welling and Teh 2011, eq. 4): gradient descent with so much noise that the
/// parameters wander through the posterior. With cosine cycles of the learning rate it is cyclical (Zhang et al. 2020).
///
/// For a mean loss over N examples the posterior's density is exp(-N (loss + weight_decay |w|^2 / 2) / temperature):
/// the prior of each weight is N(0, 1 / (N weight_decay)). A step of the rate a is
///
///     w -= a (gradient + weight_decay w) - sqrt(2 a temperature / N) noise
///
/// On a quadratic loss of curvature h, w keeps the variance temperature / (N h (1 - a h / 2)).
public final class SGLD: Optimiser {
    private static let rate = OptimiserMaker.rate(default: 1e-2)
    private static let exampleCount = Setting.integer(
        "examples", "how many examples, such as voxels of all volumes, the mean loss stands for")
    private static let heat = Setting.real(
        "temperature", in: .notNegative, default: 1, "what the variance of the posterior is multiplied by")

    /// `SGLD`.
    public static let declaration = Declaration(
        "SGLD",
        "Makes stochastic gradient Langevin dynamics, w -= lr * gradient + noise of variance 2 lr temperature / examples, which "
            + "draws from the posterior; with optim.CyclicalCosine in cycles, "
            + "at whose ends a snapshot is worth collecting in a bayes.Ensemble.", exampleCount, rate, heat,
        OptimiserMaker.weightDecay, example: "optim.SGLD(nn.Linear(2, 3), 1000, {lr = 0.1}).lr == 0.1",
        make: OptimiserMaker(learningRate: rate, draws: true) { groups, settings, generator throws(TensorError) in
            try SGLD(groups: groups, settings, generator: generator)
        })

    /// The parameters, in groups with their own learning rates.
    public let groups: [ParameterGroup]
    /// What every group's learning rate is multiplied by.
    public var learningRateFactor = 1.0
    /// N, how many examples the mean loss stands for.
    public private(set) var examples: Int
    /// What the posterior's variance is multiplied by; 1 by default.
    public private(set) var temperature: Double
    /// The multiple of the parameter that is added to its gradient; 0 by default, a flat prior.
    public private(set) var weightDecay: Double
    private let generator: RandomGenerator

    /// Makes an optimiser of several groups; an error names the setting that is out of its range.
    init(groups: [ParameterGroup], _ settings: Configuration, generator: RandomGenerator) throws(TensorError) {
        (examples, temperature, weightDecay) = try Self.settings(settings)
        self.groups = try groups.checked("SGLD")
        self.generator = generator
    }

    private static func settings(
        _ given: Configuration
    ) throws(TensorError) -> (examples: Int, temperature: Double, weightDecay: Double) {
        (try given[exampleCount], try given[heat], try given[OptimiserMaker.weightDecay])
    }

    /// Makes an optimiser of one group; an error names the setting that is out of its range.
    public convenience init(
        _ parameters: [(name: String, tensor: Tensor)], examples: Int, learningRate: Double, temperature: Double = 1,
        weightDecay: Double = 0, generator: RandomGenerator
    ) throws(TensorError) {
        try self.init(
            groups: [ParameterGroup(parameters, learningRate: learningRate)],
            Configuration(
                kind: "SGLD", Self.exampleCount(examples), Self.heat(temperature),
                OptimiserMaker.weightDecay(weightDecay)), generator: generator)
    }

    /// Moves each parameter against its gradient, and by noise.
    public func step() throws(TensorError) {
        try forEachUpdate { _, parameter, gradient, learningRate throws(TensorError) in
            ParameterUpdate.momentum(
                count: parameter.count, parameter: parameter.pointer, gradient: gradient.pointer, velocity: nil,
                learningRate: Float(learningRate), momentum: 0, weightDecay: Float(weightDecay))
            let deviation = (2 * learningRate * temperature / Double(examples)).squareRoot()
            try parameter.add(Tensor.randn(parameter.shape, generator: generator), factor: Float(deviation))
        }
    }

    /// The settings.
    public var configuration: Configuration {
        Configuration(
            kind: "SGLD", Self.exampleCount(examples), Self.heat(temperature), OptimiserMaker.weightDecay(weightDecay))
    }

    /// Nothing is remembered of a parameter; the generator is the caller's to keep.
    public var memory: [[(name: String, tensor: Tensor)]] { parameters.map { _ in [] } }

    /// Takes over settings that were kept.
    public func restore(_ configuration: Configuration, memory: [[String: Tensor]]) throws(TensorError) {
        (examples, temperature, weightDecay) = try Self.settings(configuration)
    }
}
