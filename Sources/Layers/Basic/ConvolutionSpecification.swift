import Support
import Tensors

/// The sizes of a convolution, of 1 to 3 dimensions.
public struct ConvolutionSpecification: Equatable, Sendable {
    static let inputs = Setting.integer("in_channels", "channels of the input")
    static let outputs = Setting.integer("out_channels", "channels of the result")
    private static let size = Setting.sizes(
        "kernel_size", "the kernel's size, one number or one a direction"
    ).alwaysTold
    private static let step = Setting.sizes("stride", default: 1, "the step").positionalToo
    private static let border = Setting.sizes("padding", in: .countOrNone, default: 0, "zeros on both sides")
        .positionalToo
    private static let hasBias = Setting.flag("bias", default: true, "whether a number is added to each channel")
    private static let scale = Setting.number(
        "initial_scale", in: .positive(upTo: 1e6), default: 1, "what the first weights are multiplied by")

    /// The declarations of a layer with these sizes and further settings, of the kinds `prefix` + "1d", "2d" and "3d".
    /// The functions of scripts have these names too, or begin with `name`.
    public static func declarations<each Extra>(
        _ prefix: String, name: String? = nil, _ summary: String, _ extra: repeat Setting<each Extra>,
        example: (_ name: String) -> String
    ) -> [LayerDeclaration] {
        [1, 2, 3].map { dimensions in
            let function = "\(name ?? prefix)\(dimensions)d"
            return LayerDeclaration(
                "\(prefix)\(dimensions)d", name: function, summary, inputs, outputs, size, step, border,
                repeat each extra, hasBias, scale, drawsParameters: true, example: example(function))
        }
    }

    /// The number of directions: 1 (length), 2 (height, width) or 3 (depth, height, width).
    public let dimensions: Int
    /// The channels of the input.
    public let inputChannels: Int
    /// The channels of the result.
    public let outputChannels: Int
    /// The size of the kernel in each direction.
    public let kernelSize: [Int]
    /// The step in each direction.
    public let stride: [Int]
    /// The zeros around the input, on both sides of each direction.
    public let padding: [Int]
    /// Whether a number is added to each channel of the result.
    public let bias: Bool
    /// What the initial weights are multiplied by: with 0.1, trained kernels keep little of their random start.
    public let initialScale: Float

    /// Describes a convolution; a list of one value stands for all directions.
    ///
    /// Throws an error that names the parameter where a size is not positive, `padding` negative, or `initialScale` not
    /// finite.
    public init(
        dimensions: Int, inputChannels: Int, outputChannels: Int, kernelSize: [Int], stride: [Int] = [1],
        padding: [Int] = [0], bias: Bool = true, initialScale: Float = 1
    ) throws(TensorError) {
        let name = "Conv\(dimensions)d"
        try require((1...3).contains(dimensions), "Conv", "dimensions", dimensions, expected: "1, 2 or 3")
        self.dimensions = dimensions
        self.inputChannels = try positive(inputChannels, name, "in_channels")
        self.outputChannels = try positive(outputChannels, name, "out_channels")
        self.kernelSize = try directions(kernelSize, dimensions, name, "kernel_size", atLeast: 1)
        self.stride = try directions(stride, dimensions, name, "stride", atLeast: 1)
        self.padding = try directions(padding, dimensions, name, "padding", atLeast: 0)
        self.bias = bias
        try require(initialScale.isFinite, name, "initial_scale", initialScale, expected: "a finite number")
        self.initialScale = initialScale
    }

    /// The sizes that a configuration holds, of a kind whose name ends with the number of directions.
    public init(_ configuration: Configuration) throws(TensorError) {
        try self.init(
            dimensions: configuration.dimensions, inputChannels: configuration[Self.inputs],
            outputChannels: configuration[Self.outputs], kernelSize: configuration[Self.size],
            stride: configuration[Self.step], padding: configuration[Self.border], bias: configuration[Self.hasBias],
            initialScale: configuration[Self.scale])
    }

    /// The settings of a layer of the kind `kind`. The scale of the initial weights is among them only where
    /// `withStart` is true: files do not need it, as they keep the weights themselves.
    public func configuration(kind: String, withStart: Bool = false) -> Configuration {
        var result = Configuration(
            kind: kind, Self.inputs(inputChannels), Self.outputs(outputChannels), Self.size(kernelSize),
            Self.step(stride), Self.border(padding), Self.hasBias(bias))
        if withStart { result.settings.append(Self.scale(initialScale)) }
        return result
    }

    /// Those settings of a convolution that say more than these sizes, such as the family of a posterior.
    static func furtherSettings(of convolution: any ConvolutionLayer) -> [JSON.Member] {
        let own = Layers.declarations(inputs, outputs, size, step, border, hasBias, scale).map(\.name)
        return convolution.configuration.settings.filter { !own.contains($0.name) }
    }

    /// The shape of the weight: output channels, input channels, and the kernel.
    public var weightShape: [Int] { [outputChannels, inputChannels] + kernelSize }
}

/// Makes the convolutions of a network: plain ones, or Bayesian ones.
public typealias ConvolutionFactory = (
    _ specification: ConvolutionSpecification, _ generator: RandomGenerator
) throws(TensorError) -> any ConvolutionLayer

/// `values`, one for each of 1 to 3 directions: those given, or the one given for all.
func directions(
    _ values: [Int], _ dimensions: Int, _ operation: String, _ parameter: String, atLeast minimum: Int
) throws(TensorError) -> [Int] {
    try require(
        (values.count == 1 || values.count == dimensions) && values.allSatisfy { $0 >= minimum }, operation, parameter,
        values.optionText,
        expected: dimensions == 1 ? "\(minimum) or more" : "one number or \(dimensions), each \(minimum) or more")
    return values.count == dimensions ? values : [Int](repeating: values[0], count: dimensions)
}
