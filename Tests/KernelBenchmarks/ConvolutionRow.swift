import Kernels

/// A convolution of a cube, and its passes.
struct ConvolutionRow {
    private let name: String
    private let geometry: ConvolutionGeometry

    private init(_ inputs: Int, _ outputs: Int, side: Int, kernel: Int = 3, stride: Int = 1) {
        let shape = kernel == 3 ? stride == 2 ? ", stride 2" : "" : ", 1x1x1"
        name = "conv3d \(inputs)->\(outputs), \(side)^3\(shape)"
        geometry = ConvolutionGeometry(
            batch: 1, inputChannels: inputs, outputChannels: outputs, inputSize: Size3(side),
            kernelSize: Size3(kernel), stride: Size3(stride), padding: Size3(kernel / 2))
    }

    /// Sizes for each way that `Convolution` may choose: Winograd's with its three lengths of tiles, and the
    /// definition.
    static var all: [Row] {
        let (first, plain) = (ConvolutionRow(1, 16, side: 16), ConvolutionRow(16, 16, side: 16))
        let others = [
            ConvolutionRow(32, 32, side: 12), ConvolutionRow(64, 64, side: 6), ConvolutionRow(8, 24, side: 10),
            ConvolutionRow(16, 32, side: 16, stride: 2), ConvolutionRow(32, 16, side: 16, kernel: 1),
        ]
        // The first layer's input needs no gradient.
        return [first.forward, first.backwardWeight]
            + ([plain] + others).flatMap { [$0.forward, $0.backwardData, $0.backwardWeight] }
            + [plain.forwardMoments, plain.backwardMoments]
    }

    private var forward: Row {
        Row(name: name + ", forward") { [geometry] in
            let (input, weight) = (Numbers(geometry.inputCount), Numbers(geometry.weightCount))
            let output = Numbers(geometry.outputCount)
            return {
                ConvolutionRoutines.forward(geometry, input: input.start, weight: weight.start, output: output.start)
            }
        }
    }

    private var backwardData: Row {
        Row(name: name + ", data gradient") { [geometry] in
            let (gradient, weight) = (Numbers(geometry.outputCount), Numbers(geometry.weightCount))
            let result = Numbers(geometry.inputCount)
            return {
                ConvolutionRoutines.backwardData(
                    geometry, outputGradient: gradient.start, weight: weight.start, inputGradient: result.start)
            }
        }
    }

    private var backwardWeight: Row {
        Row(name: name + ", weight gradient") { [geometry] in
            let (input, gradient) = (Numbers(geometry.inputCount), Numbers(geometry.outputCount))
            let result = Numbers(geometry.weightCount)
            return {
                ConvolutionRoutines.backwardWeight(
                    geometry, input: input.start, outputGradient: gradient.start, weightGradient: result.start)
            }
        }
    }

    private var forwardMoments: Row {
        Row(name: name + ", mean and variance") { [geometry] in
            let (input, mean) = (Numbers(geometry.inputCount), Numbers(geometry.weightCount))
            let variance = Numbers(geometry.weightCount)
            let results = (Numbers(geometry.outputCount), Numbers(geometry.outputCount))
            return {
                ConvolutionRoutines.forwardMoments(
                    geometry, input: input.start, weightMean: mean.start, weightVariance: variance.start,
                    mean: results.0.start, variance: results.1.start)
            }
        }
    }

    private var backwardMoments: Row {
        Row(name: name + ", data gradient of mean and variance") { [geometry] in
            let (input, mean) = (Numbers(geometry.inputCount), Numbers(geometry.weightCount))
            let variance = Numbers(geometry.weightCount)
            let gradients = (Numbers(geometry.outputCount), Numbers(geometry.outputCount))
            let result = Numbers(geometry.inputCount)
            return {
                ConvolutionRoutines.backwardMoments(
                    geometry, input: input.start, meanGradient: gradients.0.start, varianceGradient: gradients.1.start,
                    weightMean: mean.start, weightVariance: variance.start, inputGradient: result.start)
            }
        }
    }
}
