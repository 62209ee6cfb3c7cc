/// How a plan is cut into parts, and where a part finds its source values.
extension GatherPlan {
    /// Whether no target position meets padding.
    var readsOnlySource: Bool {
        let counts = counts
        return (0..<source.depth).covers(sourceRange(0..<counts.depth, \.depth, \.depth))
            && (0..<source.height).covers(sourceRange(0..<counts.height, \.height, \.height))
            && (0..<source.width).covers(sourceRange(0..<counts.width, \.width, \.width))
    }

    /// The extent of a part: halved until the part is short and its source fits a cache.
    ///
    /// - Parameters:
    ///   - work: the products of one position of each phase.
    ///   - leastPositions: where halving ends.
    ///   - wholeVolumes: whether volumes are not cut.
    func part(work: Double, leastPositions: Int, wholeVolumes: Bool) -> Extent {
        let counts = counts
        // Of nothing, a part has size 1 all the same: it is divided by.
        var part = Extent(
            batch: max(batch, 1), depth: max(counts.depth, 1), height: max(counts.height, 1),
            width: max(counts.width, 1))
        let limit = min(max(work * Double(part.count) / 16, 2e6), 1.6e7)
        func isLarge() -> Bool {
            let source =
                part.batch * sourceRange(0..<part.depth, \.depth, \.depth).count
                * sourceRange(0..<part.height, \.height, \.height).count
                * sourceRange(0..<part.width, \.width, \.width).count * sourceChannels
            return part.count >= 2 * leastPositions && (work * Double(part.count) > limit || source > 100_000)
        }
        let leastBatch = wholeVolumes ? 4 * PositionTable.padding : 1
        while part.batch > leastBatch, isLarge() { part.batch = (part.batch + 1) / 2 }
        while !wholeVolumes, part.depth > 1 || part.height > 1 || part.width > PositionTable.tile, isLarge() {
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
            batch: (batch + part.batch - 1) / part.batch, depth: (counts.depth + part.depth - 1) / part.depth,
            height: (counts.height + part.height - 1) / part.height,
            width: (counts.width + part.width - 1) / part.width)
    }

    /// The target positions of a part, within a phase.
    func box(_ index: Int, of parts: Extent, part: Extent) -> Box {
        func range(_ index: Int, _ length: Int, _ end: Int) -> Range<Int> {
            index * length..<min((index + 1) * length, end)
        }
        let counts = counts
        return Box(
            batch: range(index / (parts.depth * parts.height * parts.width), part.batch, batch),
            depth: range(index / (parts.height * parts.width) % parts.depth, part.depth, counts.depth),
            height: range(index / parts.width % parts.height, part.height, counts.height),
            width: range(index % parts.width, part.width, counts.width))
    }

    /// Calls `body` with the source values that the target positions of `box` need: the source itself (`readsSource`),
    /// or a copy of whole volumes without padding (`whole`) or of what the positions reach.
    func withView(
        of values: UnsafePointer<Float>, positions box: Box, transform: InputTransform, readsSource: Bool,
        whole: Bool, _ body: (SourceView) -> Void
    ) {
        if readsSource { return body(SourceView(of: values, batch: batch, size: source, channels: sourceChannels)) }
        let region =
            whole
            ? Box(batch: box.batch, size: source)
            : Box(
                batch: box.batch, depth: sourceRange(box.depth, \.depth, \.depth),
                height: sourceRange(box.height, \.height, \.height),
                width: sourceRange(box.width, \.width, \.width))
        Scratch.withFloats(region.count * sourceChannels) { memory in
            body(
                SourceView(
                    copying: region, of: values, size: source, channels: sourceChannels, transform: transform,
                    to: memory))
        }
    }
}

extension Range<Int> {
    /// Whether all of `other` lies inside; an empty range does.
    func covers(_ other: Range<Int>) -> Bool {
        other.isEmpty || (lowerBound <= other.lowerBound && other.upperBound <= upperBound)
    }
}
