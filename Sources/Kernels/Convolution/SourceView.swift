/// What happens to the input of a convolution before it is multiplied; padding stays zero.
public enum InputTransform {
    /// Nothing.
    case identity
    /// Its square: the variance of a sum of independent Gaussian weights times inputs needs it.
    case square
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
        let middle = inside.count &* channels
        let row = region.width.count &* channels
        var place = copy
        for batch in region.batch {
            for depth in region.depth {
                for height in region.height {
                    if depth >= 0, depth < size.depth, height >= 0, height < size.height, middle > 0 {
                        let line = ((batch &* size.depth &+ depth) &* size.height &+ height) &* size.width
                        place.update(repeating: 0, count: left)
                        transform.apply(
                            to: source + (line &+ inside.lowerBound) &* channels, count: middle, result: place + left)
                        (place + left + middle).update(repeating: 0, count: row &- left &- middle)
                    } else {
                        place.update(repeating: 0, count: row)
                    }
                    place += row
                }
            }
        }
    }

    /// Looks at the whole source, without a copy.
    init(of source: UnsafePointer<Float>, batch: Int, size: Size3, channels: Int) {
        self.start = source
        self.region = SourceRegion(
            batch: 0..<batch, depth: 0..<size.depth, height: 0..<size.height, width: 0..<size.width)
        self.channels = channels
    }
}

extension InputTransform {
    /// Whether it does nothing.
    var isIdentity: Bool {
        if case .identity = self { return true }
        return false
    }

    /// Writes the transformed values to `result`.
    func apply(to source: UnsafePointer<Float>, count: Int, result: UnsafeMutablePointer<Float>) {
        switch self {
        case .identity:
            result.update(from: source, count: count)
        case .square:
            for i in 0..<count { result[i] = source[i] * source[i] }
        }
    }
}
