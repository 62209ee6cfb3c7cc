import Support
import Tensors

/// A function of each element, or softmax along a dimension.
public final class Activation: DecodableLayer {
    /// Which function.
    public enum Function: Equatable, Sendable {
        /// max(x, 0).
        case relu
        /// x where it is positive, `negativeSlope` x elsewhere.
        case leakyRelu(negativeSlope: Float)
        /// x where it is positive, e^x - 1 elsewhere.
        case elu
        /// log(1 + e^x).
        case softplus
        /// 1 / (1 + e^-x).
        case sigmoid
        /// The hyperbolic tangent.
        case tanh
        /// e^x divided by the sum of e^x along dimension `dim`, which counts from 1.
        case softmax(dim: Int)

        /// Each function, with its default number where it has one.
        public static let all: [Function] = [
            .relu, .leakyRelu(negativeSlope: 0.01), .elu, .softplus, .sigmoid, .tanh, .softmax(dim: 2),
        ]

        /// The name of the layer.
        public var name: String {
            switch self {
            case .relu: "ReLU"
            case .leakyRelu: "LeakyReLU"
            case .elu: "ELU"
            case .softplus: "Softplus"
            case .sigmoid: "Sigmoid"
            case .tanh: "Tanh"
            case .softmax: "Softmax"
            }
        }
    }

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
        case .softplus: try input.softplus()
        case .sigmoid: try input.sigmoid()
        case .tanh: try input.tanh()
        case .softmax(let dim): try input.softmax(dim)
        }
    }

    /// "LeakyReLU(negative_slope = 0.01)".
    public var summary: String {
        switch function {
        case .leakyRelu(let negativeSlope): "\(function.name)(negative_slope = \(negativeSlope))"
        case .softmax(let dim): "\(function.name)(dim = \(dim))"
        default: "\(function.name)()"
        }
    }

    /// A kind for each function.
    public static var kinds: [String] { Function.all.map(\.name) }

    /// The function and its number, where it has one.
    public var configuration: Configuration {
        switch function {
        case .leakyRelu(let slope): Configuration(kind: function.name, ["negative_slope": .number(Double(slope))])
        case .softmax(let dim): Configuration(kind: function.name, ["dim": .integer(dim)])
        default: Configuration(kind: function.name)
        }
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        switch Function.all.first(where: { $0.name == configuration.kind }) {
        case .leakyRelu: self.init(.leakyRelu(negativeSlope: Float(try configuration.number("negative_slope"))))
        case .softmax: self.init(.softmax(dim: try configuration.integer("dim")))
        case let function?: self.init(function)
        case nil:
            throw .argument(
                operation: "load", parameter: "kind", value: "'\(configuration.kind)'",
                expected: "one of \(Self.kinds.joined(separator: ", "))")
        }
    }
}
