import Support

/// The weights of a plan of 3x3x3 kernels, transformed: [slice][block of target channels][element][source channel]
/// [channel], the 64 elements of a tile being four slices of sixteen.
struct TransformedWeights {
    private let blocks: [ChannelBlock]
    private let sourceChannels: Int
    private let channels: Int
    private let start: UnsafeMutablePointer<Float>

    /// The floats that `init` needs.
    static func count(for plan: GatherPlan) -> Int { 64 &* plan.sourceChannels &* plan.targetChannels }

    /// Transforms packed weights, into `memory`.
    init(_ packed: PackedWeights, plan: GatherPlan, memory: UnsafeMutablePointer<Float>) {
        blocks = packed.blocks
        sourceChannels = plan.sourceChannels
        channels = plan.targetChannels
        start = memory
        let some = max(1, (1 << 11) / plan.targetChannels)
        let parts = (sourceChannels &+ some &- 1) / some
        ThreadPool.shared.run(parts) { part in
            for block in blocks {
                let weights = packed.weights(phase: 0, block: block)
                for source in part &* some..<min((part &+ 1) &* some, sourceChannels) {
                    for lane in stride(from: 0, to: block.width, by: 16) {
                        transform(weights + (source &* block.width &+ lane), block, source: source, lane: lane)
                    }
                }
            }
        }
    }

    /// The weights of a block in a slice of the tile: sixteen matrices.
    func weights(slice: Int, block: ChannelBlock) -> UnsafePointer<Float> {
        UnsafePointer(place(slice, block))
    }

    private func place(_ slice: Int, _ block: ChannelBlock) -> UnsafeMutablePointer<Float> {
        start + TileTransform.slice &* sourceChannels &* (slice &* channels &+ block.firstChannel)
    }

    /// Transforms one source channel's weights of sixteen target channels.
    private func transform(_ weights: UnsafePointer<Float>, _ block: ChannelBlock, source: Int, lane: Int) {
        let row = sourceChannels &* block.width
        // Along the depth first: four slices of nine.
        for slice in 0..<4 {
            var rows = InlineArray<3, InlineArray<4, Vector>>(repeating: InlineArray(repeating: .zero))
            for height in 0..<3 {
                var line = InlineArray<3, Vector>(repeating: .zero)
                for width in 0..<3 {
                    let tap = weights + (3 &* height &+ width) &* row
                    let column: InlineArray<3, Vector> = [
                        tap.unalignedVector(0), tap.unalignedVector(9 &* row), tap.unalignedVector(18 &* row),
                    ]
                    line[width] = TileTransform.weight(column)[slice]
                }
                rows[height] = TileTransform.weight(line)
            }
            let target = place(slice, block) + (source &* block.width &+ lane)
            for width in 0..<4 {
                let column = TileTransform.weight([rows[0][width], rows[1][width], rows[2][width]])
                for height in 0..<4 { (target + (4 &* height &+ width) &* row).store(column[height], count: 16) }
            }
        }
    }
}
