import Support

/// The weights of a plan as the kernels read them: [phase][block of target channels][tap][source channel][channel].
///
/// The last block is filled up with zeros.
struct PackedWeights {
    let blocks: [ChannelBlock]
    /// Where each phase begins, in floats.
    private let phaseStart: [Int]
    /// The rows of a block, for each phase.
    private let phaseRows: [Int]
    private let floats: Scratch.Floats

    /// Packs `weight`, or finds what was kept of it.
    init(_ weight: WeightSource, plan: GatherPlan, blocks: [ChannelBlock]) {
        let width = blocks.reduce(0) { $0 &+ $1.width }
        let phaseRows = plan.phases.map { $0.tapCount &* plan.sourceChannels }
        var next = 0
        var starts: [Int] = []
        for rows in phaseRows {
            starts.append(next)
            next &+= rows &* width
        }
        self.blocks = blocks
        self.phaseRows = phaseRows
        phaseStart = starts
        floats = weight.floats(for: plan, width: blocks.first?.width ?? 0, isTransformed: false, count: next) { start in
            let packing = WeightPacking(plan: plan, phaseStart: starts, phaseRows: phaseRows, start: start)
            // A small matrix is packed faster than another thread wakes up.
            let perTask = next < 1 << 15 ? plan.sourceChannels : max(1, (1 << 12) / plan.kernelSize.volume)
            ThreadPool.shared.run((plan.sourceChannels &+ perTask &- 1) / perTask) { part in
                let channels = part &* perTask..<min((part &+ 1) &* perTask, plan.sourceChannels)
                for block in blocks { packing.pack(weight.values, block: block, channels: channels) }
            }
        }
    }

    /// The weights of a block at the taps of a phase, in rows of its width.
    func weights(phase: Int, block: ChannelBlock) -> UnsafePointer<Float> {
        UnsafePointer(floats.start + (phaseStart[phase] &+ phaseRows[phase] &* block.firstChannel))
    }
}

/// Puts weights where the kernels read them.
private struct WeightPacking {
    let plan: GatherPlan
    let phaseStart: [Int]
    let phaseRows: [Int]
    let start: UnsafeMutablePointer<Float>

    /// Where the row of each tap and of source channel 0 begins; nowhere if a long stride passes over the tap.
    private func tapPlaces(_ block: ChannelBlock) -> [Int?] {
        var places = [Int?](repeating: nil, count: plan.kernelSize.volume)
        for (index, phase) in plan.phases.enumerated() {
            var place = phaseStart[index] &+ phaseRows[index] &* block.firstChannel
            for depth in phase.depth.taps {
                for height in phase.height.taps {
                    for width in phase.width.taps {
                        let tap = (depth &* plan.kernelSize.height &+ height) &* plan.kernelSize.width &+ width
                        places[tap] = place
                        place &+= plan.sourceChannels &* block.width
                    }
                }
            }
        }
        return places
    }

    /// Packs the weights of a block and of some source channels.
    func pack(_ weight: UnsafePointer<Float>, block: ChannelBlock, channels: Range<Int>) {
        let stride = plan.weightStride
        let places = tapPlaces(block)
        let from = weight + block.firstChannel &* stride.target
        let walk = WeightWalk(channels: channels, taps: plan.kernelSize.volume, sourceStride: stride.source)
        walk.forEachTile { place, channel, tap, count in
            // All channels of a row at once: they share a line of the cache.
            for lane in Swift.stride(from: 0, to: block.width, by: 8) {
                var rows = InlineArray<8, HalfVector>(repeating: .zero)
                for i in 0..<8 where lane &+ i < block.channels {
                    rows[i] = HalfVector(from + (place &+ (lane &+ i) &* stride.target), count: count)
                }
                rows = transposed(rows)
                var (channel, tap) = (channel, tap)
                for i in 0..<8 where i < count {
                    if let place = places[tap] {
                        rows[i].put(
                            at: start + (place &+ channel &* block.width &+ lane), count: min(8, block.width))
                    }
                    walk.advance(&channel, &tap)
                }
            }
        }
    }
}
