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

/// A box of source positions, in every volume of a range.
struct SourceRegion {
    var batch: Range<Int>
    var depth: Range<Int>
    var height: Range<Int>
    var width: Range<Int>

    var volume: Int { batch.count &* depth.count &* height.count &* width.count }
}

/// Source values where the kernels can reach them: the source itself, or a copy of a region of it that has its padding.
struct SourceView {
    let start: UnsafePointer<Float>
    let region: SourceRegion
    let channels: Int

    /// The distance in floats between neighbours in each direction.
    var stride: (batch: Int, depth: Int, height: Int, width: Int) {
        let height = region.width.count &* channels
        let depth = region.height.count &* height
        return (region.depth.count &* depth, depth, height, channels)
    }

    /// The place of a position, in floats from `start`.
    func offset(batch: Int, depth: Int, height: Int, width: Int) -> Int {
        let stride = stride
        return (batch &- region.batch.lowerBound) &* stride.batch &+ (depth &- region.depth.lowerBound) &* stride.depth
            &+ (height &- region.height.lowerBound) &* stride.height
            &+ (width &- region.width.lowerBound) &* stride.width
    }

    /// Looks at the whole source, without a copy.
    init(of source: UnsafePointer<Float>, batch: Int, size: Size3, channels: Int) {
        self.start = source
        self.region = SourceRegion(
            batch: 0..<batch, depth: 0..<size.depth, height: 0..<size.height, width: 0..<size.width)
        self.channels = channels
    }

    /// Copies `region` of `source` to `copy`, which has room for it; what lies outside the source becomes zero.
    init(
        copying region: SourceRegion, of source: UnsafePointer<Float>, size: Size3, channels: Int,
        transform: InputTransform, to copy: UnsafeMutablePointer<Float>
    ) {
        self.start = UnsafePointer(copy)
        self.region = region
        self.channels = channels
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
