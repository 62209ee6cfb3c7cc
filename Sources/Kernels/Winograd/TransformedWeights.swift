/// Where transformed weights lie: [slice][block of target channels][element][source channel][channel], the elements of a
/// tile being four slices.
struct TransformedLayout<Tile: TileShape> {
    let sourceChannels: Int
    let targetChannels: Int

    init(_ plan: GatherPlan) {
        sourceChannels = plan.sourceChannels
        targetChannels = plan.targetChannels
    }

    /// The floats of all.
    var count: Int { 4 &* Tile.slice &* sourceChannels &* targetChannels }

    /// Where the matrices of a block in a slice begin.
    func place(slice: Int, _ block: ChannelBlock) -> Int {
        Tile.slice &* sourceChannels &* (slice &* targetChannels &+ block.firstChannel)
    }

    /// The floats from one element's matrix to the next.
    func elementStep(_ block: ChannelBlock) -> Int { sourceChannels &* block.width }
}

/// The weights of a plan of 3x3x3 kernels, transformed.
struct TransformedWeights<Tile: TileShape> {
    private let layout: TransformedLayout<Tile>
    private let floats: Scratch.Floats

    /// Transforms `weight`, or finds what was kept of it.
    init(_ weight: WeightSource, plan: GatherPlan, blocks: [ChannelBlock]) {
        let layout = TransformedLayout<Tile>(plan)
        self.layout = layout
        let width = blocks.first?.width ?? 0
        floats = weight.floats(for: plan, width: width, tileElements: Tile.slice, count: layout.count) { start in
            WeightColumn.forEach(plan, blocks: blocks) { walk, block, source, column in
                walk.read(weight.values, block: block) { tap, _, lane, weights in
                    weights.put(at: column.tap(tap) + lane)
                }
                for lane in stride(from: 0, to: block.width, by: 16) {
                    Self.transform(column, lane: lane) { slice, element, vector in
                        let place = layout.place(slice: slice, block) &+ element &* layout.elementStep(block)
                        vector.put(at: start + (place &+ source &* block.width &+ lane))
                    }
                }
            }
        }
    }

    /// The weights of a block in a slice of the tile: a matrix for each element.
    func weights(slice: Int, block: ChannelBlock) -> UnsafePointer<Float> {
        UnsafePointer(floats.start + layout.place(slice: slice, block))
    }

    /// Transforms sixteen target channels.
    @inline(__always)
    private static func transform(
        _ column: WeightColumn, lane: Int, put: (_ slice: Int, _ element: Int, _ vector: Vector) -> Void
    ) {
        // Along the depth first: four slices of nine.
        for tap in 0..<9 {
            let along = TileTransform.weight([
                Vector(at: column.row(tap) + lane), Vector(at: column.row(9 &+ tap) + lane),
                Vector(at: column.row(18 &+ tap) + lane),
            ])
            for slice in 0..<4 { along[slice].put(at: column.sliced(slice, tap) + lane) }
        }
        for slice in 0..<4 {
            var rows = InlineArray<3, InlineArray<6, Vector>>(repeating: InlineArray(repeating: .zero))
            for height in 0..<3 {
                let first = 3 &* height
                rows[height] = Tile.Width.weight([
                    Vector(at: column.sliced(slice, first) + lane), Vector(at: column.sliced(slice, first &+ 1) + lane),
                    Vector(at: column.sliced(slice, first &+ 2) + lane),
                ])
            }
            for width in 0..<Tile.Width.values {
                let column = Tile.Height.weight([rows[0][width], rows[1][width], rows[2][width]])
                for height in 0..<Tile.Height.values {
                    put(slice, Tile.Width.values &* height &+ width, column[height])
                }
            }
        }
    }
}
