import Kernels
import Layers
import Support
import Tensors

/// The passes of networks through a volume: whole or window by window, each as it is and mirrored.
///
/// All of a network's passes are added up in the same memory, so that no copy of the volume's results is made.
struct PredictionPasses {
    private let volume: Tensor
    private let blend: WindowBlend?
    private let mirrorings: [[Int]]
    private let regions: Regions?

    /// Prepares the passes through `volume`.
    init(_ volume: Tensor, _ options: PredictionOptions) throws(TensorError) {
        mirrorings = try options.mirrorings(of: volume)
        self.volume = volume
        blend = if let window = options.window { try WindowBlend(volume, window) } else { nil }
        regions = options.regions
    }

    /// The passes of one network.
    var count: Int { mirrorings.count * (blend?.starts.count ?? 1) }

    /// The sum of the probabilities that a network gives over its passes, and the weights to divide it by; nil for 1.
    ///
    /// The tensors are those of the next network, too.
    func sum(
        _ network: NetworkPosterior.Draw, progress: () -> Void
    ) throws(TensorError) -> (sum: Tensor, weights: Tensor?) {
        guard let blend else { return (try whole(network, progress), nil) }
        try blend.restart()
        for start in blend.starts {
            let window = try blend.window(at: start)
            for dims in mirrorings {
                try blend.add(probability(network, window, mirrored: dims), at: start)
                progress()
            }
        }
        return try blend.weightedSum()
    }

    /// The mean over the mirrorings of the whole volume.
    private func whole(_ network: NetworkPosterior.Draw, _ progress: () -> Void) throws(TensorError) -> Tensor {
        let result = try probability(network, volume, mirrored: [])
        progress()
        for dims in mirrorings.dropFirst() {
            if Interrupt.isRequested { throw .interrupted }
            try result.add(probability(network, volume, mirrored: dims))
            progress()
        }
        return mirrorings.count == 1 ? result : try result.multiply(by: 1 / Float(mirrorings.count))
    }

    /// The probability of each output where the network sees `input` mirrored along `dims`, mirrored back.
    private func probability(
        _ network: NetworkPosterior.Draw, _ input: Tensor, mirrored dims: [Int]
    ) throws(TensorError) -> Tensor {
        if dims.isEmpty { return try outputs(of: network(input)) }
        let result = try outputs(of: network(input.flipped(dims)))
        guard result.rank == input.rank else { throw wrong(result, expected: "as many dimensions as the volume") }
        return try result.flipped(dims)
    }

    /// The softmax of class scores, of a single one it would be 1 everywhere; or the sigmoid of those of regions.
    private func outputs(of scores: Tensor) throws(TensorError) -> Tensor {
        guard let regions else {
            guard scores.rank >= 2, scores.shape[1] >= 2 else {
                throw wrong(
                    scores,
                    expected: "N x classes x ..., with at least 2 classes; of a single output, regions = {{1}}")
            }
            return try scores.softmax(2)
        }
        guard scores.rank >= 2, scores.shape[1] == regions.count else {
            throw wrong(scores, expected: "N x \(regions.count) x ..., one output for each of the regions \(regions)")
        }
        return try scores.sigmoid()
    }

    private func wrong(_ result: Tensor, expected: String) -> TensorError {
        .shape(operation: "predict", parameter: "the network's result", shape: result.shape, expected: expected)
    }
}

/// The moments of what several networks give, as tensors.
final class PredictionMoments {
    private let mean: Tensor
    private let entropy: Tensor
    private let squares: Tensor?
    private let areExclusive: Bool
    private var count = 0

    /// No networks yet, of results of the shape `shape`.
    init(shape: [Int], _ options: PredictionOptions) throws(TensorError) {
        mean = try Tensor.zeros(shape)
        entropy = try Tensor.zeros([shape[0], 1] + shape[2...])
        squares = options.hasDeviation ? try Tensor.zeros(shape) : nil
        areExclusive = options.regions == nil
    }

    private var results: ProbabilityMoments.Results {
        .init(mean: mean.pointer, entropy: entropy.pointer, squares: squares?.pointer)
    }

    private func moments(_ sum: Tensor, _ weights: Tensor?) -> ProbabilityMoments {
        ProbabilityMoments(
            shape: mean.shape, sums: sum.strides, weights: weights?.strides ?? sum.strides[2...].map { _ in 0 },
            areExclusive: areExclusive)
    }

    /// Takes the next network's probabilities, `sum` divided by `weights`; an error where their shape is another.
    func add(_ sum: Tensor, weights: Tensor?) throws(TensorError) {
        guard sum.shape == mean.shape else {
            throw .shape(
                operation: "predict", parameter: "the result of member \(count + 1)", shape: sum.shape,
                expected: "\(mean.shape.shapeText), as the first gives")
        }
        moments(sum, weights).add(count, sums: sum.pointer, weights: weights?.pointer, to: results)
        if Interrupt.isRequested { throw .interrupted }
        count += 1
    }

    /// The prediction of all networks so far.
    func prediction() throws(TensorError) -> Prediction {
        let whole = try entropy.zerosLike()
        moments(mean, nil).finish(count, results, whole: whole.pointer)
        if Interrupt.isRequested { throw .interrupted }
        return Prediction(
            probability: mean, entropy: whole, mutualInformation: entropy, standardDeviation: squares, samples: count)
    }
}
