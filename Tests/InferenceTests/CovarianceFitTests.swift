import Foundation
import Inference
import Support
import Tensors
import Testing

/// Gaussians of correlated elements that are fitted to few kernels.
@Suite struct CovarianceFitTests {
    /// `sklearn.covariance.ledoit_wolf`, 1.9, of five values.
    @Test func ledoitWolfIsThatOfScikitLearn() throws {
        let bank = try Tensor([0, 1, 2, 2, 1, -1, 4, 5, 0, 1, -2, 3, -1, 0, 2], shape: [5, 3])
        let share = try FullCovarianceGaussian.ledoitWolfShrinkage(of: bank)
        #expect(abs(share - 0.571554042) < 1e-5, "\(share)")
        let covariance = try FullCovarianceGaussian(fitting: bank, shrinkage: share).covariance().values
        for (a, b) in zip(covariance, [3.2343459, 1.1996487, -0.7026514, 1.1996487, 4.1940649]) {
            #expect(abs(Double(a) - b) < 1e-4)
        }
    }

    private func structured() throws -> Tensor {
        let values = (0..<200).map { n -> Float in
            let (i, j) = (n / 5, n % 5)
            return Float((i * 7 + j * 3) % 11 - 5 + 2 * ((i * (j + 1)) % 3) + (i % 5) * (j % 2))
        }
        return try Tensor(values, shape: [40, 5])
    }

    private func analysis(_ kernels: Tensor, ranks: [Int]) throws -> FullCovarianceGaussian {
        try .factorAnalysis(
            kernels, ranks: ranks, ridge: 0, heldOut: 0.25, tolerance: 1e-9, iterations: 5000,
            generator: RandomGenerator(seed: 1))
    }

    /// The mean log density of the maximum that `sklearn.decomposition.FactorAnalysis`, 1.9, finds.
    @Test func factorAnalysisIsThatOfScikitLearn() throws {
        let kernels = try structured()
        let found = try analysis(kernels, ranks: [2]).logProbability(kernels).mean().number()
        #expect(abs(found + 13.0455756) < 2e-3, "\(found)")
    }

    /// The rank of kernels that have two factors is found on kernels held out.
    @Test func factorAnalysisChoosesTheRank() throws {
        let loadings = try Tensor.randn([2, 8], generator: RandomGenerator(seed: 2)).scaled(by: 2)
        let kernels =
            try Tensor.randn([400, 2], generator: RandomGenerator(seed: 3)).matmul(loadings)
            + Tensor.randn([400, 8], generator: RandomGenerator(seed: 4))
        let chosen = try analysis(kernels, ranks: [1, 2]).covariance().values
        #expect(chosen == (try analysis(kernels, ranks: [2, 2]).covariance().values))
        let truth = try loadings.transposed(1, 2).matmul(loadings) + Tensor.eye(8)
        for (a, b) in zip(chosen, truth.values) { #expect(abs(a - b) < 0.15 * 8 + 0.15 * abs(b), "\(a), \(b)") }
        #expect(throws: TensorError.self) { try analysis(kernels, ranks: [9]) }
    }

    /// The formula's covariance of three weights in a row, whose spread is 1.
    private static func rowCovariance() -> [Double] {
        func bump(_ distance: Int) -> Double { exp(-0.5 * Double(distance * distance)) }
        return (0..<9).map { index in
            let (p, q) = (index / 3, index % 3)
            return 0.5 * (bump(p - 1) + bump(q - 1)) * bump(p - q) - 0.5 * bump(p - 1) * bump(q - 1)
        }
    }

    /// Spread and scale are found from draws, whatever the scale.
    @Test(arguments: [0.01, 7.0]) func filterCovarianceFindsItself(_ scale: Double) throws {
        let truth = Self.rowCovariance().map { $0 * scale }
        let source = try FullCovarianceGaussian(
            mean: Tensor.zeros([3]), covariance: Tensor(truth.map { Float($0) }, shape: [3, 3]))
        let draws = try source.sample(20000, generator: RandomGenerator(seed: 5))
        for spread in [nil, 1.0] {
            let found = try FullCovarianceGaussian.filters(draws, spread: spread).covariance().doubles
            let tolerance = (spread == nil ? 0.15 : 0.03) * scale
            for (a, b) in zip(found, truth) { #expect(abs(a - b) < tolerance, "\(a), expected \(b)") }
        }
    }

    /// Kernels whose weights are smooth are likelier than under independent weights of their variance; where the
    /// construction has negative eigenvalues, they are raised.
    @Test func filterCovarianceDescribesSmoothKernels() throws {
        let values = (0..<200 * 25).map { n -> Float in
            let (kernel, i, j) = (Float(n / 25), Float(n % 25 / 5) - 2, Float(n % 5) - 2)
            return cos(kernel + 0.5 * i * sin(kernel * 1.7) + 0.5 * j * cos(kernel * 1.7))
                * exp(-0.15 * (i * i + j * j))
        }
        let kernels = try Tensor(values, shape: [200, 5, 5])
        let filters = try FullCovarianceGaussian.filters(kernels).logProbability(kernels).mean().number()
        let independent = try Normal(fitting: kernels).logProbability(kernels).mean().number()
        #expect(filters > independent + 5, "\(filters), independent \(independent)")
        #expect(throws: TensorError.self) { try FullCovarianceGaussian.filters(Tensor.zeros([4, 3, 3])) }
    }
}
