/// Convolutions with independent random weights: the mean and the variance of every output (local reparameterisation;
/// Kingma, Salimans and Welling, "Variational dropout and the local reparameterization trick", 2015).
///
/// The gradients of `weightMean` and `weightVariance` are those of `backwardWeight` with the input and with its square.
extension Convolution {
    /// Overwrites `mean` with the convolution of the input with `weightMean`, and `variance` with that of its square with
    /// `weightVariance`.
    public static func forwardMoments(
        _ geometry: ConvolutionGeometry, input: UnsafePointer<Float>, weightMean: UnsafePointer<Float>,
        weightVariance: UnsafePointer<Float>, mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>
    ) {
        GatherPlan(forward: geometry, transform: .square).run([
            GatherTerm(source: input, weight: weightMean, target: mean),
            GatherTerm(source: input, transform: .square, weight: weightVariance, target: variance),
        ])
    }

    /// Overwrites `inputGradient` with the gradient of mean and variance with respect to the input: the transposed
    /// convolution of `meanGradient` with `weightMean`, plus 2 `input` times that of `varianceGradient` with
    /// `weightVariance`.
    public static func backwardMoments(
        _ geometry: ConvolutionGeometry, input: UnsafePointer<Float>, meanGradient: UnsafePointer<Float>,
        varianceGradient: UnsafePointer<Float>, weightMean: UnsafePointer<Float>,
        weightVariance: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>
    ) {
        GatherPlan(backwardData: geometry).run([
            GatherTerm(source: meanGradient, weight: weightMean, target: inputGradient),
            GatherTerm(source: varianceGradient, weight: weightVariance, target: inputGradient, factor: input),
        ])
    }
}
