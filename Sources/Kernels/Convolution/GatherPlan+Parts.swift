/// How a plan is cut into parts, and where a part finds its source values.
extension GatherPlan {
    /// Whether no target position meets padding.
    var readsOnlySource: Bool {
        let counts = counts
        return (0..<source.depth).covers(sourceRange(0..<counts.depth, \.depth, \.depth))
            && (0..<source.height).covers(sourceRange(0..<counts.height, \.height, \.height))
            && (0..<source.width).covers(sourceRange(0..<counts.width, \.width, \.width))
    }

    /// The volumes and rows of a part: halved until the part is short and its source fits a cache.
    ///
    /// - Parameters:
    ///   - work: the products of one position of each phase.
    ///   - leastPositions: where halving ends.
    ///   - wholeVolumes: whether volumes are not cut.
    func part(work: Int, leastPositions: Int, wholeVolumes: Bool) -> (batch: Int, depth: Int, height: Int) {
        let counts = counts
        let rowWork = Double(work) * Double(counts.width)
        let limit = min(max(rowWork * Double(batch * counts.depth * counts.height) / 16, 5e5), 1.6e7)
        let width = sourceRange(0..<counts.width, \.width, \.width).count * sourceChannels
        func isLarge(_ batch: Int, _ depth: Int, _ height: Int) -> Bool {
            let rows = batch * depth * height
            let source =
                batch * sourceRange(0..<depth, \.depth, \.depth).count
                * sourceRange(0..<height, \.height, \.height).count * width
            return rows * counts.width >= 2 * leastPositions && (rowWork * Double(rows) > limit || source > 100_000)
        }
        var part = (batch: max(batch, 1), depth: counts.depth, height: counts.height)
        let leastBatch = wholeVolumes ? 2 * PositionTable.tile : 1
        while part.batch > leastBatch, isLarge(part.batch, part.depth, part.height) {
            part.batch = (part.batch + 1) / 2
        }
        while !wholeVolumes, part.depth > 1 || part.height > 1, isLarge(part.batch, part.depth, part.height) {
            if 2 * part.depth > part.height {
                part.depth = (part.depth + 1) / 2
            } else {
                part.height = (part.height + 1) / 2
            }
        }
        return part
    }

    /// The number of parts: along the batch, the depth and the height, in this order.
    func parts(_ part: (batch: Int, depth: Int, height: Int)) -> Size3 {
        let counts = counts
        return Size3(
            (batch + part.batch - 1) / part.batch, (counts.depth + part.depth - 1) / part.depth,
            (counts.height + part.height - 1) / part.height)
    }

    /// The target positions of a part, within a phase.
    func box(_ index: Int, of parts: Size3, part: (batch: Int, depth: Int, height: Int)) -> SourceRegion {
        let counts = counts
        let first = (
            batch: index / (parts.height * parts.width) * part.batch,
            depth: index / parts.width % parts.height * part.depth, height: index % parts.width * part.height
        )
        return SourceRegion(
            batch: first.batch..<min(first.batch + part.batch, batch),
            depth: first.depth..<min(first.depth + part.depth, counts.depth),
            height: first.height..<min(first.height + part.height, counts.height), width: 0..<counts.width)
    }

    /// Calls `body` with the source values that the target positions of `box` need: the source itself (`readsSource`),
    /// or a copy of whole volumes without padding (`whole`) or of what the positions reach.
    func withView(
        of values: UnsafePointer<Float>, positions box: SourceRegion, transform: InputTransform, readsSource: Bool,
        whole: Bool, _ body: (SourceView) -> Void
    ) {
        if readsSource { return body(SourceView(of: values, batch: batch, size: source, channels: sourceChannels)) }
        let region =
            whole
            ? SourceRegion(
                batch: box.batch, depth: 0..<source.depth, height: 0..<source.height, width: 0..<source.width)
            : SourceRegion(
                batch: box.batch, depth: sourceRange(box.depth, \.depth, \.depth),
                height: sourceRange(box.height, \.height, \.height),
                width: sourceRange(box.width, \.width, \.width))
        Scratch.withFloats(region.volume * sourceChannels) { memory in
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
