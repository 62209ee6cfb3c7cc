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

/// Layers of every kind, each with a shape of input that it takes.
func everyLayer(_ generator: RandomGenerator) throws -> [(layer: any Layer, input: [Int])] {
    let square = try ConvolutionSpecification(
        dimensions: 2, inputChannels: 2, outputChannels: 3, kernelSize: [3, 2], stride: [2, 1], padding: [1, 0])
    let cube = try ConvolutionSpecification(
        dimensions: 3, inputChannels: 2, outputChannels: 3, kernelSize: [3], padding: [1], bias: false)
    let functions: [Activation.Function] = [
        .relu, .leakyRelu(negativeSlope: 0.2), .elu, .softplus, .sigmoid, .tanh, .softmax(dim: 2),
    ]
    let (image, volume) = ([2, 2, 5, 6], [1, 2, 4, 6, 4])
    return try functions.map { (Activation($0), [2, 3, 4]) } + [
        (Convolution(square, generator: generator), image), (Convolution(cube, generator: generator), volume),
        (TransposedConvolution(square, outputPadding: [1, 0], generator: generator), image),
        (TransposedConvolution(cube, generator: generator), volume),
        (Linear(6, 4, generator: generator), [3, 6]), (Linear(6, 4, bias: false, generator: generator), [3, 6]),
        (InstanceNorm(epsilon: 1e-3, relu: true), volume), (Flatten(), image),
        (MaxPool(dimensions: 2, kernelSize: [2], padding: [1]), image),
        (MaxPool(dimensions: 3, kernelSize: [2], stride: [1]), volume),
        (Upsample(scale: 2, alignCorners: false), volume), (Upsample(scale: 3), image),
        (PreActivationConvolution(Convolution(cube, generator: generator)), volume),
        (DownBlock(2, 3, downsamples: true, generator: generator), volume),
        (DownBlock(2, 2, downsamples: false, generator: generator), volume),
        (UpBlock(2, 3, generator: generator), volume),
        (Sequential([Convolution(square, generator: generator), Activation(.elu), Flatten()]), image),
        (UNet(.short, channels: [1, 2, 2, 3, 4], classes: 3, generator: generator), [1, 1, 8, 9, 16]),
        (UNet(channels: [1, 2, 2, 3, 4], generator: generator), [1, 1, 8, 8, 8]),
    ]
}
