import Support
import Tensors

/// Sets elements to 0 at random in training, and multiplies the others so that the mean stays (Srivastava et al. 2014);
/// in prediction the input itself.
public final class Dropout: ModalLayer, RandomLayer, DeclaredLayer {
    private static let share = Setting.number(
        "p", in: .share, default: 0.5, "the probability that an element, or a channel, is set to 0"
    ).alwaysTold.positionalToo

    /// `Dropout`, which sets elements to 0, and `Dropout2d` and `Dropout3d`, which set channels of images and volumes.
    public static let declarations = [nil, 2, 3].map { dimensions in
        LayerDeclaration(
            name(dimensions),
            "Makes a layer that sets \(dimensions == nil ? "elements" : "whole channels") to 0 at random in training, and "
                + "changes nothing after eval().", share, drawsParameters: true,
            example: "nn.\(name(dimensions))(0.2):eval().training == false")
    }

    private static func name(_ dimensions: Int?) -> String { dimensions.map { "Dropout\($0)d" } ?? "Dropout" }

    /// The number of directions of what is set to 0 as a whole, 2 or 3; nil where that is each element.
    public let dimensions: Int?
    /// The probability that an element, or a channel, is set to 0; 0.5 by default.
    public let probability: Float
    /// Whether anything is set to 0.
    public var isTraining = true
    /// Where random numbers come from.
    public var generator: RandomGenerator

    /// Makes the layer, of elements or of channels of 2 or 3 `dimensions`.
    public init(
        _ probability: Float = 0.5, dimensions: Int? = nil, generator: RandomGenerator
    ) throws(TensorError) {
        try require(
            dimensions == nil || dimensions == 2 || dimensions == 3, "Dropout", "dimensions", dimensions ?? 0,
            expected: "2 or 3, or none")
        self.dimensions = dimensions
        try require(
            probability >= 0 && probability <= 1, Self.name(dimensions), "p", probability, expected: "from 0 to 1")
        self.probability = probability
        self.generator = generator
    }

    /// `input` with elements or channels set to 0 in training; for channels N x C and one size for each direction.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        guard isTraining else { return input }
        guard let dimensions else { return try input.dropout(probability, generator: generator) }
        return try input.channelDropout(probability, dimensions: dimensions, generator: generator)
    }

    /// The probability.
    public var configuration: Configuration {
        Configuration(kind: Self.name(dimensions), Self.share(probability))
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(
            configuration[Self.share], dimensions: configuration.kind == "Dropout" ? nil : configuration.dimensions,
            generator: generator)
    }
}
