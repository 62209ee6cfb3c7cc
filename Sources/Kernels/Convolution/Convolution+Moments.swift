/// Convolutions with independent random weights: the mean and the variance of every output (local reparameterisation;
/// Kingma, Salimans and Welling, "Variational dropout and the local reparameterization trick", 2015).
///
/// The gradients of `weightMean` and `weightVariance` are those of `backwardWeight` with the input and with its square.
extension Convolution {
    /// Overwrites `mean` with the convolution of the (transformed) input with `weightMean`, and `variance` with that of
    /// its square with `weightVariance`.
    public static func forwardMoments(
        _ geometry: ConvolutionGeometry, input: UnsafePointer<Float>, transform: InputTransform = .identity,
        weightMean: UnsafePointer<Float>, weightVariance: UnsafePointer<Float>, mean: UnsafeMutablePointer<Float>,
        variance: UnsafeMutablePointer<Float>
    ) {
        GatherPlan(forward: geometry, transform: transform).run([
            GatherTerm(source: input, transform: transform, weight: WeightSource(values: weightMean), target: mean),
            GatherTerm(
                source: input, transform: transform.squared, weight: WeightSource(values: weightVariance),
                target: variance),
        ])
    }

    /// Overwrites `inputGradient` with the gradient of mean and variance with respect to the (transformed) input x: the
    /// transposed convolution of `meanGradient` with `weightMean`, plus 2 x times that of `varianceGradient` with
    /// `weightVariance`.
    public static func backwardMoments(
        _ geometry: ConvolutionGeometry, input: UnsafePointer<Float>, transform: InputTransform = .identity,
        meanGradient: UnsafePointer<Float>, varianceGradient: UnsafePointer<Float>, weightMean: UnsafePointer<Float>,
        weightVariance: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>
    ) {
        let factor = GatherFactor(
            values: input, transform: transform, channels: geometry.inputChannels,
            volume: geometry.inputSize.volume &* geometry.inputChannels)
        GatherPlan(backwardData: geometry).run([
            GatherTerm(source: meanGradient, weight: WeightSource(values: weightMean), target: inputGradient),
            GatherTerm(
                source: varianceGradient, weight: WeightSource(values: weightVariance), target: inputGradient,
                factor: factor),
        ])
    }
}
