import Foundation
import Tensors

/// Sums over kernels, in Double, from which means, correlations and the kurtosis come.
struct KernelMoments {
    /// The number of weights of a kernel.
    let size: Int
    /// The number of kernels.
    private(set) var count = 0
    /// The sum of each weight.
    private var sums: [Double]
    /// The sums of the products of two weights: the lower triangle, row by row.
    private var products: [Double]
    private var cubes = 0.0
    private var fourths = 0.0

    /// Sums over no kernels yet.
    init(size: Int) {
        self.size = size
        sums = [Double](repeating: 0, count: size)
        products = [Double](repeating: 0, count: size * size)
    }

    /// Adds a kernel.
    mutating func add(_ kernel: UnsafePointer<Double>) {
        count &+= 1
        for i in 0..<size {
            let square = kernel[i] * kernel[i]
            sums[i] += kernel[i]
            cubes += square * kernel[i]
            fourths += square * square
        }
        products.withUnsafeMutableBufferPointer { products in
            guard let base = products.baseAddress else { return }
            for i in 0..<size {
                let row = base + i * size
                for j in 0...i { row[j] += kernel[i] * kernel[j] }
            }
        }
    }

    /// Adds the kernels of `other`, or removes them where `sign` is -1.
    mutating func add(_ other: KernelMoments, sign: Int = 1) {
        let factor = Double(sign)
        count += sign * other.count
        cubes += factor * other.cubes
        fourths += factor * other.fourths
        for i in sums.indices { sums[i] += factor * other.sums[i] }
        for i in products.indices { products[i] += factor * other.products[i] }
    }

    /// The mean of each weight.
    var mean: [Double] { sums.map { $0 / Double(count) } }

    /// The mean square of each weight.
    var meanSquares: [Double] { (0..<size).map { products[$0 * size + $0] / Double(count) } }

    /// The variance of each weight; nil where one does not vary.
    var variances: [Double]? {
        let variances = zip(meanSquares, mean).map { $0 - $1 * $1 }
        return zip(variances, meanSquares).allSatisfy { $0 > 1e-9 * $1 } ? variances : nil
    }

    /// The correlations of any two weights, `size` x `size`; nil where a weight does not vary.
    var correlations: [Double]? {
        guard let variances else { return nil }
        let mean = mean
        var result = [Double](repeating: 1, count: size * size)
        for i in 0..<size {
            for j in 0..<i {
                let covariance = products[i * size + j] / Double(count) - mean[i] * mean[j]
                let correlation = covariance / (variances[i] * variances[j]).squareRoot()
                result[i * size + j] = correlation
                result[j * size + i] = correlation
            }
        }
        return result
    }

    /// The fourth central moment of all weights divided by the square of their variance.
    var kurtosis: Double {
        let number = Double(count) * Double(size)
        let mean = sums.reduce(0, +) / number
        let square = meanSquares.reduce(0, +) / Double(size)
        let fourth = fourths / number - 4 * mean * cubes / number + 6 * mean * mean * square - 3 * pow(mean, 4)
        return fourth / pow(square - mean * mean, 2)
    }
}

/// How much likelier kernels are under a Gaussian of full covariance than under independent normals of the same means
/// and variances.
struct CorrelationGain {
    private let size: Int
    private let mean: [Double]
    private let inverseDeviation: [Double]
    /// The inverse of the Cholesky factor of the correlations, which makes the weights independent.
    private let whitening: [Double]
    private let logDeterminant: Double
    private let normaliser: Double

    /// Fits both to the kernels of `moments`; nil where a weight does not vary.
    ///
    /// The correlations R are shrunk towards the identity by the share of least expected square error: oracle
    /// approximating shrinkage, Chen, Wiesel, Eldar and Hero, "Shrinkage algorithms for MMSE covariance estimation",
    /// IEEE Transactions on Signal Processing 58, 2010, equation 23. Where weights are independent, almost nothing is
    /// left of R, whatever their number.
    ///
    /// - Parameter units: The number of independent kernels among them.
    init?(fitting moments: KernelMoments, units: Int) throws(TensorError) {
        guard let variances = moments.variances, var correlations = moments.correlations else { return nil }
        let p = Double(moments.size)
        let squares = correlations.reduce(0) { $0 + $1 * $1 }
        let excess = (Double(units) + 1 - 2 / p) * (squares - p)
        let share = excess > 0 ? min(1, ((1 - 2 / p) * squares + p * p) / excess) : 1
        for i in correlations.indices { correlations[i] *= 1 - share }
        for i in 0..<moments.size { correlations[i * moments.size + i] = 1 }
        guard let cholesky = try CholeskyFactor(correlations, size: moments.size) else { return nil }
        size = moments.size
        mean = moments.mean
        inverseDeviation = variances.map { 1 / $0.squareRoot() }
        whitening = cholesky.inverse
        logDeterminant = cholesky.logDeterminant
        normaliser = variances.reduce(p * log(2 * .pi)) { $0 + log($1) }
    }

    /// The log density of a kernel under independent normals, and what the full covariance adds to it, in nats.
    ///
    /// - Parameter kernel: The kernel; afterwards, divided by its deviations.
    func callAsFunction(_ kernel: UnsafeMutablePointer<Double>) -> (independent: Double, gain: Double) {
        var squares = 0.0
        for i in 0..<size {
            kernel[i] = (kernel[i] - mean[i]) * inverseDeviation[i]
            squares += kernel[i] * kernel[i]
        }
        var whitened = 0.0
        whitening.withUnsafeBufferPointer { whitening in
            for i in 0..<size {
                var sum = 0.0
                for j in 0...i { sum += whitening[i * size + j] * kernel[j] }
                whitened += sum * sum
            }
        }
        return (-0.5 * (squares + normaliser), 0.5 * (squares - whitened - logDeterminant))
    }
}
