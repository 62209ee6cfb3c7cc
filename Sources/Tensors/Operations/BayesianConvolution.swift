import Kernels
import Support

/// Convolutions whose weights are independent Gaussians.
///
/// The output of such a convolution is Gaussian too, and is sampled itself instead of the weights: the local
/// reparameterisation of Kingma et al. (2015), x * mean + noise sqrt(x^2 * variance + 1e-10), where * is the
/// convolution.
extension Tensor {
    /// The convolution with Gaussian weights, for given noise.
    ///
    /// - Parameters:
    ///   - mean: The means of the weights, out x in x the kernel's sizes.
    ///   - logVariance: The natural logarithms of their variances, of the same shape.
    ///   - bias: A number for each output channel, without variance.
    ///   - stride: The step from one output element to the next, one number for all directions or one for each.
    ///   - padding: The zeros around the input, on either side.
    ///   - noise: Normal numbers of mean 0 and variance 1, of the output's shape; they get no gradient.
    ///   - statistics: Those of this tensor, where it is to be normalised and rectified first; they are not checked.
    public func bayesianConvolution(
        mean: Tensor, logVariance: Tensor, bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0],
        noise: Tensor, normalisedBy statistics: InstanceStatistics? = nil
    ) throws(TensorError) -> Tensor {
        try bayesianConvolution(
            mean: mean, logVariance: logVariance, bias: bias, stride: stride, padding: padding, noise: .given(noise),
            statistics: statistics)
    }

    /// The convolution with Gaussian weights, for new noise from `generator`.
    ///
    /// The noise is not kept but made again for the gradient. It is that of `randnLike` on a channels-last tensor of
    /// the output's shape; the other parameters are those of the convolution with given noise.
    public func bayesianConvolution(
        mean: Tensor, logVariance: Tensor, bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0],
        generator: RandomGenerator, normalisedBy statistics: InstanceStatistics? = nil
    ) throws(TensorError) -> Tensor {
        try bayesianConvolution(
            mean: mean, logVariance: logVariance, bias: bias, stride: stride, padding: padding,
            noise: .drawn(generator), statistics: statistics)
    }

    private func bayesianConvolution(
        mean: Tensor, logVariance: Tensor, bias: Tensor?, stride: [Int], padding: [Int], noise source: NoiseSource,
        statistics: InstanceStatistics?
    ) throws(TensorError) -> Tensor {
        let problem = try ConvolutionProblem(
            "bayesian_conv", input: self, weight: ("mean", mean), bias: bias, stride: stride, padding: padding,
            statistics: statistics)
        guard logVariance.shape == mean.shape else {
            throw .shape(
                operation: "bayesian_conv\(rank - 2)d", parameter: "log_variance", shape: logVariance.shape,
                expected: "\(mean.shape.shapeText), as the mean has")
        }
        let (input, means) = try (problem.input(self), mean.detached().contiguous())
        let variances = try logVariance.detached().contiguous().exp()
        let (result, outputVariance) = try (problem.emptyOutput(), problem.emptyOutput())
        let noise = try Noise(source, like: result, operation: "bayesian_conv\(rank - 2)d")
        ConvolutionRoutines.forwardMoments(
            problem.geometry, input: input.pointer, transform: problem.transform, weightMean: means.pointer,
            weightVariance: variances.pointer, mean: result.pointer, variance: outputVariance.pointer)
        let keptSlope = outputVariance.count <= mostKept ? outputVariance : nil
        try result.sample(variance: outputVariance, noise: noise, leavesSlope: keptSlope != nil)
        if let bias {
            let perChannel = [bias.count] + [Int](repeating: 1, count: rank - 2)
            try result.add(bias.detached().viewed(as: perChannel))
        }
        let inputs = [self, mean, logVariance] + [bias, source.tensor].compactMap { $0 }
        let targets = (
            GradientTarget(self), GradientTarget(mean), GradientTarget(logVariance), bias.map(GradientTarget.init)
        )
        let isNoiseGiven = source.tensor != nil
        var kept = [source.tensor].compactMap { $0 }
        if mean.requiresGradient || logVariance.requiresGradient { kept.append(self) }
        if requiresGradient { kept += [self, mean] }
        return try result.recorded(.bayesianConvolution, inputs, keeping: kept) { gradient throws(TensorError) in
            let arranged = try gradient.channelsLast()
            // The gradient of the output's variance.
            let spread: Tensor
            if let keptSlope {
                spread = try arranged * keptSlope
            } else {
                spread = try problem.emptyOutput()
                ConvolutionRoutines.forward(
                    problem.geometry, input: input.pointer, transform: problem.transform.squared,
                    weight: variances.pointer, output: spread.pointer)
                try spread.becomeGradient(of: arranged, noise: noise)
            }
            var inputGradient: Tensor?
            if targets.0.requiresGradient {
                inputGradient = try problem.inputGradient { part in
                    ConvolutionRoutines.backwardMoments(
                        problem.geometry, input: input.pointer, transform: problem.transform,
                        meanGradient: arranged.pointer, varianceGradient: spread.pointer, weightMean: means.pointer,
                        weightVariance: variances.pointer, inputGradient: part.pointer)
                }
            }
            var parts = [
                inputGradient,
                try targets.1.requiresGradient ? problem.weightGradient(arranged, input: input) : nil,
                try targets.2.requiresGradient
                    ? problem.weightGradient(spread, input: input, squared: true) * variances : nil,
            ]
            if let bias = targets.3 { parts.append(try arranged.channelSums(for: bias)) }
            if isNoiseGiven { parts.append(nil) }
            return parts
        }
    }

    /// Adds noise of the given variance; if `leavesSlope`, overwrites `variance` by the slope of the sum along it.
    private func sample(variance: Tensor, noise: Noise, leavesSlope: Bool) throws(TensorError) {
        let (out, spread) = (pointer, variance.pointer)
        noise.forEachPiece(count) { place, length, numbers in
            let (out, spread) = (out + place, spread + place)
            VectorLoop.map(length, out: out, 1, a: out, 1, b: numbers, 1, c: spread, 1) {
                $0.addingProduct($1, deviation($2))
            }
            if leavesSlope { VectorLoop.map(length, out: spread, 1, a: numbers, 1, b: spread, 1, slope) }
        }
        if Interrupt.isRequested { throw .interrupted }
    }

    /// Overwrites this tensor, a variance, by its gradient, given that of the output.
    private func becomeGradient(of gradient: Tensor, noise: Noise) throws(TensorError) {
        let (out, factor) = (pointer, gradient.pointer)
        noise.forEachPiece(count) { place, length, numbers in
            VectorLoop.map(
                length, out: out + place, 1, a: factor + place, 1, b: numbers, 1, c: out + place, 1
            ) { $0 * slope($1, $2) }
        }
        if Interrupt.isRequested { throw .interrupted }
    }
}

/// The most elements of an output whose slope along its variance is kept for the gradient. For larger ones the memory
/// is worth more than the sixth of the time that making variance and noise again takes.
private let mostKept = 1 << 23

/// The standard deviation, of a variance that rounding may have left a little below 0.
@inline(__always)
private func deviation(_ variance: Vector) -> Vector {
    VectorMath.squareRoot(variance.replacing(with: 0, where: variance .< 0) + 1e-10)
}

/// The slope of noise times deviation along the variance.
@inline(__always)
private func slope(_ noise: Vector, _ variance: Vector) -> Vector { noise * 0.5 / deviation(variance) }

/// Where noise comes from.
private enum NoiseSource {
    case given(Tensor)
    case drawn(RandomGenerator)

    /// The tensor that was given.
    var tensor: Tensor? {
        if case .given(let tensor) = self { tensor } else { nil }
    }
}

/// Noise that is kept, or made again whenever it is asked for.
private enum Noise {
    case kept(Tensor)
    case stream(seed: UInt64, counter: UInt64)

    /// Noise for an output like `model`: channels-last.
    init(_ source: NoiseSource, like model: Tensor, operation: String) throws(TensorError) {
        switch source {
        case .given(let noise):
            guard noise.shape == model.shape else {
                throw .shape(
                    operation: operation, parameter: "noise", shape: noise.shape, expected: model.shape.shapeText)
            }
            self = .kept(try noise.detached().channelsLast())
        case .drawn(let generator):
            let blocks = RandomNumbers.blocks(count: model.count)
            self = .stream(seed: generator.seed, counter: generator.reserve(blocks: blocks))
        }
    }

    /// Calls `body` for pieces of the noise, with the place of a piece's first number and how many there are.
    @inline(__always)
    func forEachPiece(
        _ count: Int, _ body: (_ place: Int, _ count: Int, _ numbers: UnsafePointer<Float>) -> Void
    ) {
        switch self {
        case .kept(let noise):
            StridedLoop(dense: count).forEachPiece { at, length in body(at[0], length, noise.pointer + at[0]) }
        case .stream(let seed, let counter):
            RandomNumbers.withNormalPieces(count: count, seed: seed, counter: counter, body)
        }
    }
}
