import Support
import Tensors

/// Brings each channel to mean 0 and variance 1 over all samples (Ioffe and Szegedy 2015): over those of the batch in
/// training, by running means of them in prediction.
public final class BatchNorm: ModalLayer, DeclaredLayer {
    private static let channels = Setting.integer("num_features", "the channels of the input")
    private static let addedToVariance = Setting.number(
        "eps", in: .positive, default: 1e-5, "what is added to the variance"
    ).positionalToo
    private static let share = Setting.number(
        "momentum", in: .share, default: 0.1, "the share of a batch in the running statistics"
    ).positionalToo
    private static let isAffine = Setting.flag(
        "affine", default: true, "whether each channel has a weight and a bias")
    private static let isTracking = Setting.flag(
        "track_running_stats", default: true, "whether running statistics are kept; else each batch has its own")

    /// `BatchNorm1d` for N x C and N x C x L, `BatchNorm2d` for images, and `BatchNorm3d` for volumes.
    public static let declarations = (1...3).map { dimensions in
        LayerDeclaration(
            "BatchNorm\(dimensions)d",
            "Makes a batch normalisation: each channel to mean 0 and variance 1 over the batch, and after eval() by the "
                + "running statistics of the training.", channels, addedToVariance, share, isAffine, isTracking,
            example: "nn.BatchNorm\(dimensions)d(2).running_var:size(1) == 2")
    }

    /// The number of directions, 1 to 3.
    public let dimensions: Int
    /// What is added to the variance; 1e-5 by default.
    public let epsilon: Float
    /// The share of a batch in the running statistics; 0.1 by default.
    public let momentum: Float
    /// What each channel is multiplied by, 1 at first; nil where nothing is.
    public let weight: Tensor?
    /// What is added to each channel, 0 at first; nil where nothing is.
    public let bias: Tensor?
    /// The means over the training so far, 0 at first; nil where they are not kept.
    public let runningMean: Tensor?
    /// The variances over the training so far, 1 at first; nil where they are not kept.
    public let runningVariance: Tensor?
    /// The number of batches of the training so far, a scalar; nil where it is not kept.
    public let batchCount: Tensor?
    /// Whether the statistics are the batch's, and the running ones follow them.
    public var isTraining = true
    private let featureCount: Int

    /// Makes the layer for `channels` channels and 1 to 3 `dimensions`.
    public init(
        dimensions: Int, channels: Int, epsilon: Float = 1e-5, momentum: Float = 0.1, affine: Bool = true,
        tracksRunningStatistics: Bool = true
    ) throws(TensorError) {
        let name = "BatchNorm\(dimensions)d"
        try require((1...3).contains(dimensions), "BatchNorm", "dimensions", dimensions, expected: "1, 2 or 3")
        self.dimensions = dimensions
        featureCount = try positive(channels, name, "num_features")
        self.epsilon = try positiveEpsilon(epsilon, name)
        try require(momentum >= 0 && momentum <= 1, name, "momentum", momentum, expected: "from 0 to 1")
        self.momentum = momentum
        (weight, bias) = try affineParameters([channels], weight: affine, bias: affine)
        runningMean = tracksRunningStatistics ? try Tensor.zeros([channels]) : nil
        runningVariance = tracksRunningStatistics ? try Tensor.ones([channels]) : nil
        batchCount = tracksRunningStatistics ? try Tensor.zeros([]) : nil
    }

    /// The normalised `input`, N x C and as many sizes as the layer has directions; for one direction also N x C.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        guard input.rank == dimensions + 2 || dimensions == 1 && input.rank == 2, input.shape[1] == featureCount else {
            let sizes = ["N x \(featureCount) or N x \(featureCount) x L", "N x \(featureCount) x H x W"]
            throw .shape(
                operation: "BatchNorm\(dimensions)d", parameter: "input", shape: input.shape,
                expected: dimensions == 3 ? "N x \(featureCount) x D x H x W" : sizes[dimensions - 1])
        }
        let result = try input.batchNorm(
            runningMean: runningMean, runningVariance: runningVariance, weight: weight, bias: bias,
            isTraining: isTraining || runningMean == nil, momentum: momentum, epsilon: epsilon)
        if isTraining, let batchCount { try batchCount.fill(batchCount.item() + 1) }
        return result
    }

    /// The weight and the bias, where they are there.
    public var parameters: [(name: String, tensor: Tensor)] { present(("weight", weight), ("bias", bias)) }

    /// The running statistics, where they are kept.
    public var buffers: [(name: String, tensor: Tensor)] {
        present(
            ("running_mean", runningMean), ("running_var", runningVariance), ("num_batches_tracked", batchCount))
    }

    /// The settings.
    public var configuration: Configuration {
        Configuration(
            kind: "BatchNorm\(dimensions)d", Self.channels(featureCount), Self.addedToVariance(epsilon),
            Self.share(momentum), Self.isAffine(weight != nil), Self.isTracking(runningMean != nil))
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(
            dimensions: configuration.dimensions, channels: configuration[Self.channels],
            epsilon: configuration[Self.addedToVariance], momentum: configuration[Self.share],
            affine: configuration[Self.isAffine], tracksRunningStatistics: configuration[Self.isTracking])
    }
}
