import Foundation
import Support
import Tensors

/// The density around given values: the mean of Gaussians, one at each of them, all of the same covariance.
///
/// The covariance is that of the values, shrunk a little, times the square of the bandwidth (Silverman, "Density
/// estimation for statistics and data analysis", 1986, section 4.2).
public struct KernelDensity: Distribution {
    /// The values that the Gaussians stand at: n x the shape of a value.
    public let centers: Tensor
    /// The lower triangular L of the covariance L Lᵀ before it is multiplied with the bandwidth's square.
    public let factor: Tensor
    /// The bandwidth.
    public let bandwidth: Float
    private let whitening: Tensor
    private let logDeterminant: Double
    /// The centers times L⁻¹ / bandwidth, and half of the square of each.
    private let points: Tensor
    private let halfSquares: Tensor

    /// Gaussians at `centers`, n x the shape of a value.
    init(centers: Tensor, factor: Tensor, bandwidth: Float) throws(TensorError) {
        guard centers.rank >= 1, centers.shape[0] >= 1 else {
            throw .shape(
                operation: "kernel_density", parameter: "centers", shape: centers.shape,
                expected: "n x the shape of a value")
        }
        try require(
            bandwidth > 0 && bandwidth.isFinite, "kernel_density", "bandwidth", bandwidth,
            expected: "a finite number above 0")
        try centers.requireFinite("kernel_density", "centers")
        let gaussian = try FullCovarianceGaussian(
            mean: Tensor.zeros(Array(centers.shape.dropFirst())), factor: factor)
        (self.centers, self.factor, self.bandwidth) = (centers.detached(), factor, bandwidth)
        logDeterminant = gaussian.logDeterminant
        whitening = try gaussian.whitening.scaled(by: 1 / bandwidth)
        points = try centers.detached().reshaped([centers.shape[0], -1]).linear(weight: whitening)
        halfSquares = try points.square().sum([2]).scaled(by: 0.5)
    }

    /// The shape of one value.
    public var eventShape: [Int] { Array(centers.shape.dropFirst()) }

    /// The log density of each of `values`.
    public func logProbability(_ values: Tensor) throws(TensorError) -> Tensor {
        let (matrix, leading) = try rows(values)
        let count = Double(centers.shape[0])
        let normaliser =
            log(count) + Double(eventSize) * (log(Double(bandwidth)) + 0.5 * log(2 * Double.pi))
            + 0.5 * logDeterminant
        return try matrix.mappedRows(max(16, (1 << 22) / max(centers.shape[0], 1))) { rows throws(TensorError) in
            let whitened = try rows.linear(weight: whitening)
            let products = try whitened.linear(weight: points) - halfSquares
            return try products.logSumExp([2]) - whitened.square().sum([2]).scaled(by: 0.5)
        }.offset(by: Float(-normaliser)).reshaped(leading)
    }

    /// Independent draws: one of the centers, and noise around it.
    public func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor {
        try Shape.requireMemory(count, MemoryLayout<Int>.stride)
        let chosen = (0..<count).map { _ in generator.below(centers.shape[0]) + 1 }
        let noise = try Tensor.randn([count, eventSize], generator: generator)
        let deviations = try noise.linear(weight: factor).scaled(by: bandwidth).reshaped([count] + eventShape)
        return try centers.indexSelect(1, chosen) + deviations
    }
}

/// The fit to kernels.
extension KernelDensity {
    /// The least bandwidth that is chosen: kernels that occur twice would have it shrink to 0.
    private static let leastBandwidth = 1e-3
    /// How many distances are kept while the bandwidth is chosen.
    private static let mostDistances = 1 << 24

    /// The density around `kernels`, n x the kernel's shape, two at least.
    ///
    /// - Parameters:
    ///   - shrinkage: As of `FullCovarianceGaussian`.
    ///   - bandwidth: Nil for the one of greatest leave-one-out likelihood, which is that of each kernel under the
    ///     density around all others; of many kernels, of some that are spread evenly over them.
    public init(fitting kernels: Tensor, shrinkage: Double, bandwidth: Float? = nil) throws(TensorError) {
        let gaussian = try FullCovarianceGaussian(fitting: kernels, shrinkage: shrinkage)
        var chosen = bandwidth ?? 0
        if bandwidth == nil { chosen = Float(try Self.bandwidth(of: kernels.detached(), gaussian)) }
        try self.init(centers: kernels, factor: gaussian.factor, bandwidth: chosen)
    }

    /// The bandwidth of greatest leave-one-out likelihood, by EM: its square is the mean squared distance per element
    /// between kernels, weighted by how likely one is to have come from the other.
    private static func bandwidth(
        of kernels: Tensor, _ gaussian: FullCovarianceGaussian
    ) throws(TensorError) -> Double {
        let (count, size) = (kernels.shape[0], gaussian.eventSize)
        let judged = min(count, max(64, mostDistances / count))
        let points = try (kernels - gaussian.mean).reshaped([count, size]).linear(weight: gaussian.whitening)
        try Shape.requireMemory(judged, count, 3 * MemoryLayout<Float>.stride)
        let places = (0..<judged).map { $0 * count / judged }
        let rows = try points.indexSelect(1, places.map { $0 + 1 })
        let squares = try points.square().sum([2])
        let distances = try
            (rows.linear(weight: points).scaled(by: -2) + squares
            + rows.square().sum([2], keepDims: true)).values
        // Scott's rule is the start.
        var variance = pow(Double(count), -2 / Double(size + 4))
        for _ in 0..<200 {
            let current = variance
            let means = ThreadPool.shared.map(judged) { row -> Double in
                var (sum, weighted, nearest) = (0.0, 0.0, Double.infinity)
                for n in 0..<count where n != places[row] { nearest = min(nearest, Double(distances[row * count + n])) }
                for n in 0..<count where n != places[row] {
                    let distance = max(Double(distances[row * count + n]), 0)
                    let exponent = (max(nearest, 0) - distance) / (2 * current)
                    guard exponent > -50 else { continue }
                    let weight = exp(exponent)
                    sum += weight
                    weighted += weight * distance
                }
                return weighted / sum
            }
            guard means.count == judged else { throw .interrupted }
            variance = max(means.reduce(0, +) / Double(judged * size), leastBandwidth * leastBandwidth)
            if abs(log(variance / current)) < 1e-4 { break }
        }
        return variance.squareRoot()
    }
}
