/// What happens to the input of a convolution before it is multiplied. Padding stays zero.
public enum InputTransform {
    /// Nothing.
    case identity
    /// Its square: the variance of a sum of inputs times independent random weights needs it.
    case square
    /// max(0, scale x + shift), with a scale and a shift for each volume and channel, [batch, channels]: a normalisation
    /// and a ReLU.
    case rectified(scale: UnsafePointer<Float>, shift: UnsafePointer<Float>)

    /// Whether it does nothing.
    var isIdentity: Bool {
        if case .identity = self { return true }
        return false
    }

    /// Whether it treats all volumes alike.
    var ignoresBatch: Bool {
        if case .rectified = self { return false }
        return true
    }

    /// Writes the transformed values of `count` positions in volume `batch` to `result`.
    func apply(
        to source: UnsafePointer<Float>, count: Int, channels: Int, batch: Int, result: UnsafeMutablePointer<Float>
    ) {
        switch self {
        case .identity:
            result.update(from: source, count: count &* channels)
        case .square:
            for i in 0..<count &* channels { result[i] = source[i] * source[i] }
        case .rectified(let scale, let shift):
            let (scale, shift) = (scale + batch &* channels, shift + batch &* channels)
            for position in 0..<count {
                let (row, place) = (source + position &* channels, result + position &* channels)
                for channel in stride(from: 0, to: channels & ~15, by: 16) {
                    let value =
                        row.unalignedVector(channel) * scale.unalignedVector(channel) + shift.unalignedVector(channel)
                    (place + channel).store(value.replacing(with: 0, where: value .< 0), count: 16)
                }
                for channel in channels & ~15..<channels {
                    let value = row[channel] * scale[channel] + shift[channel]
                    place[channel] = value < 0 ? 0 : value
                }
            }
        }
    }
}
