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
