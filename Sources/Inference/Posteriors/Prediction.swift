import Layers
import Support
import Tensors

/// What a network predicts for each voxel of a volume, and how sure it is.
public struct Prediction {
    /// The mean over samples of the probability of each class, or of each region: N x classes x D x H x W.
    public let probability: Tensor
    /// The entropy of those mean probabilities in nats: N x 1 x D x H x W. It covers both the uncertainty of each
    /// sample and the disagreement between samples. Of regions it is the mean of their binary entropies.
    public let entropy: Tensor
    /// The disagreement alone, in nats: the entropy less the mean entropy of the samples, which is the mutual
    /// information between class and network (Houlsby et al. 2011, eq. 2). In the entropy's shape; 0 for one sample.
    ///
    /// Mirrored copies of the volume belong to the sample that sees them: its entropy is that of their mean, so that
    /// this is the disagreement of networks only. Of regions it is the mean over them.
    public let mutualInformation: Tensor
    /// The standard deviation over samples of each class's probability, in the shape of `probability`; 0 for one
    /// sample, nil where it was not wanted.
    public let standardDeviation: Tensor?
    /// The number of samples.
    public let samples: Int

    /// Predicts with the posterior's mean weights.
    ///
    /// - Parameters:
    ///   - options: How the network goes through the volume; by default it takes it whole, as it is.
    ///   - progress: As for `sampled`.
    public static func mean(
        _ network: any Layer, _ volume: Tensor, options: PredictionOptions = PredictionOptions(),
        progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
    ) throws(TensorError) -> Prediction {
        try mean(BayesianNetworkPosterior(network), volume, options: options, progress: progress)
    }

    /// Predicts with the mean network of a posterior; an error where it has none, as an ensemble.
    ///
    /// - Parameters:
    ///   - options: How the network goes through the volume; by default it takes it whole, as it is.
    ///   - progress: As for `sampled`.
    public static func mean(
        _ posterior: any NetworkPosterior, _ volume: Tensor, options: PredictionOptions = PredictionOptions(),
        progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
    ) throws(TensorError) -> Prediction {
        try collect(1, of: posterior, volume, options, progress) { _ throws(TensorError) in try posterior.mean() }
    }

    /// Predicts with `samples` draws of all weights, each used for the whole volume with all its windows.
    ///
    /// A network without a posterior is an error: its draws would be alike, and their spread 0.
    ///
    /// - Parameters:
    ///   - temperature: What the variances of the draws are multiplied by.
    ///   - options: How the networks go through the volume; by default each takes it whole, as it is.
    ///   - progress: Told how many passes are done, at first and after each, and how many there are: a pass is one call
    ///     of a network.
    public static func sampled(
        _ network: any Layer, _ volume: Tensor, samples: Int, temperature: Double = 1,
        options: PredictionOptions = PredictionOptions(), generator: RandomGenerator,
        progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
    ) throws(TensorError) -> Prediction {
        try positive(samples, "predict", "samples")
        _ = try network.someBayesianLayers("predict")
        return try sampled(
            BayesianNetworkPosterior(network), volume, samples: samples, temperature: temperature, options: options,
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
    ///   - options: How the networks go through the volume; by default each takes it whole, as it is.
    ///   - progress: Told how many passes are done, at first and after each, and how many there are: a pass is one call
    ///     of a network.
    public static func sampled(
        _ posterior: any NetworkPosterior, _ volume: Tensor, samples: Int? = nil, temperature: Double = 1,
        options: PredictionOptions = PredictionOptions(), generator: RandomGenerator,
        progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
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
        return try collect(count, of: posterior, volume, options, progress) { index throws(TensorError) in
            try posterior.draw(index, temperature: temperature, generator: generator)
        }
    }

    /// The moments of `count` draws; an error where the volume is not finite, or the networks' results differ in shape.
    private static func collect(
        _ count: Int, of posterior: any NetworkPosterior, _ volume: Tensor, _ options: PredictionOptions,
        _ progress: (_ done: Int, _ all: Int) -> Void,
        draw: (Int) throws(TensorError) -> NetworkPosterior.Draw
    ) throws(TensorError) -> Prediction {
        try volume.requireFinite("predict", "volume")
        let passes = try PredictionPasses(volume, options)
        return try keeping(posterior.networks, posterior.drawnTensors) { () throws(TensorError) in
            let (product, isTooLarge) = count.multipliedReportingOverflow(by: passes.count)
            let all = isTooLarge ? Int.max : product
            var done = 0
            progress(done, all)
            func pass(_ index: Int) throws(TensorError) -> (sum: Tensor, weights: Tensor?) {
                try passes.sum(draw(index)) {
                    done += 1
                    progress(done, all)
                }
            }
            let first = try pass(0)
            let moments = try PredictionMoments(shape: first.sum.shape, options)
            try moments.add(first.sum, weights: first.weights)
            for index in 1..<max(count, 1) {
                let (sum, weights) = try pass(index)
                try moments.add(sum, weights: weights)
            }
            return try moments.prediction()
        }
    }
}
