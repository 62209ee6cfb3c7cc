import Support
import Tensors

/// Each channel of each sample brought to mean 0 and variance 1 over its positions (Ulyanov et al. 2016), without
/// further parameters, and perhaps followed by ReLU.
public final class InstanceNorm: DecodableLayer {
    /// What is added to the variance; 1e-5 by default.
    public let epsilon: Float
    /// Whether ReLU follows, in the same pass over memory.
    public let relu: Bool

    /// Makes the layer.
    public init(epsilon: Float = 1e-5, relu: Bool = false) throws(TensorError) {
        guard epsilon > 0, epsilon.isFinite else {
            throw .argument(
                operation: "InstanceNorm", parameter: "eps", value: "\(epsilon)", expected: "a positive number")
        }
        self.epsilon = epsilon
        self.relu = relu
    }

    /// The normalised `input`.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try input.instanceNorm(epsilon: epsilon, relu: relu)
    }

    /// "InstanceNorm(eps = 1e-05)".
    public var summary: String { "InstanceNorm(eps = \(epsilon)\(relu ? ", relu = true" : ""))" }

    /// The kind.
    public static var kinds: [String] { ["InstanceNorm"] }

    /// The settings.
    public var configuration: Configuration {
        Configuration(kind: "InstanceNorm", ["eps": .number(Double(epsilon)), "relu": .bool(relu)])
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(epsilon: Float(try configuration.number("eps")), relu: try configuration.flag("relu"))
    }
}
