import Foundation
import Tensors

/// What the covariances of a mixture's components look like.
public enum ComponentCovariance: Equatable, Sendable {
    /// Any, one for each component.
    case full
    /// Any, the same for all components.
    case tied
    /// Independent elements.
    case diagonal
    /// A matrix of this rank plus independent elements: a mixture of factor analysers.
    case lowRank(Int)
}

/// A covariance of low rank plus a diagonal: loadings times their transpose, and what is left of each variance.
///
/// Fitted by the EM algorithm of Ghahramani and Hinton, "The EM algorithm for mixtures of factor analyzers", 1997,
/// whose steps for one analyser need the covariance of its values alone.
struct FactorModel {
    /// The number of elements, and of factors.
    let size: Int, rank: Int
    /// A row of `rank` numbers for each element.
    private var loadings: [Double]
    /// The variances that the factors leave, one for each element.
    private var noise: [Double]

    /// Starts at a pivoted Cholesky factorisation of `covariance`, of `rank` columns.
    init(_ covariance: [Double], size: Int, rank: Int) {
        (self.size, self.rank) = (size, min(rank, size))
        loadings = [Double](repeating: 0, count: size * self.rank)
        noise = (0..<size).map { covariance[$0 * size + $0] }
        for factor in 0..<self.rank {
            guard let pivot = noise.indices.max(by: { noise[$0] < noise[$1] }), noise[pivot] > 0 else { break }
            let root = noise[pivot].squareRoot()
            let pivotRow = (0..<factor).map { loadings[pivot * self.rank + $0] }
            for i in 0..<size {
                var value = covariance[i * size + pivot]
                for k in 0..<factor { value -= loadings[i * self.rank + k] * pivotRow[k] }
                loadings[i * self.rank + factor] = value / root
                noise[i] = max(noise[i] - value * value / (root * root), 0)
            }
        }
        // Some noise everywhere, from which the steps can begin.
        for i in 0..<size { noise[i] = max(noise[i], 0.01 * covariance[i * size + i]) }
    }

    /// Takes `steps` steps towards the values whose covariance is `covariance`; none where it is singular.
    mutating func improve(_ covariance: [Double], steps: Int) throws(TensorError) {
        let (size, rank) = (size, rank)
        func ofFactors(_ a: [Double], _ b: [Double]) -> [Double] {
            SmallMatrix.transposedProduct(a, b, rows: rank, depth: size, columns: rank)
        }
        for _ in 0..<steps {
            // beta, the regression of the elements on the factors: (I + L' N^-1 L)^-1 L' N^-1, transposed.
            let scaled = loadings.indices.map { loadings[$0] / max(noise[$0 / rank], 1e-12) }
            guard let inner = try SmallMatrix.inverse(ofIdentityPlus: ofFactors(scaled, loadings), size: rank) else {
                return
            }
            let beta = SmallMatrix.product(scaled, inner, rows: size, depth: rank, columns: rank)
            // The expected products of elements and factors, and of factors, less the identity.
            let crossed = SmallMatrix.product(covariance, beta, rows: size, depth: size, columns: rank)
            let products = zip(ofFactors(beta, crossed), ofFactors(beta, loadings)).map { $0 - $1 }
            guard let inverse = try SmallMatrix.inverse(ofIdentityPlus: products, size: rank) else { return }
            loadings = SmallMatrix.product(crossed, inverse, rows: size, depth: rank, columns: rank)
            for i in 0..<size {
                var left = covariance[i * size + i]
                for k in 0..<rank { left -= loadings[i * rank + k] * crossed[i * rank + k] }
                noise[i] = max(left, 0)
            }
        }
    }

    /// The covariance matrix.
    func covariance() -> [Double] {
        let transpose = SmallMatrix.transpose(loadings, rows: size, columns: rank)
        var result = SmallMatrix.product(loadings, transpose, rows: size, depth: rank, columns: size)
        for i in 0..<size { result[i * size + i] += noise[i] }
        return result
    }
}
