import Layers
import Support
import Tensors

/// A network as the sum of its Bayesian convolutions; networks without any are left as they are.
extension Layer {
    /// The Bayesian convolutions with their paths, in order.
    public var bayesianLayers: [(path: String, layer: BayesianConvolution)] {
        namedLayers.compactMap { path, layer in (layer as? BayesianConvolution).map { (path, $0) } }
    }

    /// Lets every Bayesian convolution draw its results from their Gaussians, with noise from `generator`.
    public func useLocalReparameterisation(_ generator: RandomGenerator) {
        for (_, layer) in bayesianLayers { layer.mode = .training(generator) }
    }

    /// Lets every Bayesian convolution compute with its mean.
    public func useMeanWeights() {
        for (_, layer) in bayesianLayers { layer.mode = .mean }
    }

    /// Draws each weight once, for all calls until the next draw: one sample of the whole network.
    public func drawWeights(_ generator: RandomGenerator) throws(TensorError) {
        for (_, layer) in bayesianLayers { try layer.drawWeights(generator) }
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
    /// The weights of a plain network of the same layers, those of its layers without a posterior too.
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
    /// Throws an error that names the layer where a prior or a bank does not have it.
    public func startPosterior(
        mean: PosteriorMean, variance: PosteriorVariance = .logVariance(BayesianConvolution.defaultLogVariance),
        generator: RandomGenerator
    ) throws(TensorError) {
        try GradientMode.disabled { () throws(TensorError) in
            if case .network(let plain) = mean { try load(plain.stateDictionary, strict: false) }
            for (path, layer) in bayesianLayers {
                if let start = try mean.weights(for: layer, at: path, generator: generator) {
                    try layer.weight.assign(start)
                }
                try layer.logVariance.fill(variance.value(for: layer.weight))
            }
        }
    }
}

extension PosteriorMean {
    /// The means for a layer; nil where they stay.
    fileprivate func weights(
        for layer: BayesianConvolution, at path: String, generator: RandomGenerator
    ) throws(TensorError) -> Tensor? {
        let shape = layer.weight.shape
        let count = shape[0] * shape[1]
        switch self {
        case .asMade, .network: return nil
        case .normal(let deviation): return try Tensor.randn(shape, generator: generator).scaled(by: deviation)
        case .prior(let priors):
            let (group, scale) = try priors.group(of: path)
            return try group.prior.sample(count, generator: generator).scaled(by: scale).reshaped(shape)
        case .bank(let bank): return try bank.draw(count, from: path, generator: generator).reshaped(shape)
        }
    }
}

extension PosteriorVariance {
    fileprivate func value(for weight: Tensor) throws(TensorError) -> Float {
        switch self {
        case .logVariance(let value): return value
        case .shareOfRMS(let share):
            guard share > 0, share.isFinite else {
                throw .argument(
                    operation: "posterior", parameter: "share", value: "\(share)", expected: "a number above 0")
            }
            // A layer of zeros would have an infinite log-variance.
            let meanSquare = try weight.detached().square().mean().clamped(minimum: 1e-20)
            return try meanSquare.scaled(by: share * share).log().item()
        }
    }
}
