/// The layout of transformed weights: [slice][block of target channels][element][source channel][channel], where a tile
/// has four slices of elements.
struct TransformedWeightLayout<Tile: WinogradTile> {
    let sourceChannels: Int
    let targetChannels: Int

    init(_ plan: ConvolutionPlan) {
        sourceChannels = plan.sourceChannels
        targetChannels = plan.targetChannels
    }

    /// The floats of all slices.
    var count: Int { 4 &* Tile.slice &* sourceChannels &* targetChannels }

    /// The offset of the matrices of a block in a slice.
    func offset(slice: Int, _ block: ChannelBlock) -> Int {
        Tile.slice &* sourceChannels &* (slice &* targetChannels &+ block.firstChannel)
    }

    /// The floats from one element's matrix to the next.
    func elementStep(_ block: ChannelBlock) -> Int { sourceChannels &* block.width }
}

/// The weights of a plan of 3x3x3 kernels, transformed.
struct TransformedWeights<Tile: WinogradTile> {
    private let layout: TransformedWeightLayout<Tile>
    private let floats: Scratch.Floats

    /// Transforms `weight`, or takes what is in its cache.
    init(_ weight: WeightSource, plan: ConvolutionPlan, blocks: [ChannelBlock]) {
        let layout = TransformedWeightLayout<Tile>(plan)
        self.layout = layout
        let width = blocks.first?.width ?? 0
        floats = weight.packed(for: plan, width: width, tileElements: Tile.slice, count: layout.count) { start in
            KernelBlock.forEach(plan, blocks: blocks) { transpose, block, source, kernels in
                transpose.read(weight.values, block: block) { tap, _, lane, weights in
                    weights.put(at: kernels.tap(tap) + lane)
                }
                for lane in stride(from: 0, to: block.width, by: 16) {
                    Self.transform(kernels, lane: lane) { slice, element, vector in
                        let offset = layout.offset(slice: slice, block) &+ element &* layout.elementStep(block)
                        vector.put(at: start + (offset &+ source &* block.width &+ lane))
                    }
                }
            }
        }
    }

    /// The weights of a block in a slice of the tile: a matrix for each element.
    func weights(slice: Int, block: ChannelBlock) -> UnsafePointer<Float> {
        UnsafePointer(floats.start + layout.offset(slice: slice, block))
    }

    /// Transforms sixteen target channels.
    @inline(__always)
    private static func transform(
        _ kernels: KernelBlock, lane: Int, put: (_ slice: Int, _ element: Int, _ vector: Vector) -> Void
    ) {
        // Along the depth first: four slices of nine.
        for tap in 0..<9 {
            let along = F23.weight([
                Vector(at: kernels.row(tap) + lane), Vector(at: kernels.row(9 &+ tap) + lane),
                Vector(at: kernels.row(18 &+ tap) + lane),
            ])
            for slice in 0..<4 { along[slice].put(at: kernels.sliced(slice, tap) + lane) }
        }
        for slice in 0..<4 {
            var rows = InlineArray<3, InlineArray<6, Vector>>(repeating: InlineArray(repeating: .zero))
            for height in 0..<3 {
                let first = 3 &* height
                rows[height] = Tile.Width.weight([
                    Vector(at: kernels.sliced(slice, first) + lane),
                    Vector(at: kernels.sliced(slice, first &+ 1) + lane),
                    Vector(at: kernels.sliced(slice, first &+ 2) + lane),
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

/// Memory for the 3x3x3 kernels between one source channel and a block of target channels, small enough for the first
/// cache.
///
/// It has 27 rows for the taps, in the order in which a plan's positions meet them, each with the target channels side
/// by side; and 36 more rows for the four slices of nine that the transform along the depth makes of them.
struct KernelBlock {
    private let start: UnsafeMutablePointer<Float>
    private let width: Int
    /// The row of each tap.
    private let rows: [Int]

    /// The target channels at a row.
    @inline(__always)
    func row(_ index: Int) -> UnsafeMutablePointer<Float> { start + index &* width }

    /// The target channels at a row of a transformed slice.
    @inline(__always)
    func sliced(_ slice: Int, _ index: Int) -> UnsafeMutablePointer<Float> { row(27 &+ 9 &* slice &+ index) }

    /// The target channels at the row of a tap.
    @inline(__always)
    func tap(_ number: Int) -> UnsafeMutablePointer<Float> { start + rows[number] &* width }

    /// Calls `body` for each source channel and block of a plan of 3x3x3 kernels, as tasks, with the transpose of their
    /// weights.
    static func forEach(
        _ plan: ConvolutionPlan, blocks: [ChannelBlock],
        _ body: (_ transpose: WeightTranspose, _ block: ChannelBlock, _ source: Int, _ kernels: KernelBlock) -> Void
    ) {
        var rows = [Int](repeating: 0, count: 27)
        for (row, tap) in plan.phases[0].tapNumbers(of: plan.kernelSize).enumerated() { rows[tap] = row }
        plan.forEachWeightTranspose { all in
            Scratch.withFloats((27 + 36) * 32) { start in
                for block in blocks {
                    let kernels = KernelBlock(start: start, width: block.width, rows: rows)
                    for transpose in all.pieces(channels: 1) {
                        body(transpose, block, transpose.channels.lowerBound, kernels)
                    }
                }
            }
        }
    }
}
