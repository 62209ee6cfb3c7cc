/// How a plan is cut into parts, each of them the work of a task, and what a part needs of the source.
extension ConvolutionPlan {
    /// Whether no target position meets padding.
    var readsOnlySource: Bool {
        let counts = counts
        return (0..<source.depth).covers(sourceRange(0..<counts.depth, \.depth))
            && (0..<source.height).covers(sourceRange(0..<counts.height, \.height))
            && (0..<source.width).covers(sourceRange(0..<counts.width, \.width))
    }

    /// The extent of a part: that of the whole target, halved until a part takes little work and its source fits a
    /// cache.
    ///
    /// - Parameters:
    ///   - work: the multiplications for one position of each phase.
    ///   - leastPositions: parts of less than twice so many positions are not halved.
    ///   - wholeVolumes: whether parts consist of whole volumes.
    func part(work: Double, leastPositions: Int, wholeVolumes: Bool) -> Extent {
        let counts = counts
        // At least 1 even where the target is empty, as callers divide by the extent.
        var part = Extent(
            batch: max(batch, 1), depth: max(counts.depth, 1), height: max(counts.height, 1),
            width: max(counts.width, 1))
        let limit = min(max(work * Double(part.count) / 16, 2e6), 1.6e7)
        func isLarge() -> Bool {
            let source =
                part.batch * sourceRange(0..<part.depth, \.depth).count
                * sourceRange(0..<part.height, \.height).count
                * sourceRange(0..<part.width, \.width).count * sourceChannels
            return part.count >= 2 * leastPositions && (work * Double(part.count) > limit || source > 100_000)
        }
        let leastBatch = wholeVolumes ? 4 * OffsetTable.padding : 1
        while part.batch > leastBatch, isLarge() { part.batch = (part.batch + 1) / 2 }
        while !wholeVolumes, part.depth > 1 || part.height > 1 || part.width > OffsetTable.tile, isLarge() {
            if part.depth == 1, part.height == 1 {
                part.width = (part.width + 1) / 2
            } else if 2 * part.depth > part.height {
                part.depth = (part.depth + 1) / 2
            } else {
                part.height = (part.height + 1) / 2
            }
        }
        return part
    }

    /// The number of parts in each direction.
    func parts(_ part: Extent) -> Extent {
        let counts = counts
        return Extent(
            batch: batch.pieces(of: part.batch), depth: counts.depth.pieces(of: part.depth),
            height: counts.height.pieces(of: part.height), width: counts.width.pieces(of: part.width))
    }

    /// The target positions of part number `index`, within a phase.
    func region(_ index: Int, of parts: Extent, part: Extent) -> Region {
        func range(_ index: Int, _ length: Int, _ end: Int) -> Range<Int> {
            index * length..<min((index + 1) * length, end)
        }
        let counts = counts
        return Region(
            batch: range(index / (parts.depth * parts.height * parts.width), part.batch, batch),
            depth: range(index / (parts.height * parts.width) % parts.depth, part.depth, counts.depth),
            height: range(index / parts.width % parts.height, part.height, counts.height),
            width: range(index % parts.width, part.width, counts.width))
    }

    /// Calls `body` with the source values that some target positions need: the source itself (`readsSource`), a copy
    /// of whole volumes without padding (`whole`), or a copy of what the positions meet, padding included.
    func withView(
        of values: UnsafePointer<Float>, positions: Region, transform: InputTransform, readsSource: Bool,
        whole: Bool, _ body: (SourceView) -> Void
    ) {
        if readsSource { return body(SourceView(of: values, batch: batch, size: source, channels: sourceChannels)) }
        let region =
            whole
            ? Region(batch: positions.batch, size: source)
            : Region(
                batch: positions.batch, depth: sourceRange(positions.depth, \.depth),
                height: sourceRange(positions.height, \.height),
                width: sourceRange(positions.width, \.width))
        Scratch.withFloats(region.count * sourceChannels) { memory in
            body(
                SourceView(
                    copying: region, of: values, size: source, channels: sourceChannels, transform: transform,
                    to: memory))
        }
    }
}

extension Range<Int> {
    /// Whether `other` is empty or lies inside.
    func covers(_ other: Range<Int>) -> Bool {
        other.isEmpty || (lowerBound <= other.lowerBound && other.upperBound <= upperBound)
    }
}

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
