import Foundation
import Support
import Tensors

/// A Gaussian whose elements may all be correlated.
///
/// Its covariance S = L Lᵀ is kept as L and as L⁻¹, which turns a value into independent standard normal numbers; both
/// come from a Cholesky factorisation in Double.
public struct FullCovarianceGaussian: Distribution {
    /// The mean, in the shape of one value.
    public let mean: Tensor
    /// The lower triangular L, a row for each element of a value.
    public let factor: Tensor
    /// L⁻¹.
    public let whitening: Tensor
    /// The logarithm of the determinant of the covariance.
    public let logDeterminant: Double

    /// A Gaussian with the given mean and covariance, a matrix of a row for each element of the mean.
    public init(mean: Tensor, covariance: Tensor) throws(TensorError) {
        let size = mean.count
        guard covariance.shape == [size, size] else {
            throw .shape(
                operation: "full_covariance", parameter: "covariance", shape: covariance.shape,
                expected: [size, size].shapeText)
        }
        try self.init(mean: mean.detached(), covariance: covariance.values.map(Double.init))
    }

    /// The Gaussian of greatest likelihood for a bank, its covariance shrunk towards independent elements of equal
    /// variance.
    ///
    /// - Parameters:
    ///   - bank: At least two finite values: a dimension that counts them, then their own dimensions.
    ///   - shrinkage: From 0 to 1: the covariance is (1 - shrinkage) times the bank's plus shrinkage times its mean
    ///     variance times the identity. 1e-4, the default, keeps it invertible even for fewer values than elements.
    public init(fitting bank: Tensor, shrinkage: Double = 1e-4) throws(TensorError) {
        guard bank.rank >= 1, bank.shape[0] >= 2 else {
            throw .shape(
                operation: "full_covariance", parameter: "bank", shape: bank.shape, expected: "two values or more")
        }
        try require((0...1).contains(shrinkage), "full_covariance", "shrinkage", shrinkage, expected: "from 0 to 1")
        try bank.requireFinite("full_covariance", "bank")
        let eventShape = Array(bank.shape.dropFirst())
        let elements = try Shape.count(eventShape, operation: "full_covariance")
        // Four matrices: the covariance, the shrunk one, its factor, and the factor's inverse.
        try Shape.requireMemory(elements, elements, 4 * MemoryLayout<Double>.stride)
        let (center, covariance) = Self.moments(try bank.numbers(), size: elements)
        let size = center.count
        let mean = try Tensor(center.map { Float($0) }, shape: eventShape)
        let average = (0..<size).reduce(0) { $0 + covariance[$1 * size + $1] } / Double(max(size, 1))
        var shrunk = covariance.map { (1 - shrinkage) * $0 }
        for i in 0..<size { shrunk[i * size + i] += shrinkage * average }
        try self.init(mean: mean, covariance: shrunk)
    }

    /// The Gaussian of the given covariance, row by row.
    init(mean: Tensor, covariance: [Double]) throws(TensorError) {
        guard let cholesky = try CholeskyFactor(covariance, size: mean.count) else {
            throw .argument(
                operation: "full_covariance", parameter: "covariance", value: "singular",
                expected: "a positive definite matrix (more values or more shrinkage make it one)")
        }
        let lower = try Tensor(cholesky.lower.map { Float($0) }, shape: [mean.count, mean.count])
        try self.init(mean: mean, factor: lower)
    }

    /// The Gaussian of the covariance L Lᵀ, `factor` being L: lower triangular, its diagonal above 0.
    init(mean: Tensor, factor: Tensor) throws(TensorError) {
        let size = mean.count
        guard factor.shape == [size, size],
            let cholesky = try CholeskyFactor(lower: factor.values.map(Double.init), size: size)
        else {
            throw .argument(
                operation: "full_covariance", parameter: "factor", value: "a tensor of shape \(factor.shape.shapeText)",
                expected: "a lower triangular \([size, size].shapeText) with a positive diagonal")
        }
        self.mean = mean
        self.factor = factor
        whitening = try Tensor(cholesky.inverse.map { Float($0) }, shape: [size, size])
        logDeterminant = cholesky.logDeterminant
    }

    /// The mean and the covariance (divided by the number of values) of `values`, `size` numbers each.
    static func moments(_ values: [Float], size: Int) -> (mean: [Double], covariance: [Double]) {
        let count = values.count / max(size, 1)
        var mean = [Double](repeating: 0, count: size)
        for n in 0..<count { for i in 0..<size { mean[i] += Double(values[n * size + i]) } }
        for i in 0..<size { mean[i] /= Double(count) }
        var covariance = [Double](repeating: 0, count: size * size)
        var deviations = mean
        for n in 0..<count {
            for i in 0..<size { deviations[i] = Double(values[n * size + i]) - mean[i] }
            for i in 0..<size { for j in 0...i { covariance[i * size + j] += deviations[i] * deviations[j] } }
        }
        for i in 0..<size {
            for j in 0...i {
                covariance[i * size + j] /= Double(count)
                covariance[j * size + i] = covariance[i * size + j]
            }
        }
        return (mean, covariance)
    }

    /// The shape of one value.
    public var eventShape: [Int] { mean.shape }

    /// The covariance matrix, L Lᵀ.
    public func covariance() throws(TensorError) -> Tensor { try factor.matmul(factor.transposed(1, 2)) }

    /// The log density of each of `values`.
    public func logProbability(_ values: Tensor) throws(TensorError) -> Tensor {
        let (matrix, leading) = try rows(values)
        return try whitened(matrix).square().sum([2]).offset(by: Float(normaliser)).scaled(by: -0.5).reshaped(leading)
    }

    /// Values, one in each row, as independent standard normal numbers: L⁻¹ (value - mean).
    func whitened(_ matrix: Tensor) throws(TensorError) -> Tensor {
        try (matrix - mean.reshaped([1, eventSize])).linear(weight: whitening, bias: nil)
    }

    /// Independent draws: mean + L x noise.
    public func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor {
        let noise = try Tensor.randn([count, eventSize], generator: generator)
        return try mean + noise.linear(weight: factor, bias: nil).reshaped([count] + eventShape)
    }

    /// The entropy: half of the log determinant of 2 pi e covariance.
    public func entropy() throws(TensorError) -> Tensor {
        try Tensor(Float(0.5 * (normaliser + Double(eventSize))))
    }

    /// log det(2 pi covariance).
    var normaliser: Double { logDeterminant + Double(eventSize) * log(2 * Double.pi) }
}
