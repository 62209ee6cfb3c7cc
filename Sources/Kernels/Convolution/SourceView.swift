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
                    let value = row.unalignedVector(channel) * scale.unalignedVector(channel)
                    UnsafeMutableRawPointer(place + channel).storeBytes(
                        of: pointwiseMax(value + shift.unalignedVector(channel), .zero), as: Vector.self)
                }
                for channel in channels & ~15..<channels {
                    place[channel] = max(row[channel] * scale[channel] + shift[channel], 0)
                }
            }
        }
    }
}

/// Source values where the kernels can reach them: the source itself, or a copy of a region of it that has its padding.
struct SourceView {
    let start: UnsafePointer<Float>
    /// Where each position is, in floats from `start`.
    let place: LinearPlace

    /// Looks at the whole source, without a copy.
    init(of source: UnsafePointer<Float>, batch: Int, size: Size3, channels: Int) {
        start = source
        place = LinearPlace(in: Box(batch: 0..<batch, size: size), stride: channels)
    }

    /// Copies `region` of `source` to `copy`, which has room for it; what lies outside the source becomes zero.
    init(
        copying region: Box, of source: UnsafePointer<Float>, size: Size3, channels: Int,
        transform: InputTransform, to copy: UnsafeMutablePointer<Float>
    ) {
        start = UnsafePointer(copy)
        self.place = LinearPlace(in: region, stride: channels)
        let inside = region.width.clamped(to: 0..<size.width)
        let left = (inside.lowerBound &- region.width.lowerBound) &* channels
        let row = region.width.count &* channels
        var place = copy
        for batch in region.batch {
            for depth in region.depth {
                for height in region.height {
                    if (0..<size.depth).contains(depth), (0..<size.height).contains(height), !inside.isEmpty {
                        let line = ((batch &* size.depth &+ depth) &* size.height &+ height) &* size.width
                        let end = left &+ inside.count &* channels
                        place.update(repeating: 0, count: left)
                        transform.apply(
                            to: source + (line &+ inside.lowerBound) &* channels, count: inside.count,
                            channels: channels, batch: batch, result: place + left)
                        (place + end).update(repeating: 0, count: row &- end)
                    } else {
                        place.update(repeating: 0, count: row)
                    }
                    place += row
                }
            }
        }
    }
}
