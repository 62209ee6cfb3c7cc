import Support
import Tensors

/// Brings groups of neighbouring channels of each sample to mean 0 and variance 1 (Wu and He 2018).
public final class GroupNorm: DeclaredLayer {
    private static let groupCount = Setting.integer("num_groups", "the number of groups, which divides the channels")
    private static let channelCount = Setting.integer("num_channels", "the channels of the input")
    private static let addedToVariance = Setting.number(
        "eps", in: .positive, default: 1e-5, "what is added to the variance"
    ).positionalToo
    private static let isAffine = Setting.flag(
        "affine", default: true, "whether each channel has a weight and a bias")

    /// `GroupNorm`.
    public static let declarations = [
        LayerDeclaration(
            "GroupNorm",
            "Makes a group normalisation: groups of channels of each sample to mean 0, variance 1.", groupCount,
            channelCount, addedToVariance, isAffine, example: "nn.GroupNorm(2, 6)(torch.randn(1, 6, 4, 4))")
    ]

    /// The number of groups.
    public let groups: Int
    /// The channels of the input.
    public let channels: Int
    /// What is added to the variance; 1e-5 by default.
    public let epsilon: Float
    /// What each channel is multiplied by, 1 at first; nil where nothing is.
    public let weight: Tensor?
    /// What is added to each channel, 0 at first; nil where nothing is.
    public let bias: Tensor?

    /// Makes the layer; `groups` divides `channels`.
    public init(_ groups: Int, _ channels: Int, epsilon: Float = 1e-5, affine: Bool = true) throws(TensorError) {
        self.channels = try positive(channels, "GroupNorm", "num_channels")
        try require(
            groups >= 1 && channels % groups == 0, "GroupNorm", "num_groups", groups,
            expected: "a number that divides num_channels, \(channels)")
        self.groups = groups
        self.epsilon = try positiveEpsilon(epsilon, "GroupNorm")
        (weight, bias) = try affineParameters([channels], weight: affine, bias: affine)
    }

    /// The normalised `input`, N x C or N x C x ...
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        guard input.rank >= 2, input.shape[1] == channels else {
            throw .shape(
                operation: "GroupNorm", parameter: "input", shape: input.shape, expected: "N x \(channels) x ...")
        }
        return try input.groupNorm(groups, weight: weight, bias: bias, epsilon: epsilon)
    }

    /// The weight and the bias, where they are there.
    public var parameters: [(name: String, tensor: Tensor)] { present(("weight", weight), ("bias", bias)) }

    /// The settings.
    public var configuration: Configuration {
        Configuration(
            kind: "GroupNorm", Self.groupCount(groups), Self.channelCount(channels), Self.addedToVariance(epsilon),
            Self.isAffine(weight != nil))
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(
            configuration[Self.groupCount], configuration[Self.channelCount],
            epsilon: configuration[Self.addedToVariance], affine: configuration[Self.isAffine])
    }
}
