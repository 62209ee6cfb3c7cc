/// The sizes of a convolution in two or three dimensions (depth 1), without groups and dilation.
///
/// The input is [batch, inputSize, inputChannels] and the output [batch, outputSize, outputChannels], both
/// channels-last and contiguous; the weights are [outputChannels, inputChannels, kernelSize], contiguous, as in
/// PyTorch. A transposed convolution is described by the convolution it is the transpose of: its input is this one's
/// output.
///
/// Nothing is checked here: sizes, channels and strides are at least 1, padding at least 0, and every `outputSize` at
/// least 1. The batch may be 0.
public struct ConvolutionGeometry: Sendable, Hashable {
    /// The number of volumes.
    public var batch: Int
    /// The channels of the input.
    public var inputChannels: Int
    /// The channels of the output.
    public var outputChannels: Int
    /// The voxels of the input in each direction.
    public var inputSize: Size3
    /// The weights of a kernel in each direction.
    public var kernelSize: Size3
    /// The step from one output voxel to the next, in input voxels.
    public var stride: Size3
    /// The zeros that surround the input, on either side.
    public var padding: Size3

    /// Makes a geometry; by default the stride is 1 and there is no padding.
    public init(
        batch: Int, inputChannels: Int, outputChannels: Int, inputSize: Size3, kernelSize: Size3,
        stride: Size3 = Size3(1), padding: Size3 = Size3(0)
    ) {
        self.batch = batch
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.inputSize = inputSize
        self.kernelSize = kernelSize
        self.stride = stride
        self.padding = padding
    }

    /// The voxels of the output in each direction: floor((input + 2 padding - kernel) / stride) + 1.
    public var outputSize: Size3 {
        Size3 {
            (inputSize[keyPath: $0] &+ 2 &* padding[keyPath: $0] &- kernelSize[keyPath: $0]) / stride[keyPath: $0] &+ 1
        }
    }

    /// The number of elements of the input.
    public var inputCount: Int { batch &* inputSize.volume &* inputChannels }
    /// The number of elements of the output.
    public var outputCount: Int { batch &* outputSize.volume &* outputChannels }
    /// The number of weights.
    public var weightCount: Int { outputChannels &* inputChannels &* kernelSize.volume }
}
