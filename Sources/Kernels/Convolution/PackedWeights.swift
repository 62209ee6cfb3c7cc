import Support

/// The weights of a plan as the kernels read them: [phase][block of target channels][tap][source channel][channel].
///
/// The last block is filled up with zeros; after the weights comes the bias, as many values as there are in the blocks.
struct PackedWeights {
    let blocks: [ChannelBlock]
    /// Where each phase begins, in floats.
    private let phaseStart: [Int]
    /// The rows of a block, for each phase.
    private let phaseRows: [Int]
    private let biasStart: Int
    private let start: UnsafeMutablePointer<Float>

    /// The floats that `init` needs.
    static func count(for plan: GatherPlan, blocks: [ChannelBlock]) -> Int {
        let rows = plan.phases.reduce(1) { $0 &+ $1.tapCount &* plan.sourceChannels }
        return blocks.reduce(0) { $0 &+ $1.width } &* rows
    }

    /// Packs `weight` (and `bias`, or zeros) into `memory`.
    init(
        _ weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?, plan: GatherPlan, blocks: [ChannelBlock],
        memory: UnsafeMutablePointer<Float>
    ) {
        let width = blocks.reduce(0) { $0 &+ $1.width }
        self.blocks = blocks
        start = memory
        phaseRows = plan.phases.map { $0.tapCount &* plan.sourceChannels }
        var next = 0
        var starts: [Int] = []
        for rows in phaseRows {
            starts.append(next)
            next &+= rows &* width
        }
        phaseStart = starts
        biasStart = next
        for channel in 0..<width {
            memory[next &+ channel] = channel < plan.targetChannels ? bias?[channel] ?? 0 : 0
        }
        // A small matrix is packed faster than another thread wakes up.
        let perTask = next < 1 << 15 ? plan.sourceChannels : max(1, (1 << 12) / plan.kernelSize.volume)
        let parts = (plan.sourceChannels &+ perTask &- 1) / perTask
        ThreadPool.shared.run(parts) { part in
            for block in blocks {
                let first = part &* perTask
                pack(weight, plan: plan, block: block, channels: first..<min(first &+ perTask, plan.sourceChannels))
            }
        }
    }

    /// The weights of a block at the taps of a phase, in rows of its width.
    func weights(phase: Int, block: ChannelBlock) -> UnsafePointer<Float> {
        UnsafePointer(start + (phaseStart[phase] &+ phaseRows[phase] &* block.firstChannel))
    }

    /// The bias of a block.
    func bias(_ block: ChannelBlock) -> UnsafePointer<Float> {
        UnsafePointer(start + (biasStart &+ block.firstChannel))
    }

    /// Where the row of each tap and of source channel 0 begins; nowhere if a long stride passes over the tap.
    private func tapPlaces(_ plan: GatherPlan, block: ChannelBlock) -> [Int?] {
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

    private func pack(
        _ weight: UnsafePointer<Float>, plan: GatherPlan, block: ChannelBlock, channels: Range<Int>
    ) {
        let (taps, stride) = (plan.kernelSize.volume, plan.weightStride)
        let places = tapPlaces(plan, block: block)
        // In a convolution the source channels follow one another in memory, in its gradient they are far apart.
        let walks =
            stride.source == taps
            ? [WeightWalk(channels: channels, taps: taps)]
            : channels.map { WeightWalk(channels: $0..<$0 &+ 1, taps: taps) }
        for walk in walks {
            for lane in Swift.stride(from: 0, to: block.width, by: 8) {
                let from =
                    weight
                    + ((block.firstChannel &+ lane) &* stride.target &+ walk.channels.lowerBound &* stride.source)
                let (lanes, width) = (min(8, block.channels &- lane), min(8, block.width))
                walk.forEachTile { place, channel, tap, count in
                    var rows = InlineArray<8, HalfVector>(repeating: .zero)
                    for i in 0..<8 where i < lanes {
                        rows[i] = HalfVector(from + (place &+ i &* stride.target), count: count)
                    }
                    rows = transposed(rows)
                    var (channel, tap) = (channel, tap)
                    for i in 0..<8 where i < count {
                        if let place = places[tap] {
                            rows[i].put(at: start + (place &+ channel &* block.width &+ lane), count: width)
                        }
                        walk.advance(&channel, &tap)
                    }
                }
            }
        }
    }
}
