/// Source values as microkernels read them: the source itself, or a copy of a region of it, padding included.
struct SourceView {
    let start: UnsafePointer<Float>
    /// The offset of each position from `start`, in floats.
    let address: StridedAddress

    /// Views the whole source, without a copy.
    init(of source: UnsafePointer<Float>, batch: Int, size: Size3, channels: Int) {
        start = source
        address = StridedAddress(in: Region(batch: 0..<batch, size: size), stride: channels)
    }

    /// Copies `region` of `source` to `copy`, which has room for it; what lies outside the source becomes zero.
    init(
        copying region: Region, of source: UnsafePointer<Float>, size: Size3, channels: Int,
        transform: InputTransform, to copy: UnsafeMutablePointer<Float>
    ) {
        start = UnsafePointer(copy)
        address = StridedAddress(in: region, stride: channels)
        let inside = region.width.clamped(to: 0..<size.width)
        let left = (inside.lowerBound &- region.width.lowerBound) &* channels
        let row = region.width.count &* channels
        var target = copy
        region.forEachRow { batch, depth, height in
            if (0..<size.depth).contains(depth), (0..<size.height).contains(height), !inside.isEmpty {
                let line = ((batch &* size.depth &+ depth) &* size.height &+ height) &* size.width
                let end = left &+ inside.count &* channels
                target.update(repeating: 0, count: left)
                transform.apply(
                    to: source + (line &+ inside.lowerBound) &* channels, count: inside.count, channels: channels,
                    batch: batch, result: target + left)
                (target + end).update(repeating: 0, count: row &- end)
            } else {
                target.update(repeating: 0, count: row)
            }
            target += row
        }
    }
}
