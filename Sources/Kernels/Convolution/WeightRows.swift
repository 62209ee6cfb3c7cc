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
        let perTask = max(1, (1 << 12) / taps)
        let parts = (plan.sourceChannels + perTask - 1) / perTask
        ThreadPool.shared.run(parts) { part in
            let channels = part * perTask..<min((part + 1) * perTask, plan.sourceChannels)
            let walk = WeightWalk(channels: channels, taps: taps, sourceStride: plan.weightStride.source)
            for block in blocks {
                let column = memory + rows &* block.firstChannel
                let target = weightGradient + block.firstChannel &* plan.weightStride.target
                walk.forEachTile { place, channel, tap, count in
                    // All channels of a row at once: they share a line of the cache.
                    for lane in stride(from: 0, to: block.channels, by: 8) {
                        var totals = InlineArray<8, HalfVector>(repeating: .zero)
                        var (channel, tap) = (channel, tap)
                        for i in 0..<8 where i < count {
                            let row = column + ((tap &* tapRows &+ channel) &* block.width &+ lane)
                            for sum in 0..<sums { totals[i] += HalfVector(at: row + sum &* step) }
                            walk.advance(&channel, &tap)
                        }
                        totals = transposed(totals)
                        for i in 0..<8 where lane &+ i < block.channels {
                            totals[i].put(
                                at: target + (place &+ (lane &+ i) &* plan.weightStride.target), count: count)
                        }
                    }
                }
            }
        }
    }
}
