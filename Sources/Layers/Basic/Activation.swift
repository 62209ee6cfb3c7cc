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
        case .leakyRelu(let negativeSlope): "\(kind)(negative_slope = \(negativeSlope))"
        case .softmax(let dim): "\(kind)(dim = \(dim))"
        default: "\(kind)()"
        }
    }

    private var kind: String {
        switch function {
        case .relu: "ReLU"
        case .leakyRelu: "LeakyReLU"
        case .elu: "ELU"
        case .softplus: "Softplus"
        case .sigmoid: "Sigmoid"
        case .tanh: "Tanh"
        case .softmax: "Softmax"
        }
    }

    /// A kind for each function.
    public static var kinds: [String] { ["ReLU", "LeakyReLU", "ELU", "Softplus", "Sigmoid", "Tanh", "Softmax"] }

    /// The function and its number, where it has one.
    public var configuration: Configuration {
        switch function {
        case .leakyRelu(let slope): Configuration(kind: kind, ["negative_slope": .number(Double(slope))])
        case .softmax(let dim): Configuration(kind: kind, ["dim": .integer(dim)])
        default: Configuration(kind: kind)
        }
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        switch configuration.kind {
        case "ReLU": self.init(.relu)
        case "LeakyReLU": self.init(.leakyRelu(negativeSlope: Float(try configuration.number("negative_slope"))))
        case "ELU": self.init(.elu)
        case "Softplus": self.init(.softplus)
        case "Sigmoid": self.init(.sigmoid)
        case "Tanh": self.init(.tanh)
        default: self.init(.softmax(dim: try configuration.integer("dim")))
        }
    }
}
