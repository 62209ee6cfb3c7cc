import Inference
import Layers
import Support
import Tensors
import Testing

/// The mean of `values` and the standard error of that mean.
func meanAndError(_ values: [Double]) -> (mean: Double, error: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(values.count - 1, 1))
    return (mean, (square / Double(values.count)).squareRoot())
}

/// Expects the mean of independent `values` to be `expected` within four standard errors.
func expectMean(
    _ values: [Double], _ expected: Double, _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    let (mean, error) = meanAndError(values)
    #expect(
        abs(mean - expected) < 4 * error + 1e-6, "\(what): \(mean) +- \(error), expected \(expected)",
        sourceLocation: sourceLocation)
}

extension Tensor {
    /// The elements in Double.
    var doubles: [Double] { values.map(Double.init) }

    /// The only element in Double.
    func number() throws -> Double { Double(try item()) }
}

extension PriorSet {
    /// One group of plain N(0, scale²) priors for each list of paths, the scale being that of the layer.
    static func normal(eventShape: [Int], groups: [[(path: String, scale: Float)]]) throws -> PriorSet {
        try PriorSet(
            groups.enumerated().map { index, layers in
                let prior = try Normal(eventShape: eventShape, standardDeviation: 1)
                return try PriorGroup(name: "group\(index + 1)", layers: layers, prior: prior)
            })
    }
}

extension KLDivergence {
    /// KL(q || p) to a Gaussian of full covariance, in closed form.
    static func between(_ q: Normal, _ p: FullCovarianceGaussian) throws -> Tensor {
        try crossEntropy(q, p) - q.entropy()
    }
}

/// The factory of networks whose 3x3x3 convolutions are Bayesian.
func bayesianConvolution(
    _ specification: ConvolutionSpecification, _ generator: RandomGenerator
) throws(TensorError) -> any ConvolutionLayer {
    try BayesianConvolution(specification, generator: generator)
}
