import Layers
import Support
import Tensors
import Testing

/// The largest |a - b| / (1e-5 + 1e-4 |b|) over all elements: at most 1 where `a` holds to what is required of floats;
/// infinite where shapes differ.
func deviation(_ a: Tensor, from b: Tensor) -> Double {
    guard a.shape == b.shape else { return .infinity }
    return zip(a.values, b.values).reduce(0) { worst, pair in
        let error = abs(Double(pair.0) - Double(pair.1)) / (1e-5 + 1e-4 * abs(Double(pair.1)))
        return error.isNaN ? .infinity : max(worst, error)
    }
}

/// The message of the error that `body` throws; fails where it throws none.
func message(_ body: () throws -> Void) throws -> String {
    do {
        try body()
    } catch {
        return "\(error)"
    }
    Issue.record("no error was thrown")
    return ""
}

/// A layer with a mode that counts, in a buffer, the calls that it gets as it is trained.
final class CallCounter: ModalLayer {
    let weight: Tensor
    let calls: Tensor
    var isTraining = true

    init() throws {
        weight = try Tensor.ones([2]).requireGradient()
        calls = try Tensor.zeros([1])
    }

    var parameters: [(name: String, tensor: Tensor)] { [("weight", weight)] }
    var buffers: [(name: String, tensor: Tensor)] { [("calls", calls)] }
    var summary: String { "CallCounter()" }
    var configuration: Configuration { Configuration(kind: "CallCounter") }

    func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        if isTraining { try calls.fill(calls.item() + 1) }
        return try input * weight
    }
}

/// A layer, a shape of input that it takes, and how it prints.
struct LayerExample {
    let layer: any Layer
    let input: [Int]
    let summary: String

    /// An input of a shape: normal numbers, or for a table the numbers of rows.
    func makeInput(_ generator: RandomGenerator, _ shape: [Int]) throws -> Tensor {
        layer is Embedding
            ? try Tensor.randint(1, 3, shape, generator: generator) : try Tensor.randn(shape, generator: generator)
    }
}

/// Layers of every kind.
func everyLayer(_ generator: RandomGenerator) throws -> [LayerExample] {
    let square = try ConvolutionSpecification(
        dimensions: 2, inputChannels: 2, outputChannels: 3, kernelSize: [3, 2], stride: [2, 1], padding: [1, 0])
    let line = try ConvolutionSpecification(dimensions: 1, inputChannels: 3, outputChannels: 2, kernelSize: [2])
    let cube = try ConvolutionSpecification(
        dimensions: 3, inputChannels: 2, outputChannels: 3, kernelSize: [3], padding: [1], bias: false)
    let (list, image, volume) = ([2, 3, 4], [2, 2, 5, 6], [1, 2, 4, 6, 4])
    let sequence = try Sequential([Convolution(square, generator: generator), Activation(.elu), Flatten()])
    let examples: [(any Layer, [Int], String)] = try [
        (Activation(.relu), list, "ReLU()"),
        (Activation(.leakyRelu(negativeSlope: 0.2)), list, "LeakyReLU(negative_slope = 0.2)"),
        (Activation(.elu), list, "ELU()"),
        (Activation(.gelu(byTanh: false)), list, "GELU()"),
        (Activation(.gelu(byTanh: true)), list, "GELU(approximate = tanh)"),
        (Activation(.silu), list, "SiLU()"),
        (PReLU(), list, "PReLU()"),
        (PReLU(3, initial: 0.5), list, "PReLU(num_parameters = 3, init = 0.5)"),
        (Activation(.softplus), list, "Softplus()"),
        (Activation(.sigmoid), list, "Sigmoid()"),
        (Activation(.tanh), list, "Tanh()"),
        (Activation(.softmax(dim: 2)), list, "Softmax(dim = 2)"),
        (Activation(.logSoftmax(dim: -1)), list, "LogSoftmax(dim = -1)"),
        (Convolution(line, generator: generator), list, "Conv1d(3, 2, kernel_size = 2)"),
        (TransposedConvolution(line, generator: generator), list, "ConvTranspose1d(3, 2, kernel_size = 2)"),
        (
            Convolution(square, generator: generator), image,
            "Conv2d(2, 3, kernel_size = {3, 2}, stride = {2, 1}, padding = {1, 0})"
        ),
        (
            Convolution(cube, generator: generator), volume,
            "Conv3d(2, 3, kernel_size = 3, padding = 1, bias = false)"
        ),
        (
            TransposedConvolution(square, outputPadding: [1, 0], generator: generator), image,
            "ConvTranspose2d(2, 3, kernel_size = {3, 2}, stride = {2, 1}, padding = {1, 0}, output_padding = {1, 0})"
        ),
        (
            TransposedConvolution(cube, generator: generator), volume,
            "ConvTranspose3d(2, 3, kernel_size = 3, padding = 1, bias = false)"
        ),
        (Linear(6, 4, generator: generator), [3, 6], "Linear(6, 4)"),
        (Linear(6, 4, bias: false, generator: generator), [3, 6], "Linear(6, 4, bias = false)"),
        (InstanceNorm(epsilon: 1e-3, relu: true), volume, "InstanceNorm(eps = 0.001, relu = true)"),
        (BatchNorm(dimensions: 1, channels: 3, momentum: 0.5), list, "BatchNorm1d(3, momentum = 0.5)"),
        (BatchNorm(dimensions: 2, channels: 2, affine: false), image, "BatchNorm2d(2, affine = false)"),
        (
            BatchNorm(dimensions: 3, channels: 2, epsilon: 0.01, tracksRunningStatistics: false), volume,
            "BatchNorm3d(2, eps = 0.01, track_running_stats = false)"
        ),
        (GroupNorm(1, 2), image, "GroupNorm(1, 2)"),
        (GroupNorm(3, 3, epsilon: 0.1, affine: false), list, "GroupNorm(3, 3, eps = 0.1, affine = false)"),
        (LayerNorm([4]), list, "LayerNorm(4)"),
        (LayerNorm([3, 4], epsilon: 0.1, bias: false), list, "LayerNorm({3, 4}, eps = 0.1, bias = false)"),
        (LayerNorm([4, 4]), [2, 4, 4], "LayerNorm({4, 4})"),
        (LayerNorm([4], affine: false), list, "LayerNorm(4, elementwise_affine = false)"),
        (Dropout(generator: generator), list, "Dropout(p = 0.5)"),
        (Dropout(0.25, dimensions: 2, generator: generator), image, "Dropout2d(p = 0.25)"),
        (Dropout(1, dimensions: 3, generator: generator), volume, "Dropout3d(p = 1.0)"),
        (Embedding(3, 2, paddingIndex: 2, generator: generator), [2, 3], "Embedding(3, 2, padding_idx = 2)"),
        (Identity(), list, "Identity()"),
        (Flatten(), image, "Flatten()"),
        (MaxPool(dimensions: 2, kernelSize: [2], padding: [1]), image, "MaxPool2d(2, padding = 1)"),
        (MaxPool(dimensions: 3, kernelSize: [2], stride: [1]), volume, "MaxPool3d(2, stride = 1)"),
        (
            AvgPool(dimensions: 2, kernelSize: [2], stride: [1], padding: [1], countIncludePad: false), image,
            "AvgPool2d(2, stride = 1, padding = 1, count_include_pad = false)"
        ),
        (
            AvgPool(dimensions: 3, kernelSize: [3, 2, 3], ceilMode: true, divisorOverride: 5), volume,
            "AvgPool3d({3, 2, 3}, ceil_mode = true, divisor_override = 5)"
        ),
        (AdaptiveAvgPool(dimensions: 2, outputSize: [1]), image, "AdaptiveAvgPool2d(1)"),
        (AdaptiveAvgPool(dimensions: 3, outputSize: [3, 2, 1]), volume, "AdaptiveAvgPool3d({3, 2, 1})"),
        (Upsample(scale: 2, alignCorners: false), volume, "Upsample(2, align_corners = false)"),
        (Upsample(scale: 3), image, "Upsample(3, align_corners = true)"),
        (
            PreActivationConvolution(Convolution(cube, generator: generator), generator: generator), volume,
            "PreActivation()"
        ),
        (
            UpBlock(2, 3, style: BlockStyle(dropout: 0.25), generator: generator), volume,
            "UpBlock(2, 3, dropout = 0.25)"
        ),
        (DownBlock(2, 3, downsamples: true, generator: generator), volume, "DownBlock(2, 3, stride = 2)"),
        (DownBlock(2, 2, downsamples: false, generator: generator), volume, "DownBlock(2, 2)"),
        (UpBlock(2, 3, generator: generator), volume, "UpBlock(2, 3)"),
        (
            DownBlock(2, 2, downsamples: false, style: BlockStyle(norm: .group), generator: generator), volume,
            "DownBlock(2, 2, norm = group)"
        ),
        (
            UpBlock(2, 3, style: BlockStyle(norm: .none, activation: .leakyRelu), generator: generator), volume,
            "UpBlock(2, 3, norm = none, activation = leaky_relu)"
        ),
        (sequence, image, "Sequential(3 layers)"),
        (
            UNet(.short, channels: [1, 2, 2, 3, 4], classes: 3, generator: generator), [1, 1, 8, 9, 16],
            "UNet(short, channels = {1, 2, 2, 3, 4}, classes = 3)"
        ),
        (
            UNet(
                .short, channels: [1, 2, 2, 3, 4], style: BlockStyle(norm: .batch, activation: .prelu),
                generator: generator), [1, 1, 8, 8, 16],
            "UNet(short, channels = {1, 2, 2, 3, 4}, classes = 2, norm = batch, activation = prelu)"
        ),
        (
            UNet(.short, channels: [1, 2, 2, 3, 4], style: BlockStyle(dropout: 0.125), generator: generator),
            [1, 1, 8, 8, 8], "UNet(short, channels = {1, 2, 2, 3, 4}, classes = 2, dropout = 0.125)"
        ),
        (
            UNet(channels: [1, 2, 2, 3, 4], generator: generator), [1, 1, 8, 8, 8],
            "UNet(full, channels = {1, 2, 2, 3, 4}, classes = 2)"
        ),
    ]
    return examples.map { LayerExample(layer: $0, input: $1, summary: $2) }
}
