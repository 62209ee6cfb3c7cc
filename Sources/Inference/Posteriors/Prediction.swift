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
    /// The disagreement alone, in nats: the entropy less the mean entropy of the samples, which is the mutual
    /// information between class and network (Houlsby et al. 2011, eq. 2). In the entropy's shape; 0 for one sample.
    public let mutualInformation: Tensor
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
        try mean(BayesianNetworkPosterior(network), volume, window: window)
    }

    /// Predicts with the mean network of a posterior; an error where it has none, as an ensemble.
    ///
    /// - Parameter window: The windows in which the network takes the volume; by default it takes it whole.
    public static func mean(
        _ posterior: any NetworkPosterior, _ volume: Tensor, window: SlidingWindow? = nil
    ) throws(TensorError) -> Prediction {
        try collect(1, of: posterior, volume, window) { _ throws(TensorError) in try posterior.mean() }
    }

    /// Predicts with `samples` draws of all weights, each used for the whole volume with all its windows.
    ///
    /// A network without a posterior is an error: its draws would be alike, and their spread 0.
    ///
    /// - Parameters:
    ///   - temperature: What the variances of the draws are multiplied by.
    ///   - window: The windows in which the network takes the volume; by default it takes it whole.
    ///   - progress: Told the number of samples done after each.
    public static func sampled(
        _ network: any Layer, _ volume: Tensor, samples: Int, temperature: Double = 1, window: SlidingWindow? = nil,
        generator: RandomGenerator, progress: (Int) -> Void = { _ in }
    ) throws(TensorError) -> Prediction {
        try positive(samples, "predict", "samples")
        _ = try network.someBayesianLayers("predict")
        return try sampled(
            BayesianNetworkPosterior(network), volume, samples: samples, temperature: temperature, window: window,
            generator: generator, progress: progress)
    }

    /// Predicts with `samples` draws of a posterior, each used for the whole volume with all its windows.
    ///
    /// Afterwards, also after an error, the posterior's networks have the weights and modes that they had before.
    ///
    /// - Parameters:
    ///   - samples: The number of draws; of an ensemble the number of its members, which it need not be told.
    ///   - temperature: What the variances of the draws are multiplied by; an error where they have none, unless it is
    ///   1.
    ///   - window: The windows in which the network takes the volume; by default it takes it whole.
    ///   - progress: Told the number of samples done after each.
    public static func sampled(
        _ posterior: any NetworkPosterior, _ volume: Tensor, samples: Int? = nil, temperature: Double = 1,
        window: SlidingWindow? = nil, generator: RandomGenerator, progress: (Int) -> Void = { _ in }
    ) throws(TensorError) -> Prediction {
        let kind = type(of: posterior).kind
        let members = posterior.memberCount
        if let members {
            try require(members > 0, kind, "members", members, expected: "1 or more: call collect(network)")
            try require(
                samples == nil || samples == members, "predict", "samples", samples ?? 0,
                expected: "\(members), the number of members, or none")
        }
        let count = try positive(samples ?? members ?? 0, "predict", "samples")
        try require(
            temperature > 0 && Float(temperature).isFinite, "predict", "temperature", temperature,
            expected: "a finite number above 0")
        try require(
            temperature == 1 || posterior.hasVariance, "predict", "temperature", temperature,
            expected: "1: draws of \(kind) have no variance that it could multiply")
        return try collect(count, of: posterior, volume, window, progress) { index throws(TensorError) in
            try posterior.draw(index, temperature: temperature, generator: generator)
        }
    }

    /// The probability of each class that a network gives; the mean of windows where they overlap.
    private static func probability(
        _ network: (Tensor) throws(TensorError) -> Tensor, _ volume: Tensor, _ window: SlidingWindow?
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

    /// Mean and standard deviation of the probabilities of some networks, updated network by network (Welford 1962),
    /// with the mean of their entropies; an error where the volume is not finite, or the networks' results differ in
    /// shape.
    private static func collect(
        _ count: Int, of posterior: any NetworkPosterior, _ volume: Tensor, _ window: SlidingWindow?,
        _ progress: (Int) -> Void = { _ in }, draw: (Int) throws(TensorError) -> NetworkPosterior.Draw
    ) throws(TensorError) -> Prediction {
        try volume.requireFinite("predict", "volume")
        return try keeping(posterior.networks, posterior.drawnTensors) { () throws(TensorError) in
            var mean = try probability(draw(0), volume, window)
            var squares = try mean.zerosLike()
            var entropy = try self.entropy(mean)
            progress(1)
            for index in 1..<max(count, 1) {
                let drawn = try probability(draw(index), volume, window)
                guard drawn.shape == mean.shape else {
                    throw .shape(
                        operation: "predict", parameter: "the result of member \(index + 1)", shape: drawn.shape,
                        expected: "\(mean.shape.shapeText), as the first gives")
                }
                let share = 1 / Float(index + 1)
                let deviation = try drawn - mean
                mean = try mean + deviation.scaled(by: share)
                squares = try squares + deviation * (drawn - mean)
                entropy = try entropy + (self.entropy(drawn) - entropy).scaled(by: share)
                progress(index + 1)
            }
            let whole = try self.entropy(mean)
            return Prediction(
                probability: mean, entropy: whole,
                mutualInformation: try (whole - entropy).clamped(minimum: 0),
                standardDeviation: try squares.scaled(by: 1 / Float(max(count - 1, 1))).clamped(minimum: 0).sqrt(),
                samples: count)
        }
    }

    /// The entropy of probabilities along dimension 2, which stays as 1.
    private static func entropy(_ probability: Tensor) throws(TensorError) -> Tensor {
        // 0 log 0 is 0.
        let logarithm = try probability.clamped(minimum: 1e-30).log()
        return try (probability * logarithm).sum([2], keepDims: true).negated()
    }
}
