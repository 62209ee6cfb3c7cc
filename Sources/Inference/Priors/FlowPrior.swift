import Distributions
import Foundation
import Layers
import Support
import Tensors

/// A normalising flow over kernels, a density that may be curved: the covariance of a Gaussian whitens them, and
/// couplings make independent standard normal numbers of the result (Dinh et al., "Density estimation using real NVP",
/// ICLR 2017; with splines Durkan et al., "Neural spline flows", NeurIPS 2019).
///
/// Before each coupling the elements are permuted. A coupling keeps the first half, of which a network with two hidden
/// layers makes the map of the others.
public struct FlowPrior: Distribution {
    /// How a coupling maps an element.
    public enum Form: Sendable {
        /// By a line, which stretches it by e^2 at most.
        case affine
        /// By a rational quadratic spline of 2 to 500 pieces, within 5 standard deviations.
        case spline(pieces: Int)

        /// The form with its limits; files rely on them.
        fileprivate var coupling: Coupling.Form {
            switch self {
            case .affine: .affine(limit: 2)
            case .spline(let pieces): .spline(pieces: pieces, bound: 5)
            }
        }
    }

    /// A permutation of the elements, and the coupling after it.
    struct Step {
        /// Which element comes in each place, counted from 1.
        let order: [Int]
        /// The layers of the coupling's network.
        let layers: [(weight: Tensor, bias: Tensor)]

        /// What the network makes of the elements that are kept; `dropout` changes what its hidden layers give.
        func callAsFunction(_ kept: Tensor, dropout: Dropout?) throws(TensorError) -> Tensor {
            var value = kept
            for (place, layer) in layers.enumerated() {
                if place > 0 { value = try value.elu() }
                if place > 0, let dropout {
                    value = try value.dropout(dropout.share, generator: dropout.generator)
                }
                value = try value.linear(weight: layer.weight, bias: layer.bias)
            }
            return value
        }
    }

    /// The share of numbers that training sets to 0, and where they are drawn from.
    typealias Dropout = (share: Float, generator: RandomGenerator)

    /// The Gaussian that whitens kernels, and with which a fit starts.
    public let gaussian: FullCovarianceGaussian
    /// How couplings map an element.
    public let form: Form
    let steps: [Step]
    /// From whitened kernels to standard normal numbers.
    private let flow: ComposeTransform

    /// The flow of `steps` after `gaussian`, of 2 elements or more; an error where they do not fit each other.
    ///
    /// `dropout`, if any, is used for every density.
    init(
        gaussian: FullCovarianceGaussian, form: Form, steps: [Step], dropout: Dropout? = nil
    ) throws(TensorError) {
        let size = gaussian.eventSize
        try require(size >= 2, "flow", "kernels", "of \(size) elements", expected: "kernels of 2 elements or more")
        var parts: [any Bijector] = []
        for step in steps {
            let network = Conditioner("network") { kept throws(TensorError) in
                try step(kept, dropout: dropout)
            }
            parts.append(try PermutationTransform(step.order))
            parts.append(try Coupling(split: size / 2, network: network, form: form.coupling))
        }
        (self.gaussian, self.form, self.steps, flow) = (gaussian, form, steps, ComposeTransform(parts))
        // One value goes through, so that what does not fit is known here.
        _ = try GradientMode.disabled { () throws(TensorError) in try flow.map(Tensor.zeros([1, size])) }
    }

    /// Fits a flow to kernels by maximum likelihood; it starts as their Gaussian of full covariance.
    ///
    /// - Parameters:
    ///   - kernels: n x the kernel's shape, of 2 elements or more; at least two kernels.
    ///   - form: How couplings map an element.
    ///   - couplings: The number of couplings.
    ///   - hidden: The size of the networks' hidden layers.
    ///   - dropout: The share of the hidden layers' numbers that are set to 0 in training: with few kernels the
    ///     likelihood of others is much larger for it.
    ///   - training: How the networks are trained.
    ///   - generator: Draws permutations, first weights, and the order of the kernels.
    public init(
        fitting kernels: Tensor, form: Form, couplings: Int = 6, hidden: Int = 64, dropout: Float = 0.1,
        training: LikelihoodTraining = LikelihoodTraining(learningRate: 4e-3, patience: 20),
        generator: RandomGenerator
    ) throws(TensorError) {
        let gaussian = try FullCovarianceGaussian(fitting: kernels)
        let steps = try Self.start(
            couplings, size: gaussian.eventSize, hidden: hidden, form: form, generator: generator)
        try self.init(gaussian: gaussian, form: form, steps: steps)
        let trained = networkTensors
        let (fitted, dropout) = (self, (share: dropout, generator: generator.split()))
        let learning = try FlowPrior(gaussian: gaussian, form: form, steps: steps, dropout: dropout)
        try training.fit(trained, to: kernels, generator: generator) { batch throws(TensorError) in
            if Interrupt.isRequested { throw .interrupted }
            // Kernels held out are given without gradients.
            return try (GradientMode.isEnabled ? learning : fitted).logProbability(batch)
        }
        for parameter in trained { try parameter.tensor.requireGradient(false) }
    }

    /// Steps that change nothing yet: each network's last layer tells the identity, whatever its input.
    private static func start(
        _ count: Int, size: Int, hidden: Int, form: Form, generator: RandomGenerator
    ) throws(TensorError) -> [Step] {
        let kept = size / 2
        let identity = form.coupling.identity(count: size - kept)
        return try (0..<count).map { index throws(TensorError) in
            // Every second permutation exchanges the halves, so that two couplings map every element.
            let order =
                index % 2 == 0
                ? generator.permutation(size).map { $0 + 1 } : Array(kept + 1..<size + 1) + Array(1..<kept + 1)
            let first = try Linear(kept, hidden, generator: generator)
            let second = try Linear(hidden, hidden, generator: generator)
            let last = try (
                weight: Tensor.zeros([identity.count, hidden]).requireGradient(),
                bias: Tensor(identity, shape: [identity.count]).requireGradient()
            )
            return Step(order: order, layers: try [layer(first), layer(second), last])
        }
    }

    private static func layer(_ linear: Linear) throws(TensorError) -> (weight: Tensor, bias: Tensor) {
        if let bias = linear.bias { return (linear.weight, bias) }
        return (linear.weight, try Tensor.zeros([linear.weight.shape[0]]))
    }

    /// The weights and biases of the networks, under "coupling1.layer1.weight" and so on.
    private var networkTensors: [(name: String, tensor: Tensor)] {
        steps.enumerated().flatMap { index, step in
            step.layers.enumerated().flatMap { place, layer in
                let name = Self.name(index, place)
                return [(name: name + "weight", tensor: layer.weight), (name: name + "bias", tensor: layer.bias)]
            }
        }
    }

    private static func name(_ step: Int, _ layer: Int) -> String { "coupling\(step + 1).layer\(layer + 1)." }

    /// The shape of one kernel.
    public var eventShape: [Int] { gaussian.eventShape }

    /// The log density of each of `values`: that of the standard normal numbers that they become, plus the logarithm of
    /// the map's determinant.
    public func logProbability(_ values: Tensor) throws(TensorError) -> Tensor {
        let (matrix, leading) = try rows(values)
        let (standard, logDeterminant) = try flow.map(gaussian.whitened(matrix))
        let square = try standard.square().sum([2]).offset(by: Float(gaussian.normaliser))
        return try (logDeterminant - square.scaled(by: 0.5)).reshaped(leading)
    }

    /// Independent draws: standard normal numbers, mapped back.
    public func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try kernels(fromNoise: Tensor.randn([count, eventSize], generator: generator))
    }

    /// The kernels that become `noise`, a row of standard normal numbers for each.
    package func kernels(fromNoise noise: Tensor) throws(TensorError) -> Tensor {
        let deviations = try flow.inverse(noise).linear(weight: gaussian.factor, bias: nil)
        return try gaussian.mean + deviations.reshaped([noise.shape[0]] + eventShape)
    }
}

extension FlowPrior: DeclaredPrior {
    private static let layers = Setting.integer("layers", in: .between(1, 100), default: 6, "the number of couplings")
    private static let hidden = Setting.integer(
        "hidden", in: .between(1, 4096), default: 64, "the size of the networks' two hidden layers")
    private static let bins = Setting.integer("bins", in: .between(2, 500), default: 8, "the pieces of a spline")
    private static let dropout = Setting.number(
        "dropout", in: .shareBelowOne, default: 0.1, "share of the hidden numbers that training sets to 0")
    private static let epochs = Setting.integer("epochs", default: 100, "passes through the kernels, at most")
    private static let batchSize = Setting.integer("batch_size", default: 128, "kernels a step")
    private static let rate = Setting.real(
        "lr", in: .positive, default: 4e-3, "Adam's learning rate, which falls linearly to 0")
    private static let heldOut = Setting.real(
        "held_out", in: .shareBelowOne, default: 0.1, "share of the kernels to choose the epoch by; 0: the last epoch")
    private static let patience = Setting.integer(
        "patience", in: .countOrNone, default: 20, "epochs without a better one that end the training; 0: none do")
    private static let orders = Setting<[[Int]]>.part("orders", "the permutation before each coupling")
    private static let pieces = Setting<Int?>.part("pieces", default: .some(nil), "the pieces of a spline")

    /// "FlowPrior".
    public static let kind = "FlowPrior"

    /// `RealNVP` and `SplineFlow`.
    public static let declarations = [
        PriorDeclaration(
            "RealNVP",
            "Fits a normalising flow to kernels: affine couplings (Dinh et al., 2017) after a Gaussian of full covariance.",
            layers, hidden, dropout, epochs, batchSize, rate, heldOut, patience,
            example: "prior.RealNVP(torch.randn(99, 3, 3), {epochs = 2}):sample(2):dim() == 3",
            make: .fit(draws: true) { kernels, settings, generator throws(TensorError) in
                try fit(kernels, .affine, settings, generator)
            }),
        PriorDeclaration(
            "SplineFlow",
            "Fits a normalising flow to kernels: couplings by rational quadratic splines (Durkan et al., 2019) after a "
                + "Gaussian of full covariance.",
            layers, hidden, bins, dropout, epochs, batchSize, rate, heldOut, patience,
            example: "prior.SplineFlow(torch.randn(99, 3, 3), {epochs = 2}):sample(2):dim() == 3",
            make: .fit(draws: true) { kernels, settings, generator throws(TensorError) in
                try fit(kernels, .spline(pieces: settings[bins]), settings, generator)
            }),
    ]

    private static func fit(
        _ kernels: Tensor, _ form: Form, _ settings: Configuration, _ generator: RandomGenerator
    ) throws(TensorError) -> FlowPrior {
        try FlowPrior(
            fitting: kernels, form: form, couplings: settings[layers], hidden: settings[hidden],
            dropout: settings[dropout],
            training: LikelihoodTraining(
                epochs: settings[epochs], batchSize: settings[batchSize], learningRate: settings[rate],
                heldOut: settings[heldOut], patience: settings[patience]),
            generator: generator)
    }

    /// The permutations, and the pieces of a spline.
    public var configuration: Configuration {
        let number: Int? = if case .spline(let pieces) = form { pieces } else { nil }
        return Configuration(kind: Self.kind, Self.orders(steps.map(\.order)), Self.pieces(number))
    }

    /// The mean and the factor of the Gaussian, and the tensors of the networks.
    public var tensors: [(name: String, tensor: Tensor)] { gaussian.tensors + networkTensors }

    /// Makes the prior again from what a file kept.
    public init(
        _ configuration: Configuration, tensors: [String: Tensor], decoder: PriorDecoder
    ) throws(TensorError) {
        let gaussian = try FullCovarianceGaussian(
            mean: tensors.required("mean"), factor: tensors.required("factor"))
        var steps: [Step] = []
        for (index, order) in try configuration[Self.orders].enumerated() {
            var layers: [(weight: Tensor, bias: Tensor)] = []
            for place in 0..<3 {
                let name = Self.name(index, place)
                layers.append((try tensors.required(name + "weight"), try tensors.required(name + "bias")))
            }
            steps.append(Step(order: order, layers: layers))
        }
        let form: Form = try configuration[Self.pieces].map { .spline(pieces: $0) } ?? .affine
        try self.init(gaussian: gaussian, form: form, steps: steps)
    }
}
