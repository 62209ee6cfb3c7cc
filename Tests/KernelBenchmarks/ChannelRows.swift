import Kernels

/// What goes through channels-last volumes once or twice: normalisation, pooling, upsampling, class scores.
enum ChannelRows {
    private static let side = 16, channels = 16, classes = 3
    private static let voxels = side * side * side
    private static let scores = Fibres(outer: voxels, length: classes)

    static var all: [Row] {
        [
            Row(name: "instance norm + ReLU, 16 channels, 16^3, forward", prepare: normalisation),
            Row(name: "instance norm + ReLU, 16 channels, 16^3, backward", prepare: normalisationGradient),
            Row(name: "max pooling by 2, 16 channels, 16^3, forward", prepare: pooling),
            Row(name: "max pooling by 2, 16 channels, 16^3, backward", prepare: poolingGradient),
            Row(name: "upsampling by 2, 16 channels, 8^3, forward", prepare: upsampling),
            Row(name: "upsampling by 2, 16 channels, 8^3, backward", prepare: upsamplingGradient),
            Row(name: "softmax, 3 classes, 16^3, forward", prepare: softmax),
            Row(name: "cross entropy, 3 classes, 16^3, forward", prepare: crossEntropy),
            Row(name: "cross entropy, 3 classes, 16^3, backward", prepare: crossEntropyGradient),
            Row(name: "Dice loss, 3 classes, 16^3, with backward", prepare: diceLoss),
        ]
    }

    /// The statistics, and what is made with them.
    private static func normalisation() -> () -> Void {
        let layer = InstanceNormalisation(batch: 1, voxels: voxels, channels: channels, relu: true)
        let (input, output) = (Numbers(voxels * channels), Numbers(voxels * channels))
        let (means, inverses) = (Numbers(channels), Numbers(channels))
        return {
            layer.statistics(
                input: input.start, epsilon: 1e-5, means: means.start, inverseDeviations: inverses.start)
            layer.forward(
                input: input.start, means: means.start, inverseDeviations: inverses.start, output: output.start)
        }
    }

    private static func normalisationGradient() -> () -> Void {
        let layer = InstanceNormalisation(batch: 1, voxels: voxels, channels: channels, relu: true)
        let (input, gradient) = (Numbers(voxels * channels), Numbers(voxels * channels))
        let (means, inverses, result) = (Numbers(channels), Numbers(channels), Numbers(voxels * channels))
        return {
            layer.backward(
                input: input.start, means: means.start, inverseDeviations: inverses.start,
                outputGradient: gradient.start, inputGradient: result.start)
        }
    }

    private static let pool = MaxPooling(
        batch: 1, channels: channels, inputSize: Size3(side), kernelSize: Size3(2), stride: Size3(2), padding: Size3(0))

    private static func pooling() -> () -> Void {
        let (input, output) = (Numbers(voxels * channels), Numbers(voxels * channels / 8))
        return { pool.forward(input: input.start, output: output.start) }
    }

    private static func poolingGradient() -> () -> Void {
        let (input, gradient) = (Numbers(voxels * channels), Numbers(voxels * channels / 8))
        let result = Numbers(voxels * channels)
        return { pool.backward(input: input.start, outputGradient: gradient.start, inputGradient: result.start) }
    }

    private static let larger = LinearUpsampling(
        batch: 1, channels: channels, inputSize: Size3(side / 2), scale: Size3(2), alignCorners: true)

    private static func upsampling() -> () -> Void {
        let (input, output) = (Numbers(voxels * channels / 8), Numbers(voxels * channels))
        return { larger.forward(input: input.start, output: output.start) }
    }

    private static func upsamplingGradient() -> () -> Void {
        let (gradient, result) = (Numbers(voxels * channels), Numbers(voxels * channels / 8))
        return { larger.backward(outputGradient: gradient.start, inputGradient: result.start) }
    }

    private static func softmax() -> () -> Void {
        let (input, output) = (Numbers(voxels * classes), Numbers(voxels * classes))
        return { Softmax.forward(scores, logarithm: false, input: input.start, output: output.start) }
    }

    private static func crossEntropy() -> () -> Void {
        let (logits, labels) = (Numbers(voxels * classes), Numbers(voxels, 1))
        return { _ = CrossEntropy.forward(scores, logits: logits.start, labels: labels.start) }
    }

    private static func crossEntropyGradient() -> () -> Void {
        let (logits, labels, result) = (Numbers(voxels * classes), Numbers(voxels, 1), Numbers(voxels * classes))
        return {
            CrossEntropy.backward(
                scores, logits: logits.start, labels: labels.start, scale: 1, gradient: result.start)
        }
    }

    private static func diceLoss() -> () -> Void {
        let (logits, labels, result) = (Numbers(voxels * classes), Numbers(voxels, 1), Numbers(voxels * classes))
        return {
            DiceLoss(scores, logits: logits.start, labels: labels.start, epsilon: 1e-3)
                .backward(scores, logits: logits.start, labels: labels.start, scale: 1, gradient: result.start)
        }
    }
}
