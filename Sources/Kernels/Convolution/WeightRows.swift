import Support

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
        let taps = plan.kernelSize.volume
        plan.forEachWeightWalk { walk in
            // As many channels at a time as take half of the first cache.
            let most = max(1, CacheSize.first / (2 &* 32 &* MemoryLayout<Float>.stride &* taps))
            Scratch.withFloats(taps &* most &* 32) { totals in
                for walk in walk.pieces(channels: most) {
                    let count = walk.channels.count
                    for block in blocks {
                        for tap in 0..<taps {
                            let row = tap &* tapRows &+ walk.channels.lowerBound
                            let source = memory + (rows &* block.firstChannel &+ row &* block.width)
                            let total = totals + tap &* count &* block.width
                            total.update(from: source, count: count &* block.width)
                            for sum in 1..<sums {
                                let addend = source + sum &* step
                                for i in 0..<count &* block.width { total[i] += addend[i] }
                            }
                        }
                        walk.write(to: weightGradient, block: block) { tap, channel, lane in
                            let row = tap &* count &+ channel &- walk.channels.lowerBound
                            return HalfVector(at: totals + (row &* block.width &+ lane))
                        }
                    }
                }
            }
        }
    }
}
