import Support
import Tensors

/// A function of each element, or softmax along a dimension or its logarithm.
public final class Activation: DeclaredLayer {
    /// Which function.
    public enum Function: Equatable, Sendable {
        /// max(x, 0).
        case relu
        /// x where it is positive, `negativeSlope` x elsewhere.
        case leakyRelu(negativeSlope: Float)
        /// x where it is positive, e^x - 1 elsewhere.
        case elu
        /// x times the share of the standard normal distribution below x, exactly or by the hyperbolic tangent.
        case gelu(byTanh: Bool)
        /// x / (1 + e^-x).
        case silu
        /// log(1 + e^x).
        case softplus
        /// 1 / (1 + e^-x).
        case sigmoid
        /// The hyperbolic tangent.
        case tanh
        /// e^x divided by the sum of e^x along dimension `dim`, which counts from 1.
        case softmax(dim: Int)
        /// The logarithm of the softmax along dimension `dim`, which counts from 1.
        case logSoftmax(dim: Int)

        /// The name of the layer.
        public var name: String {
            switch self {
            case .relu: "ReLU"
            case .leakyRelu: "LeakyReLU"
            case .elu: "ELU"
            case .gelu: "GELU"
            case .silu: "SiLU"
            case .softplus: "Softplus"
            case .sigmoid: "Sigmoid"
            case .tanh: "Tanh"
            case .softmax: "Softmax"
            case .logSoftmax: "LogSoftmax"
            }
        }
    }

    /// The functions without a number.
    private static let plain: [Function] = [.relu, .elu, .silu, .softplus, .sigmoid, .tanh]
    private static let slope = Setting.number("negative_slope", in: .finite, default: 0.01, "the fraction")
        .alwaysTold.positionalToo
    private static let approximation = Setting.choice(
        "approximate", of: ["none", "tanh"], default: "none", "'none', or 'tanh' for the formula with tanh")
    private static let dimension = Setting.integer("dim", in: .any, "the dimension, from 1").alwaysTold

    /// A declaration for each function.
    public static let declarations =
        plain.map { function in
            LayerDeclaration(
                function.name, "Makes a layer of \(function.name).", example: "nn.\(function.name)()(torch.ones(2))")
        } + [
            LayerDeclaration(
                "LeakyReLU", "Makes a layer of x where it is positive, a fraction of x elsewhere.", slope,
                example: "nn.LeakyReLU(0.2)"),
            LayerDeclaration(
                "GELU", "Makes a layer of x times the share of the standard normal distribution below x.",
                approximation, example: "nn.GELU({approximate = 'tanh'})"),
            LayerDeclaration(
                "Softmax", "Makes a layer of softmax along a dimension.", dimension, example: "nn.Softmax(2)"),
            LayerDeclaration(
                "LogSoftmax", "Makes a layer of the logarithm of softmax along a dimension.", dimension,
                example: "nn.LogSoftmax(2)"),
        ]

    /// The function.
    public let function: Function

    /// Makes a layer of the function.
    public init(_ function: Function) { self.function = function }

    /// The function of `input`.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        switch function {
        case .relu: try input.relu()
        case .leakyRelu(let negativeSlope): try input.leakyRelu(negativeSlope: negativeSlope)
        case .elu: try input.elu()
        case .gelu(let byTanh): try byTanh ? input.geluByTanh() : input.gelu()
        case .silu: try input.silu()
        case .softplus: try input.softplus()
        case .sigmoid: try input.sigmoid()
        case .tanh: try input.tanh()
        case .softmax(let dim): try input.softmax(dim)
        case .logSoftmax(let dim): try input.logSoftmax(dim)
        }
    }

    /// The function and its number, where it has one.
    public var configuration: Configuration {
        switch function {
        case .leakyRelu(let negativeSlope): Configuration(kind: function.name, Self.slope(negativeSlope))
        case .gelu(let byTanh): Configuration(kind: function.name, Self.approximation(byTanh ? "tanh" : "none"))
        case .softmax(let dim), .logSoftmax(let dim): Configuration(kind: function.name, Self.dimension(dim))
        default: Configuration(kind: function.name)
        }
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        switch configuration.kind {
        case "LeakyReLU": self.init(.leakyRelu(negativeSlope: try configuration[Self.slope]))
        case "GELU": self.init(.gelu(byTanh: try configuration[Self.approximation] == "tanh"))
        case "Softmax", "LogSoftmax":
            let dim = try configuration[Self.dimension]
            try require(dim != 0, configuration.kind, "dim", "0", expected: "1 or more, or -1 or less")
            self.init(configuration.kind == "Softmax" ? .softmax(dim: dim) : .logSoftmax(dim: dim))
        default: self.init(Self.plain.first { $0.name == configuration.kind } ?? .relu)
        }
    }
}
