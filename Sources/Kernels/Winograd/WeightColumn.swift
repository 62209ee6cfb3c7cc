/// Room in the first cache for the 27 weights between one source channel and a block of target channels: 27 rows in the
/// order in which a plan's positions meet them, target channels side by side; and 36 more, four slices of nine, for what is
/// made of them along the depth.
struct WeightColumn {
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

    /// Calls `body` for each source channel and block of a plan of 3x3x3 kernels, as tasks of the pool, with a walk over
    /// their weights.
    static func forEach(
        _ plan: GatherPlan, blocks: [ChannelBlock],
        _ body: (_ walk: WeightWalk, _ block: ChannelBlock, _ source: Int, _ column: WeightColumn) -> Void
    ) {
        var rows = [Int](repeating: 0, count: 27)
        for (row, tap) in plan.phases[0].tapNumbers(of: plan.kernelSize).enumerated() { rows[tap] = row }
        plan.forEachWeightWalk { walk in
            Scratch.withFloats((27 + 36) * 32) { start in
                for block in blocks {
                    let column = WeightColumn(start: start, width: block.width, rows: rows)
                    for walk in walk.pieces(channels: 1) { body(walk, block, walk.channels.lowerBound, column) }
                }
            }
        }
    }
}
