import Foundation
import Support
import Tensors

/// A change of the intensities of one map: gamma, then gain and offset, then noise.
///
/// Voxels of exactly 0, the background of prepared scans, stay 0, as in scans that are predicted.
public struct IntensityTransform: Equatable, Sendable {
    /// The exponent of intensities while they are scaled to 0 ... 1; 1 changes nothing.
    public var gamma: Float
    /// What intensities are multiplied by.
    public var gain: Float
    /// What is added to them.
    public var offset: Float
    /// The standard deviation of the normal noise.
    public var noise: Float

    /// Makes a change; by default it changes nothing.
    public init(gamma: Float = 1, gain: Float = 1, offset: Float = 0, noise: Float = 0) {
        self.gamma = gamma
        self.gain = gain
        self.offset = offset
        self.noise = noise
    }

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
