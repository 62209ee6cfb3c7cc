import Foundation
import Kernels
import Support
import Tensors

/// Ways to fit a Gaussian of correlated elements to few kernels.
extension FullCovarianceGaussian {
    /// The shrinkage of least expected square error: Ledoit and Wolf, "A well-conditioned estimator for
    /// large-dimensional covariance matrices", 2004, lemma 3.2 and its section 3.
    ///
    /// - Parameter bank: At least two finite values: a dimension that counts them, then their own dimensions.
    public static func ledoitWolfShrinkage(of bank: Tensor) throws(TensorError) -> Double {
        let rows = try MixtureRows(bank, "ledoit_wolf")
        let moments = ComponentMoments(
            rows, responsibilities: [Float](repeating: 1, count: rows.count)[...], precisions: nil)
        let (count, size) = (Double(rows.count), Double(rows.size))
        let mean = (0..<rows.size).reduce(0) { $0 + moments.covariance[$1 * rows.size + $1] } / size
        let squares = moments.covariance.reduce(0) { $0 + $1 * $1 }
        var fourths = 0.0
        for n in 0..<rows.count {
            var square = 0.0
            for i in 0..<rows.size {
                let deviation = Double(rows.values[n * rows.size + i]) - moments.mean[i]
                square += deviation * deviation
            }
            fourths += square * square
        }
        // How far the covariance is from the identity, and how far it is expected to be from the true one.
        let distance = squares - size * mean * mean
        let error = (fourths / count - squares) / count
        return distance > 0 ? min(max(error / distance, 0), 1) : 1
    }

    /// The Gaussian whose covariance has a low rank plus a diagonal, by factor analysis.
    ///
    /// - Parameters:
    ///   - kernels: n x the kernel's shape.
    ///   - ranks: The rank, or several, of which the best on kernels held out is taken.
    ///   - ridge: Added to each variance, as a share of the mean variance.
    ///   - heldOut: The share of kernels that are held out where there are several ranks.
    ///   - tolerance: The least gain of a step of EM, in nats a kernel.
    ///   - iterations: The most steps.
    ///   - generator: Chooses the kernels that are held out.
    public static func factorAnalysis(
        _ kernels: Tensor, ranks: [Int], ridge: Double, heldOut: Double, tolerance: Double, iterations: Int,
        generator: RandomGenerator
    ) throws(TensorError) -> FullCovarianceGaussian {
        var fit = MixtureFit()
        fit.components = [1]
        fit.covariances = ranks.map { .lowRank($0) }
        (fit.ridge, fit.heldOut, fit.tolerance, fit.iterations) = (ridge, heldOut, tolerance, iterations)
        let mixture = try fit(kernels, generator: generator)
        return try FullCovarianceGaussian(mean: mixture.means.select(1, 1), factor: mixture.factors.select(1, 1))
    }

    /// The Gaussian of mean 0 with the covariance of `FilterCovariance`: its scale, its floor and, where `spread` is
    /// nil, its spread are those of greatest likelihood, on a grid.
    ///
    /// - Parameters:
    ///   - kernels: n x the kernel's shape, at least one kernel that is not 0.
    ///   - spread: How far the weights' bumps reach, in squared steps from weight to weight.
    public static func filters(_ kernels: Tensor, spread: Double? = nil) throws(TensorError) -> FullCovarianceGaussian {
        guard kernels.rank >= 2, kernels.shape[0] >= 1, kernels.count > 0 else {
            throw .shape(
                operation: "filter_covariance", parameter: "kernels", shape: kernels.shape,
                expected: "n x the kernel's shape")
        }
        try kernels.requireFinite("filter_covariance", "kernels")
        let shape = Array(kernels.shape.dropFirst())
        let size = try Shape.count(shape, operation: "filter_covariance")
        try require(
            size <= 1 << 14, "filter_covariance", "kernels", "of \(size) weights", expected: "\(1 << 14) at most")
        try Shape.requireMemory(size, size, 8 * MemoryLayout<Double>.stride)
        let (mean, covariance) = moments(try kernels.numbers(), size: size)
        let products = Matrix(rows: size, columns: size) { covariance[$0 * size + $1] + mean[$0] * mean[$1] }
        try require(
            products.diagonal.contains { $0 > 0 }, "filter_covariance", "kernels", "0 throughout",
            expected: "kernels that are not")
        var best: (logDensity: Double, matrix: Matrix)?
        let spreads = spread.map { [$0] } ?? (0..<24).map { 0.1 * pow(2, 0.4 * Double($0)) }
        do throws(MatrixError) {
            // What an interrupt leaves is not used.
            for spread in spreads where !Interrupt.isRequested {
                let construction = try FilterCovariance(shape: shape, spread: spread)
                for exponent in 0..<12 {
                    let floor = 0.5 * pow(0.5, Double(exponent))
                    let (logDensity, scale) = try construction.fit(products, floor: floor)
                    guard logDensity > best?.logDensity ?? -.infinity else { continue }
                    best = (logDensity, try construction.matrix(floor: floor, scale: scale))
                }
            }
        } catch { throw error.tensorError("filter_covariance", "the covariance") }
        if Interrupt.isRequested { throw .interrupted }
        return try FullCovarianceGaussian(mean: Tensor.zeros(shape), covariance: best?.matrix.elements ?? [])
    }
}
