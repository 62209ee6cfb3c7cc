import Support

/// Where transformed weights lie: [slice][block of target channels][element][source channel][channel], the 64 elements of
/// a tile being four slices of sixteen.
struct TransformedLayout {
    let sourceChannels: Int
    let targetChannels: Int

    init(_ plan: GatherPlan) {
        sourceChannels = plan.sourceChannels
        targetChannels = plan.targetChannels
    }

    /// The floats of all.
    var count: Int { 64 &* sourceChannels &* targetChannels }

    /// Where the sixteen matrices of a block in a slice begin.
    func place(slice: Int, _ block: ChannelBlock) -> Int {
        TileTransform.slice &* sourceChannels &* (slice &* targetChannels &+ block.firstChannel)
    }

    /// The floats from one element's matrix to the next.
    func elementStep(_ block: ChannelBlock) -> Int { sourceChannels &* block.width }

    /// Calls `body` for each source channel and sixteen target channels, channels side by side.
    func forEachColumn(
        blocks: [ChannelBlock], _ body: (_ block: ChannelBlock, _ source: Int, _ lane: Int) -> Void
    ) {
        let some = max(1, (1 << 11) / targetChannels)
        ThreadPool.shared.run((sourceChannels &+ some &- 1) / some) { part in
            for block in blocks {
                for source in part &* some..<min((part &+ 1) &* some, sourceChannels) {
                    for lane in stride(from: 0, to: block.width, by: 16) { body(block, source, lane) }
                }
            }
        }
    }
}

/// The weights of a plan of 3x3x3 kernels, transformed.
struct TransformedWeights {
    private let layout: TransformedLayout
    private let floats: Scratch.Floats

    /// Transforms `weight`, or finds what was kept of it.
    init(_ weight: WeightSource, plan: GatherPlan, blocks: [ChannelBlock]) {
        let layout = TransformedLayout(plan)
        self.layout = layout
        let width = blocks.first?.width ?? 0
        floats = weight.floats(for: plan, width: width, isTransformed: true, count: layout.count) { start in
            let packed = PackedWeights(WeightSource(values: weight.values), plan: plan, blocks: blocks)
            layout.forEachColumn(blocks: blocks) { block, source, lane in
                let offset = source &* block.width &+ lane
                Self.transform(
                    packed.weights(phase: 0, block: block) + offset, row: layout.elementStep(block)
                ) { slice, element, vector in
                    let place = layout.place(slice: slice, block) &+ element &* layout.elementStep(block)
                    vector.put(at: start + (place &+ offset))
                }
            }
        }
    }

    /// The weights of a block in a slice of the tile: sixteen matrices.
    func weights(slice: Int, block: ChannelBlock) -> UnsafePointer<Float> {
        UnsafePointer(floats.start + layout.place(slice: slice, block))
    }

    /// Transforms one source channel's weights of sixteen target channels, whose taps lie `row` floats apart.
    @inline(__always)
    private static func transform(
        _ weights: UnsafePointer<Float>, row: Int, put: (_ slice: Int, _ element: Int, _ vector: Vector) -> Void
    ) {
        // Along the depth first: four slices of nine.
        for slice in 0..<4 {
            var rows = InlineArray<3, InlineArray<4, Vector>>(repeating: InlineArray(repeating: .zero))
            for height in 0..<3 {
                var line = InlineArray<3, Vector>(repeating: .zero)
                for width in 0..<3 {
                    let tap = weights + (3 &* height &+ width) &* row
                    let column: InlineArray<3, Vector> = [
                        Vector(at: tap), Vector(at: tap + 9 &* row), Vector(at: tap + 18 &* row),
                    ]
                    line[width] = TileTransform.weight(column)[slice]
                }
                rows[height] = TileTransform.weight(line)
            }
            for width in 0..<4 {
                let column = TileTransform.weight([rows[0][width], rows[1][width], rows[2][width]])
                for height in 0..<4 { put(slice, 4 &* height &+ width, column[height]) }
            }
        }
    }
}
