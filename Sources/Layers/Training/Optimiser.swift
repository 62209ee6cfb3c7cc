import Support
import Tensors

/// How an optimiser is made from groups of parameters and its settings, one of which is the learning rate of groups
/// that have none of their own.
public struct OptimiserMaker: Sendable {
    /// The setting "lr".
    public let learningRate: Setting<Double>
    /// Whether it draws random numbers, for which scripts may then give a generator.
    public var draws = false
    /// Makes the optimiser; one that draws no random numbers has no use for the generator.
    public let make: @Sendable ([ParameterGroup], Configuration, RandomGenerator) throws(TensorError) -> any Optimiser

    /// The setting "lr" with a default.
    static func rate(default value: Double) -> Setting<Double> {
        .real("lr", in: .notNegative, default: value, "the learning rate")
    }

    /// The setting "weight_decay".
    static let weightDecay = Setting.real(
        "weight_decay", in: .notNegative, default: 0, "how strongly weights are drawn to 0")
}

/// The optimisers that scripts can make; help and the manual follow from this list, too.
public let optimiserDeclarations: [Declaration<OptimiserMaker>] = [
    Adam.declaration, SGD.declaration, SGLD.declaration, IVON.declaration,
]

/// Changes parameters by their gradients.
public protocol Optimiser: Restartable {
    /// What is declared of it.
    static var declaration: Declaration<OptimiserMaker> { get }

    /// The parameters, in groups with their own learning rates.
    var groups: [ParameterGroup] { get }

    /// What every group's learning rate is multiplied by: 1 at first, then what a schedule says.
    var learningRateFactor: Double { get set }

    /// Changes each parameter that requires a gradient and has one.
    ///
    /// An interrupt throws, and may leave some parameters changed in part or not at all.
    func step() throws(TensorError)

    /// The settings of the kind ("beta1", ...) and the steps done, without those of the groups.
    var configuration: Configuration { get }

    /// What is remembered of each parameter ("exp_avg"), in the order of the groups.
    var memory: [[(name: String, tensor: Tensor)]] { get }

    /// Takes over settings and memory that were kept: a dictionary for each parameter, in the order of the groups.
    func restore(_ configuration: Configuration, memory: [[String: Tensor]]) throws(TensorError)
}

extension Optimiser {
    /// All parameters with their names, group by group.
    public var parameters: [(name: String, tensor: Tensor)] { groups.flatMap(\.parameters) }

    /// The names of the parameters that require a gradient and have none: a step leaves them as they are.
    public var namesWithoutGradient: [String] {
        parameters.filter { $0.tensor.requiresGradient && $0.tensor.gradient == nil }.map(\.name)
    }

    /// Forgets the gradients of all parameters.
    public func zeroGradients() {
        for parameter in parameters { parameter.tensor.gradient = nil }
    }

    /// The first group's learning rate, before the schedule's factor; setting it sets every group's.
    public var learningRate: Double {
        get { groups.first?.learningRate ?? 0 }
        set { for group in groups { group.learningRate = newValue } }
    }

    /// Scales all gradients down so that the norm of all their elements is at most `norm`; returns the norm before.
    ///
    /// An error that names the parameter where a gradient is not finite.
    @discardableResult
    public func clipGradients(norm limit: Double) throws(TensorError) -> Double {
        try require(limit > 0, "clip_gradients", "norm", limit, expected: "above 0, perhaps infinite")
        var sum = 0.0
        var gradients: [Tensor] = []
        for (name, tensor) in parameters {
            guard let gradient = tensor.gradient else { continue }
            let square = try gradient.detached().square().sum().item()
            try require(
                square.isFinite, "clip_gradients", "the gradient of \(name)", "not finite", expected: "finite numbers")
            sum += Double(square)
            gradients.append(gradient)
        }
        let norm = sum.squareRoot()
        if norm > limit {
            for gradient in gradients { try gradient.multiply(by: Float(limit / norm)) }
        }
        return norm
    }

    /// Calls `body` for each parameter that is to be changed: with its place among all, its elements and its gradient,
    /// both contiguous, and its learning rate.
    func forEachUpdate(
        _ body: (_ index: Int, _ parameter: Tensor, _ gradient: Tensor, _ learningRate: Double) throws(TensorError)
            -> Void
    ) throws(TensorError) {
        if Interrupt.isRequested { throw .interrupted }
        try GradientMode.disabled { () throws(TensorError) in
            var index = 0
            for group in groups {
                for (name, tensor) in group.parameters {
                    if tensor.requiresGradient, let gradient = tensor.gradient {
                        try inside(name) { () throws(TensorError) in
                            let parameter = try tensor.contiguous()
                            try parameter.prepareForChange("optimiser step")
                            let rate = group.learningRate * learningRateFactor
                            try body(index, parameter, try gradient.detached().contiguous(), rate)
                            if parameter !== tensor { try tensor.assign(parameter) }
                        }
                    }
                    index += 1
                }
            }
        }
        if Interrupt.isRequested { throw .interrupted }
    }
}

/// An error where `value` is negative or not a finite number in single precision.
func atLeastZero(_ value: Double, _ operation: String, _ parameter: String) throws(TensorError) {
    try require(value >= 0 && Float(value).isFinite, operation, parameter, value, expected: "0 or more")
}
