import Support
import Tensors

/// Random fields for phantoms.
enum SmoothNoise {
    /// A smooth field on `shape`: normal numbers at control points about `cell` mm apart, joined by cubic B-splines and
    /// brought to a standard deviation of about 1.
    static func field(
        _ shape: [Int], spacing: [Double], cell: Double, _ generator: RandomGenerator
    ) throws(VolumeError) -> [Float] {
        let lattice = (0..<3).map { 3 + max(1, Int((Double(shape[$0]) * spacing[$0] / cell).rounded())) }
        let points = try normal(lattice, generator)
        let maps = (0..<3).map { AxisMap.spline(from: lattice[$0], to: shape[$0]) }
        let values = try AxisMap.apply(maps, to: points, shape: lattice)
        guard !Interrupt.isRequested else { throw .interrupted }
        // The mean over positions of the sum of squared spline weights is 0.479 an axis.
        return values.map { $0 * 3.01 }
    }

    /// Independent standard normal numbers.
    static func normal(_ shape: [Int], _ generator: RandomGenerator) throws(VolumeError) -> [Float] {
        do throws(TensorError) {
            return try Tensor.randn(shape, generator: generator).values
        } catch {
            throw .parameter("shape", value: "\(shape)", expected: "one that fits: \(error)")
        }
    }
}
