import Foundation
import Support
import Tensors

/// Independent weights N(0, (scale lambda)²) whose lambda is half-Cauchy: most are near 0, and large ones are free.
///
/// Carvalho, Polson and Scott, "The horseshoe estimator for sparse signals", 2010. With x = (w / scale)² / 2 the
/// density is e^x E1(x) / (scale sqrt(2 pi³)), E1 being the exponential integral, exactly; it is infinite at 0, where
/// it is taken at x = 1e-36.
public struct Horseshoe: Distribution {
    /// The shape of one value.
    public let eventShape: [Int]
    /// The scale of all weights.
    public let scale: Float

    /// Weights of the given `scale`, above 0.
    public init(eventShape: [Int], scale: Float) throws(TensorError) {
        try require(scale > 0 && scale.isFinite, "horseshoe", "scale", scale, expected: "a finite number above 0")
        _ = try Shape.count(eventShape, operation: "horseshoe")
        (self.eventShape, self.scale) = (eventShape, scale)
    }

    /// x, and e^x E1(x), for a weight.
    private static func terms(_ weight: Float, scale: Double) -> (x: Double, integral: Double) {
        let ratio = Double(weight) / scale
        let x = max(0.5 * ratio * ratio, 1e-36)
        return (x, ExponentialIntegral.scaled(x))
    }

    /// The log density of each of `values`. Gradients are exact; second derivatives are missing.
    public func logProbability(_ values: Tensor) throws(TensorError) -> Tensor {
        let (matrix, leading) = try rows(values)
        let numbers = try matrix.numbers()
        let scale = Double(scale)
        let constant = -log(scale) - 0.5 * log(2 * pow(Double.pi, 3))
        let length = 4096
        let pieces = ThreadPool.shared.map((numbers.count + length - 1) / length) { piece -> [(Float, Float)] in
            numbers[piece * length..<min((piece + 1) * length, numbers.count)].map { weight in
                let (x, integral) = Self.terms(weight, scale: scale)
                // The derivative of e^x E1(x) is e^x E1(x) - 1/x, that of x is weight / scale².
                let slope = (1 - 1 / (x * integral)) * Double(weight) / (scale * scale)
                return (Float(log(integral) + constant), Float(slope))
            }
        }
        guard pieces.count * length >= numbers.count else { throw .interrupted }
        let results = pieces.flatMap { $0 }
        let densities = try Tensor(results.map(\.0), shape: matrix.shape)
        guard GradientMode.isEnabled, values.requiresGradient else { return try densities.sum([2]).reshaped(leading) }
        let slopes = try Tensor(results.map(\.1), shape: matrix.shape)
        // A line through each density: (w - w) x slope adds nothing but the slope.
        return try (densities + (matrix - matrix.detached()) * slopes).sum([2]).reshaped(leading)
    }

    /// Independent draws.
    public func sample(_ count: Int, generator: RandomGenerator) throws(TensorError) -> Tensor {
        let shape = [count] + eventShape
        // The tangent of a uniform angle is Cauchy; angles end before a quarter turn, where it is infinite.
        let angles = try Tensor.rand(shape, generator: generator).scaled(by: Float.pi / 2)
        let spread = try angles.sin() / angles.cos().clamped(minimum: 1e-7)
        return try Tensor.randn(shape, generator: generator) * spread.scaled(by: scale)
    }
}

/// The fit to kernels.
extension Horseshoe {
    /// The horseshoe whose scale makes `kernels`, n x the kernel's shape, likeliest.
    public init(fitting kernels: Tensor) throws(TensorError) {
        guard kernels.rank >= 1, kernels.count > 0 else {
            throw .shape(
                operation: "horseshoe", parameter: "kernels", shape: kernels.shape, expected: "n x the kernel's shape")
        }
        try kernels.requireFinite("horseshoe", "kernels")
        let weights = try kernels.numbers()
        let largest = weights.reduce(0) { max($0, abs($1)) }
        let zeros = weights.count { $0 == 0 }
        try require(
            2 * zeros < weights.count, "horseshoe", "kernels", "\(zeros) weights of 0 of \(weights.count)",
            expected: "fewer than half: the scale would shrink to 0")
        // The derivative of the log density by log(scale) falls from 1 to -1 for each weight, so there is one root.
        var (low, high) = (log(Double(largest)) - 40, log(Double(largest)) + 2)
        while high - low > 1e-6 {
            let middle = 0.5 * (low + high)
            if try Self.slope(weights, scale: exp(middle)) > 0 { low = middle } else { high = middle }
        }
        let scale = max(Float(exp(0.5 * (low + high))), Float.leastNormalMagnitude)
        try self.init(eventShape: Array(kernels.shape.dropFirst()), scale: scale)
    }

    /// The derivative of the log density of `weights` by the logarithm of the scale.
    private static func slope(_ weights: [Float], scale: Double) throws(TensorError) -> Double {
        let length = 4096
        let pieces = ThreadPool.shared.map((weights.count + length - 1) / length) { piece -> Double in
            weights[piece * length..<min((piece + 1) * length, weights.count)].reduce(0) { sum, weight in
                let (x, integral) = terms(weight, scale: scale)
                return sum + 2 / integral - 2 * x - 1
            }
        }
        guard pieces.count * length >= weights.count else { throw .interrupted }
        return pieces.reduce(0, +)
    }
}
