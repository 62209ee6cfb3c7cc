import Foundation
import Inference
import Layers
import Support
import Tensors
import Testing

/// What the parameters of a Bayesian convolution say of its kernels, by loops over the definitions.
struct NaivePosterior {
    /// The means of each kernel.
    let means: [[Double]]
    /// The covariance of each kernel, row by row.
    let covariances: [[[Double]]]

    init(_ layer: BayesianConvolution) {
        let size = layer.weight.shape.dropFirst(2).reduce(1, *)
        func rows(_ tensor: Tensor, _ count: Int) -> [[Double]] {
            let values = tensor.doubles
            return stride(from: 0, to: values.count, by: count).map { Array(values[$0..<$0 + count]) }
        }
        means = rows(layer.weight, size)
        let deviations = rows(layer.logVariance, size).map { $0.map { exp($0 / 2) } }
        covariances = deviations.enumerated().map { kernel, deviation in
            var unit = (0..<size).map { row in (0..<size).map { $0 == row ? 1.0 : 0 } }
            switch layer.family {
            case .meanField, .radial, .latent: break
            case .fullCovariance(let lower):
                let below = rows(lower, size * (size - 1) / 2)[kernel]
                var place = 0
                for row in 0..<size {
                    for column in 0..<row {
                        unit[row][column] = below[place]
                        place += 1
                    }
                }
                unit = product(unit, unit)
            case .lowRank(let factors):
                let rank = factors.shape[3]
                let factor = rows(factors, rank)[kernel * size..<(kernel + 1) * size]
                let more = product(Array(factor), Array(factor))
                for row in 0..<size { for column in 0..<size { unit[row][column] += more[row][column] } }
            }
            return (0..<size).map { row in
                (0..<size).map { column in unit[row][column] * deviation[row] * deviation[column] }
            }
        }
    }

    /// -E log N(w; 0, s²) of all weights.
    func crossEntropy(standardDeviation s: Double) -> Double {
        var sum = 0.0
        for (mean, covariance) in zip(means, covariances) {
            for i in mean.indices {
                sum += 0.5 * log(2 * Double.pi * s * s) + (mean[i] * mean[i] + covariance[i][i]) / (2 * s * s)
            }
        }
        return sum
    }

    /// -E log N(w; m, P⁻¹) of all kernels, for the precision P and the logarithm of its determinant.
    func crossEntropy(mean m: [Double], precision: [[Double]]) -> Double {
        var sum = 0.0
        for (mean, covariance) in zip(means, covariances) {
            sum += 0.5 * Double(m.count) * log(2 * Double.pi) - 0.5 * logDeterminant(precision)
            for i in m.indices {
                for j in m.indices {
                    sum += 0.5 * precision[i][j] * (covariance[i][j] + (mean[i] - m[i]) * (mean[j] - m[j]))
                }
            }
        }
        return sum
    }

    /// The entropy of Gaussians of these covariances: log det (2 pi e covariance) / 2.
    var gaussianEntropy: Double {
        covariances.reduce(0) {
            $0 + 0.5 * (Double($1.count) * log(2 * Double.pi * M_E) + logDeterminant($1))
        }
    }
}

/// A Bᵀ.
private func product(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
    a.map { row in b.map { column in zip(row, column).reduce(0) { $0 + $1.0 * $1.1 } } }
}

/// The logarithm of the determinant of a positive definite matrix, by elimination.
private func logDeterminant(_ matrix: [[Double]]) -> Double {
    var (rows, sum) = (matrix, 0.0)
    for k in rows.indices {
        sum += log(rows[k][k])
        for i in rows.indices.dropFirst(k + 1) {
            let factor = rows[i][k] / rows[k][k]
            for j in rows.indices { rows[i][j] -= factor * rows[k][j] }
        }
    }
    return sum
}

/// Trains a layer for `steps` by an objective, whose loss is that of `target` for `input`, and expects the objective to
/// fall below a `share` of what it was.
func expectLower(
    _ share: Double, _ layer: BayesianConvolution, _ input: Tensor, _ target: Tensor, priors: PriorSet, steps: Int,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let generator = RandomGenerator(seed: 4)
    let objective = try VariationalObjective(priors: priors, volumes: 1, voxels: 100)
    let optimiser = try Adam(layer.namedParameters, learningRate: 0.03)
    func value() throws -> Tensor {
        let loss = try (layer(input) - target).square().mean()
        return try objective(loss: loss, network: layer, step: 1, generator: generator).total
    }
    try layer.useLocalReparameterisation(generator)
    let first = try (0..<16).map { _ in try value().number() }
    for _ in 0..<steps {
        optimiser.zeroGradients()
        try value().backward()
        try optimiser.step()
    }
    let last = try (0..<16).map { _ in try value().number() }
    let (before, after) = (meanAndError(first).mean, meanAndError(last).mean)
    #expect(after < share * before, "\(before), \(after)", sourceLocation: sourceLocation)
    // A loss from the mean does not reach the variances, and is refused.
    try layer.useMeanWeights()
    #expect(throws: TensorError.self, sourceLocation: sourceLocation) { try value() }
}

/// A family with its rank where it has one, as an argument of tests.
struct FamilyExample: CustomStringConvertible, Sendable {
    let name: PosteriorFamily.Name
    var rank: Int?

    var description: String { name.rawValue }

    /// All that a layer can be made with.
    static let all = [
        FamilyExample(name: .meanField), FamilyExample(name: .fullCovariance), FamilyExample(name: .lowRank, rank: 3),
        FamilyExample(name: .radial),
    ]

    /// A layer from `inputs` to `outputs` channels whose parameters are all random.
    func layer(
        _ inputs: Int = 2, _ outputs: Int = 2, kernelSize: [Int] = [2, 2], seed: UInt64 = 1, bias: Bool = false
    ) throws -> BayesianConvolution {
        let specification = try ConvolutionSpecification(
            dimensions: kernelSize.count, inputChannels: inputs, outputChannels: outputs, kernelSize: kernelSize,
            bias: bias)
        let generator = RandomGenerator(seed: seed)
        let layer = try BayesianConvolution(specification, posterior: name, rank: rank, generator: generator)
        try GradientMode.disabled {
            for (name, tensor) in layer.parameters {
                let random = try Tensor.randn(tensor.shape, generator: generator).scaled(by: 0.5)
                try tensor.assign(name == "log_variance" ? random.offset(by: -2) : random)
            }
        }
        return layer
    }
}
