import Support
import Tensors

/// The largest value of each window of `kernelSize`, `stride` apart.
public final class MaxPool: DeclaredLayer {
    private static let windowSize = Setting.sizes("kernel_size", "the window's size")
    private static let step = Setting.optionalSizes(
        "stride", "the step; the window's size where it is left out"
    ).positionalToo
    private static let border = Setting.sizes(
        "padding", in: .countOrNone, default: 0, "rows on both sides that never are the largest"
    ).positionalToo

    /// `MaxPool2d` and `MaxPool3d`.
    public static let declarations = [2, 3].map { dimensions in
        LayerDeclaration(
            "MaxPool\(dimensions)d", "Makes a layer that takes the largest value of each window.", windowSize, step,
            border,
            example: "nn.MaxPool\(dimensions)d(2)")
    }

    /// The number of directions, 2 or 3.
    public let dimensions: Int
    /// The size of the window in each direction.
    public let kernelSize: [Int]
    /// The step in each direction; the window's size by default.
    public let stride: [Int]
    /// The rows around the input, on both sides of each direction; their elements are never the largest.
    public let padding: [Int]

    /// Makes the layer; a list of one value stands for all directions.
    public init(
        dimensions: Int, kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0]
    ) throws(TensorError) {
        try require(dimensions == 2 || dimensions == 3, "MaxPool", "dimensions", dimensions, expected: "2 or 3")
        self.dimensions = dimensions
        (self.kernelSize, self.stride, self.padding) = try windows(
            kernelSize, stride: stride, padding: padding, dimensions, "MaxPool\(dimensions)d")
    }

    /// The pooled `input`.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try input.maxPool(kernelSize: kernelSize, stride: stride, padding: padding)
    }

    /// "MaxPool2d(2)".
    public var summary: String {
        var text = kernelSize.optionText
        if stride != kernelSize { text += ", stride = \(stride.optionText)" }
        if padding.contains(where: { $0 != 0 }) { text += ", padding = \(padding.optionText)" }
        return "MaxPool\(dimensions)d(\(text))"
    }

    /// The sizes.
    public var configuration: Configuration {
        Configuration(
            kind: "MaxPool\(dimensions)d", Self.windowSize(kernelSize), Self.step(stride), Self.border(padding))
    }

    /// Makes the layer that `configuration` describes.
    public convenience init(
        _ configuration: Configuration, generator: RandomGenerator, decoder: LayerDecoder
    ) throws(TensorError) {
        try self.init(
            dimensions: configuration.dimensions, kernelSize: configuration[Self.windowSize],
            stride: configuration[Self.step], padding: configuration[Self.border])
    }
}

/// The windows of a pooling in `dimensions` directions: size, step (the size by default), and border.
func windows(
    _ kernelSize: [Int], stride: [Int]?, padding: [Int], _ dimensions: Int, _ operation: String
) throws(TensorError) -> (kernelSize: [Int], stride: [Int], padding: [Int]) {
    let size = try directions(kernelSize, dimensions, operation, "kernel_size", atLeast: 1)
    let step = try directions(stride ?? kernelSize, dimensions, operation, "stride", atLeast: 1)
    let border = try directions(padding, dimensions, operation, "padding", atLeast: 0)
    // A window within the padding would hold nothing.
    for (size, border) in zip(size, border) where border > size / 2 {
        throw .argument(
            operation: operation, parameter: "padding", value: padding.optionText,
            expected: "at most half of kernel_size, \(kernelSize.optionText)")
    }
    return (size, step, border)
}

/// Throws where `input` is not N x C and as many sizes as there are directions, 1 to 3.
package func requireDirections(_ dimensions: Int, _ input: Tensor, _ operation: String) throws(TensorError) {
    guard input.rank == dimensions + 2 else {
        throw .shape(
            operation: operation, parameter: "input", shape: input.shape,
            expected: "N x C x " + ["L", "H x W", "D x H x W"][dimensions - 1])
    }
}
