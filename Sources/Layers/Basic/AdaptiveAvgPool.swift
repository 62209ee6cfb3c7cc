import Support
import Tensors

/// The averages of windows that cover the input evenly, whatever its size.
public final class AdaptiveAvgPool: DeclaredLayer {
    private static let resultSize = Setting.sizes("output_size", "the result's size, one number or one a direction")

    /// `AdaptiveAvgPool2d` and `AdaptiveAvgPool3d`.
    public static let declarations = [2, 3].map { dimensions in
        LayerDeclaration(
            "AdaptiveAvgPool\(dimensions)d",
            "Makes a layer of averages over windows that cover the input evenly, whatever its size.", resultSize,
            example: "nn.AdaptiveAvgPool\(dimensions)d(1)")
    }

    /// The number of directions, 2 or 3.
    public let dimensions: Int
    /// The size of the result in each direction.
    public let outputSize: [Int]

    /// Makes the layer; a list of one value stands for all directions.
    public init(dimensions: Int, outputSize: [Int]) throws(TensorError) {
        try require(
            dimensions == 2 || dimensions == 3, "AdaptiveAvgPool", "dimensions", dimensions, expected: "2 or 3")
        self.dimensions = dimensions
        self.outputSize = try directions(
            outputSize, dimensions, "AdaptiveAvgPool\(dimensions)d", "output_size", atLeast: 1)
    }

    /// The pooled `input`, N x C and one size for each direction.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try requireDirections(dimensions, input, "AdaptiveAvgPool\(dimensions)d")
        return try input.adaptiveAveragePool(outputSize: outputSize)
    }

    /// The size.
    public var configuration: Configuration {
        Configuration(kind: "AdaptiveAvgPool\(dimensions)d", Self.resultSize(outputSize))
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(dimensions: configuration.dimensions, outputSize: configuration[Self.resultSize])
    }
}
