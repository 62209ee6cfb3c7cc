/// A function that is applied to the input of a convolution as it is read, so that its result needs no tensor of its
/// own. Padding stays zero.
public struct InputTransform {
    /// The mean and 1 / deviation of each volume and channel, [batch, channels].
    private var statistics: (means: UnsafePointer<Float>, inverseDeviations: UnsafePointer<Float>)?
    private var isSquared = false

    /// Leaves the input as it is.
    public static var identity: InputTransform { InputTransform() }

    /// max(0, (x - mean) / deviation), with a mean and 1 / deviation for each volume and channel, [batch, channels]: an
    /// instance normalisation and a ReLU, bit for bit as `InstanceNormalisation` computes them.
    public static func rectified(
        means: UnsafePointer<Float>, inverseDeviations: UnsafePointer<Float>
    ) -> InputTransform {
        InputTransform(statistics: (means, inverseDeviations))
    }

    /// The square of what this transform makes: the variance of a convolution with independent random weights takes it.
    public var squared: InputTransform { InputTransform(statistics: statistics, isSquared: true) }

    /// Whether it does nothing.
    var isIdentity: Bool { statistics == nil && !isSquared }

    /// Whether it treats all volumes alike.
    var ignoresBatch: Bool { statistics == nil }

    /// Transforms `count` channels, up to 16, from `channel` on, of a voxel in volume `batch`.
    @inline(__always)
    func callAsFunction(_ value: Vector, batch: Int, channel: Int, channels: Int, count: Int) -> Vector {
        var value = value
        if let statistics {
            let offset = batch &* channels &+ channel
            let means = Vector(at: statistics.means + offset, count: count)
            value = (value - means) * Vector(at: statistics.inverseDeviations + offset, count: count)
            value.replace(with: 0, where: value .< 0)
        }
        return isSquared ? value * value : value
    }

    /// Writes the transformed values of `count` positions in volume `batch` to `result`.
    func apply(
        to source: UnsafePointer<Float>, count: Int, channels: Int, batch: Int, result: UnsafeMutablePointer<Float>
    ) {
        guard let statistics else {
            if isSquared {
                for i in 0..<count &* channels { result[i] = source[i] * source[i] }
            } else {
                result.update(from: source, count: count &* channels)
            }
            return
        }
        let row = batch &* channels
        VectorLoop.forEachVector(channels) { channel, lanes in
            let mean = VectorLoop.load(statistics.means + (row &+ channel), 1, lanes)
            let inverse = VectorLoop.load(statistics.inverseDeviations + (row &+ channel), 1, lanes)
            for position in 0..<count {
                let offset = position &* channels &+ channel
                let y = (VectorLoop.load(source + offset, 1, lanes) - mean) * inverse
                let rectified = y.replacing(with: 0, where: y .< 0)
                VectorLoop.store(isSquared ? rectified * rectified : rectified, result + offset, 1, lanes)
            }
        }
    }
}
