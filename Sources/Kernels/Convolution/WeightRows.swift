/// Gradients of weights as the kernels leave them: [block of target channels][row][channel], a row for each tap and source
/// channel.
struct WeightRows {
    let plan: GatherPlan
    let blocks: [ChannelBlock]
    /// The rows from one tap to the next, and those of all taps.
    let tapRows: Int
    let rows: Int

    /// Adds up `sums` sets of rows, `step` apart, and writes them in the order of the weights.
    func unpack(_ memory: UnsafePointer<Float>, sums: Int, step: Int, to weightGradient: UnsafeMutablePointer<Float>) {
        plan.forEachWeightWalk { walk in
            for block in blocks {
                let column = memory + rows &* block.firstChannel
                walk.write(to: weightGradient, block: block) { tap, channel, lane in
                    let row = column + ((tap &* tapRows &+ channel) &* block.width &+ lane)
                    var total = HalfVector.zero
                    for sum in 0..<sums { total += HalfVector(at: row + sum &* step) }
                    return total
                }
            }
        }
    }
}
