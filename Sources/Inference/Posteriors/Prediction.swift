import Layers
import Support
import Tensors

/// What a network predicts for each voxel of a volume, and how sure it is.
public struct Prediction {
    /// The mean over samples of the probability of each class: N x classes x D x H x W.
    public let probability: Tensor
    /// The entropy of those mean probabilities in nats: N x 1 x D x H x W. It covers both the uncertainty of each
    /// sample and the disagreement between samples.
    public let entropy: Tensor
    /// The standard deviation over samples of each class's probability, in the shape of `probability`; 0 for one
    /// sample.
    public let standardDeviation: Tensor
    /// The number of samples.
    public let samples: Int

    /// Predicts with the posterior's mean weights.
    ///
    /// - Parameter window: The windows in which the network takes the volume; by default it takes it whole.
    public static func mean(
        _ network: any Layer, _ volume: Tensor, window: SlidingWindow? = nil
    ) throws(TensorError) -> Prediction {
        try withModesKept(of: network, volume) { () throws(TensorError) in
            for (_, layer) in network.bayesianLayers { layer.mode = .mean }
            return try collect(1) { () throws(TensorError) in try probability(network, volume, window) }
        }
    }

    /// Predicts with `samples` draws of all weights, each used for the whole volume with all its windows.
    ///
    /// A network without a posterior is an error: its draws would be alike, and their spread 0.
    ///
    /// - Parameters:
    ///   - window: The windows in which the network takes the volume; by default it takes it whole.
    ///   - progress: Told the number of samples done after each.
    public static func sampled(
        _ network: any Layer, _ volume: Tensor, samples: Int, window: SlidingWindow? = nil,
        generator: RandomGenerator, progress: (Int) -> Void = { _ in }
    ) throws(TensorError) -> Prediction {
        try positive(samples, "predict", "samples")
        _ = try network.someBayesianLayers("predict")
        return try withModesKept(of: network, volume) { () throws(TensorError) in
            var done = 0
            return try collect(samples) { () throws(TensorError) in
                try network.drawWeights(generator)
                let probability = try probability(network, volume, window)
                done += 1
                progress(done)
                return probability
            }
        }
    }

    /// The probability of each class with the weights as they are; the mean of windows where they overlap.
    private static func probability(
        _ network: any Layer, _ volume: Tensor, _ window: SlidingWindow?
    ) throws(TensorError) -> Tensor {
        guard let window else { return try classes(of: network(volume)) }
        let blend = try WindowBlend(volume, window)
        for start in blend.starts { try blend.add(classes(of: network(blend.window(at: start))), at: start) }
        return try blend.mean()
    }

    /// The softmax of class scores; of a single class it would be 1 everywhere.
    private static func classes(of scores: Tensor) throws(TensorError) -> Tensor {
        guard scores.rank >= 2, scores.shape[1] >= 2 else {
            throw .shape(
                operation: "predict", parameter: "the network's result", shape: scores.shape,
                expected: "N x classes x ..., with at least 2 classes")
        }
        return try scores.softmax(2)
    }

    /// Runs `body` without gradients, on a network that predicts (`setTraining`), and gives its layers their modes
    /// back; an error where the volume is not finite.
    private static func withModesKept(
        of network: any Layer, _ volume: Tensor, _ body: () throws(TensorError) -> Prediction
    ) throws(TensorError) -> Prediction {
        try volume.requireFinite("predict", "volume")
        let layers = network.bayesianLayers.map(\.layer)
        let modes = layers.map(\.mode)
        let trained = network.namedLayers.compactMap { $0.layer as? any ModalLayer }.filter { $0.isTraining }
        network.setTraining(false)
        defer {
            for (layer, mode) in zip(layers, modes) { layer.mode = mode }
            for layer in trained { layer.isTraining = true }
        }
        return try GradientMode.disabled(body)
    }

    /// Mean and standard deviation of the probabilities, updated sample by sample (Welford 1962).
    private static func collect(
        _ samples: Int, probability: () throws(TensorError) -> Tensor
    ) throws(TensorError) -> Prediction {
        var mean = try probability()
        var squares = try mean.zerosLike()
        for sample in stride(from: 2, through: samples, by: 1) {
            let drawn = try probability()
            let deviation = try drawn - mean
            mean = try mean + deviation.scaled(by: 1 / Float(sample))
            squares = try squares + deviation * (drawn - mean)
        }
        // 0 log 0 is 0.
        let logarithm = try mean.clamped(minimum: 1e-30).log()
        return Prediction(
            probability: mean, entropy: try (mean * logarithm).sum([2], keepDims: true).negated(),
            standardDeviation: try squares.scaled(by: 1 / Float(max(samples - 1, 1))).clamped(minimum: 0).sqrt(),
            samples: samples)
    }
}
