import Foundation
import Support
import Tensors

/// A change of the intensities of one map: gamma, then gain and offset, then noise.
///
/// Voxels of exactly 0, the background of prepared scans, stay 0, as in scans that are predicted.
struct IntensityTransform: Equatable {
    /// The exponent of intensities while they are scaled to 0 ... 1; 1 changes nothing.
    var gamma: Float = 1
    /// What intensities are multiplied by.
    var gain: Float = 1
    /// What is added to them.
    var offset: Float = 0
    /// The standard deviation of the normal noise.
    var noise: Float = 0

    private static let piece = 1 << 14

    /// Changes `count` values in place, with noise from `generator`.
    func apply(
        to values: UnsafeMutablePointer<Float>, count: Int, generator: RandomGenerator
    ) throws(TensorError) {
        guard self != IntensityTransform() else { return }
        let noise = self.noise == 0 ? nil : try Tensor.randn([count], generator: generator)
        let (low, range) = gamma == 1 ? (0, 0) : Self.range(values, count)
        ThreadPool.shared.run((count + Self.piece - 1) / Self.piece) { task in
            for i in task * Self.piece..<min((task + 1) * Self.piece, count) where values[i] != 0 {
                var value = values[i]
                if range > 0 { value = low + range * pow((value - low) / range, gamma) }
                value = value * gain + offset
                if let noise { value += self.noise * noise.pointer[i] }
                values[i] = value
            }
        }
        if Interrupt.isRequested { throw .interrupted }
    }

    /// The least of the values that are not 0, and how far above it the greatest is.
    private static func range(_ values: UnsafeMutablePointer<Float>, _ count: Int) -> (low: Float, range: Float) {
        var (low, high) = (Float.infinity, -Float.infinity)
        for i in 0..<count where values[i] != 0 {
            low = min(low, values[i])
            high = max(high, values[i])
        }
        return (low, high - low)
    }
}
