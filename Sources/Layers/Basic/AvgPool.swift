import Support
import Tensors

/// The average of each window of `kernelSize`, `stride` apart.
public final class AvgPool: DeclaredLayer {
    private static let windowSize = Setting.sizes("kernel_size", "the window's size")
    private static let step = Setting.optionalSizes(
        "stride", "the step; the window's size where it is left out"
    ).positionalToo
    private static let border = Setting.sizes("padding", in: .countOrNone, default: 0, "zeros on both sides")
        .positionalToo
    private static let roundsUp = Setting.flag(
        "ceil_mode", default: false, "whether there is a last window that reaches beyond the padding")
    private static let countsPadding = Setting.flag(
        "count_include_pad", default: true, "whether zeros of the padding count in the average")
    private static let divisor = Setting.optionalInteger(
        "divisor_override", "what sums are divided by; the number of elements where it is left out")

    /// `AvgPool2d` and `AvgPool3d`.
    public static let declarations = [2, 3].map { dimensions in
        LayerDeclaration(
            "AvgPool\(dimensions)d", "Makes a layer that takes the average of each window.", windowSize, step, border,
            roundsUp, countsPadding, divisor, example: "nn.AvgPool\(dimensions)d(2)")
    }

    /// The number of directions, 2 or 3.
    public let dimensions: Int
    /// The size of the window in each direction.
    public let kernelSize: [Int]
    /// The step in each direction; the window's size by default.
    public let stride: [Int]
    /// The zeros around the input, on both sides of each direction.
    public let padding: [Int]
    /// Whether there is a last window that reaches beyond the padding; false by default.
    public let ceilMode: Bool
    /// Whether zeros of the padding count in the average; true by default.
    public let countIncludePad: Bool
    /// What sums are divided by; the number of elements where it is nil.
    public let divisorOverride: Int?

    /// Makes the layer; a list of one value stands for all directions.
    public init(
        dimensions: Int, kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0], ceilMode: Bool = false,
        countIncludePad: Bool = true, divisorOverride: Int? = nil
    ) throws(TensorError) {
        try require(dimensions == 2 || dimensions == 3, "AvgPool", "dimensions", dimensions, expected: "2 or 3")
        let name = "AvgPool\(dimensions)d"
        self.dimensions = dimensions
        (self.kernelSize, self.stride, self.padding) = try windows(
            kernelSize, stride: stride, padding: padding, dimensions, name)
        if let divisorOverride { try positive(divisorOverride, name, "divisor_override") }
        (self.ceilMode, self.countIncludePad, self.divisorOverride) = (ceilMode, countIncludePad, divisorOverride)
    }

    /// The pooled `input`, N x C and one size for each direction.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try requireDirections(dimensions, input, "AvgPool\(dimensions)d")
        return try input.averagePool(
            kernelSize: kernelSize, stride: stride, padding: padding, ceilMode: ceilMode,
            countIncludePad: countIncludePad, divisorOverride: divisorOverride)
    }

    /// The sizes; the step only where it is not the window's size.
    public var configuration: Configuration {
        Configuration(
            kind: "AvgPool\(dimensions)d", Self.windowSize(kernelSize), Self.step(stride == kernelSize ? nil : stride),
            Self.border(padding), Self.roundsUp(ceilMode), Self.countsPadding(countIncludePad),
            Self.divisor(divisorOverride))
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(
            dimensions: configuration.dimensions, kernelSize: configuration[Self.windowSize],
            stride: configuration[Self.step], padding: configuration[Self.border],
            ceilMode: configuration[Self.roundsUp], countIncludePad: configuration[Self.countsPadding],
            divisorOverride: configuration[Self.divisor])
    }
}
