import Support
import Tensors

/// Brings each channel of each sample to mean 0 and variance 1 over its positions (Ulyanov et al. 2016), without
/// parameters to train; a ReLU may follow.
public final class InstanceNorm: DeclaredLayer {
    private static let addedToVariance = Setting.number(
        "eps", in: .positive, default: 1e-5, "what is added to the variance"
    ).alwaysTold
    private static let followedByReLU = Setting.flag(
        "relu", default: false, "whether ReLU follows, in the same pass")

    /// `InstanceNorm2d` and `InstanceNorm3d`, which are the same: the operation takes images and volumes.
    public static let declarations = ["InstanceNorm2d", "InstanceNorm3d"].map { (name: String) in
        LayerDeclaration(
            "InstanceNorm", name: name,
            "Makes an instance normalisation without parameters: each channel of each volume to mean 0, variance 1.",
            addedToVariance, followedByReLU, example: "nn.\(name)({relu = true})")
    }

    /// What is added to the variance; 1e-5 by default.
    public let epsilon: Float
    /// Whether ReLU follows, in the same pass over memory.
    public let relu: Bool

    /// Makes the layer.
    public init(epsilon: Float = 1e-5, relu: Bool = false) throws(TensorError) {
        self.epsilon = try positiveEpsilon(epsilon, "InstanceNorm")
        self.relu = relu
    }

    /// The normalised `input`.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try input.instanceNorm(epsilon: epsilon, relu: relu)
    }

    /// The settings.
    public var configuration: Configuration {
        Configuration(kind: "InstanceNorm", Self.addedToVariance(epsilon), Self.followedByReLU(relu))
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(epsilon: configuration[Self.addedToVariance], relu: configuration[Self.followedByReLU])
    }
}

/// What a normalisation adds to the variance, which must be positive.
func positiveEpsilon(_ epsilon: Float, _ operation: String) throws(TensorError) -> Float {
    try require(epsilon > 0 && epsilon.isFinite, operation, "eps", epsilon, expected: "a positive number")
    return epsilon
}
