import Layers
import Support
import Tensors

/// What is done to all Bayesian convolutions of a network; where some are needed, a network without any is an error.
extension Layer {
    /// The Bayesian convolutions with their paths, in order.
    public var bayesianLayers: [(path: String, layer: BayesianConvolution)] {
        namedLayers.compactMap { path, layer in (layer as? BayesianConvolution).map { (path, $0) } }
    }

    /// The Bayesian convolutions; an error in the name of `operation` where there are none, as it would do nothing.
    public func someBayesianLayers(
        _ operation: String
    ) throws(TensorError) -> [(path: String, layer: BayesianConvolution)] {
        let layers = bayesianLayers
        try require(
            !layers.isEmpty, operation, "network", summary,
            expected: "a network with Bayesian convolutions, as of bayes.UNet: a plain one has no posterior")
        return layers
    }

    /// Lets every Bayesian convolution draw anew at each call, with noise from `generator`: its results where its
    /// weights are independent, otherwise the weights.
    public func useLocalReparameterisation(_ generator: RandomGenerator) throws(TensorError) {
        for (_, layer) in try someBayesianLayers("set_mode") { layer.mode = .training(generator) }
    }

    /// Lets every Bayesian convolution compute with its mean.
    public func useMeanWeights() throws(TensorError) {
        for (_, layer) in try someBayesianLayers("set_mode") { layer.mode = .mean }
    }

    /// Draws each weight once, for all calls until the next draw: one sample of the whole network, all variances of the
    /// posterior multiplied by `temperature`, a finite number of 0 or more (1 by default).
    public func drawWeights(_ generator: RandomGenerator, temperature: Double = 1) throws(TensorError) {
        for (_, layer) in try someBayesianLayers("set_mode") {
            try layer.drawWeights(generator, temperature: temperature)
        }
    }
}

/// What the means of a posterior start from.
public enum PosteriorMean {
    /// As plain layers start: PyTorch's uniform initialisation, as it was drawn when the network was made.
    case asMade
    /// Independent normal numbers of mean 0; the published start has the standard deviation 0.02.
    case normal(standardDeviation: Float)
    /// A draw from the prior of each layer's group.
    case prior(PriorSet)
    /// Kernels of a bank, drawn with replacement from those of the same layer.
    case bank(KernelBank)
    /// The weights of a plain network of the same layers, including layers that have no posterior.
    case network(any Layer)
}

/// What the variances of a posterior start from.
public enum PosteriorVariance {
    /// The same log-variance for every weight; -10 is the default of layers, -5 the published one.
    case logVariance(Float)
    /// A standard deviation of this share of the root of the mean square of the layer's means.
    case shareOfRMS(Float)
}

extension Layer {
    /// Sets the posterior of every Bayesian convolution to a start; variances are set after the means.
    ///
    /// Weights are independent then, or nearly so where the covariance is of low rank: its factors are drawn anew.
    /// Codes of a latent posterior start at those of the means, with the given variance in place of that of weights.
    ///
    /// Throws an error that names the layer where a prior or a bank does not have it, and where a number of the start
    /// is not finite.
    public func startPosterior(
        mean: PosteriorMean, variance: PosteriorVariance = .logVariance(BayesianConvolution.defaultLogVariance),
        generator: RandomGenerator
    ) throws(TensorError) {
        let layers = try someBayesianLayers("start_posterior")
        try mean.check()
        try variance.check()
        try GradientMode.disabled { () throws(TensorError) in
            if case .network(let plain) = mean {
                // Latent posteriors have no parameter of a plain network; theirs are looked for layer by layer.
                let state = plain.stateDictionary
                if layers.count(where: { $0.layer.isLatent }) < layers.count
                    || namedState.contains(where: { state[$0.name] != nil })
                {
                    try load(state, strict: false)
                }
            }
            let starts = try mean.weights(for: layers, generator: generator)
            for ((_, layer), start) in zip(layers, starts) {
                try layer.start(
                    mean: start?.reshaped(layer.weight.shape), variance: variance, generator: generator)
            }
        }
    }
}

extension PosteriorMean {
    fileprivate func check() throws(TensorError) {
        guard case .normal(let deviation) = self else { return }
        try require(
            deviation > 0 && deviation.isFinite, "start_posterior", "mean_std", deviation,
            expected: "a finite number above 0")
    }

    /// The means for each of `layers`, in the order of its weight; nil where they stay.
    fileprivate func weights(
        for layers: [(path: String, layer: BayesianConvolution)], generator: RandomGenerator
    ) throws(TensorError) -> [Tensor?] {
        let counts = layers.map { (path: $0.path, count: $0.layer.weight.shape[0] * $0.layer.weight.shape[1]) }
        switch self {
        case .asMade: return layers.map { _ in nil }
        case .network(let plain):
            // Other layers have loaded it as their weight.
            return try layers.map { path, layer throws(TensorError) in
                layer.isLatent ? try plain.kernels(at: path, shape: layer.weight.shape) : nil
            }
        case .normal(let deviation):
            return try layers.map { _, layer throws(TensorError) in
                try Tensor.randn(layer.weight.shape, generator: generator).scaled(by: deviation)
            }
        case .prior(let priors): return try priors.draw(counts, generator: generator)
        case .bank(let bank):
            return try counts.map { path, count throws(TensorError) in
                try bank.draw(count, from: path, generator: generator)
            }
        }
    }
}

extension Layer {
    /// The weight of the layer at `path`, for a latent posterior to start from; nil where that layer has codes itself,
    /// and an error where it has neither.
    fileprivate func kernels(at path: String, shape: [Int]) throws(TensorError) -> Tensor? {
        let state = namedLayers.first { $0.path == path }?.layer.stateDictionary ?? [:]
        guard let weight = state["weight"] else {
            try require(
                state[LatentPosterior.codeMean] != nil, "start_posterior", "from",
                "a network without kernels at '\(path)'", expected: "a network of the same layers")
            return nil
        }
        guard weight.shape == shape else {
            throw .shape(
                operation: "start_posterior", parameter: "\(path).weight", shape: weight.shape,
                expected: shape.shapeText)
        }
        return weight
    }
}

extension PosteriorVariance {
    fileprivate func check() throws(TensorError) {
        switch self {
        case .logVariance(let value):
            // Beyond these a variance is 0 or infinite in single precision.
            try require(abs(value) <= 80, "start_posterior", "log_variance", value, expected: "a number from -80 to 80")
        case .shareOfRMS(let share):
            try require(
                share > 0 && share <= 1000, "start_posterior", "share", share,
                expected: "a number above 0, 1000 at most")
        }
    }

    /// The log-variance for a layer whose means are `weight`.
    func value(for weight: Tensor) throws(TensorError) -> Float {
        switch self {
        case .logVariance(let value): return value
        case .shareOfRMS(let share):
            // A layer of zeros would have an infinite log-variance.
            let meanSquare = try weight.detached().square().mean().clamped(minimum: 1e-20)
            return try meanSquare.scaled(by: share * share).log().item()
        }
    }
}
