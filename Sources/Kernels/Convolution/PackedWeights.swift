import Support

/// Where the weights of a plan lie once they are packed: [phase][block of 32 or 16 targets][tap][source][target].
///
/// The last block is filled up with zeros; after the weights come as many values of the bias.
struct PackedWeights {
    let blocks: [ChannelBlock]
    /// Where each phase begins, in rows of 16.
    private let phaseStart: [Int]
    /// The rows of one block of 16, for each phase.
    private let phaseRows: [Int]
    private let biasStart: Int
    private let start: UnsafeMutablePointer<Float>

    /// Targets in whole blocks.
    private static func padded(_ channels: Int) -> Int { (channels &+ 15) / 16 &* 16 }

    /// The floats that `init` needs for a plan.
    static func count(for plan: GatherPlan) -> Int {
        let rows = plan.phases.reduce(1) { $0 &+ $1.tapCount &* plan.sourceChannels }
        return rows &* padded(plan.targetChannels)
    }

    /// Packs `weight` (and `bias`, or zeros) into `memory`.
    init(
        _ weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?, plan: GatherPlan,
        memory: UnsafeMutablePointer<Float>
    ) {
        let channels = plan.targetChannels
        blocks = ChannelBlock.blocks(of: channels)
        phaseRows = plan.phases.map { $0.tapCount &* plan.sourceChannels }
        var next = 0
        var starts: [Int] = []
        for rows in phaseRows {
            starts.append(next)
            next &+= rows &* (Self.padded(channels) / 16)
        }
        phaseStart = starts
        biasStart = next
        start = memory
        for channel in 0..<Self.padded(channels) {
            memory[16 &* next &+ channel] = channel < channels ? bias?[channel] ?? 0 : 0
        }
        let tasks = plan.phases.indices.flatMap { phase in blocks.indices.map { (phase, $0) } }
        ThreadPool.shared.run(tasks.count) { task in
            let (phase, block) = tasks[task]
            pack(weight, plan: plan, phase: phase, block: blocks[block])
        }
    }

    /// The weights of a block at the taps of a phase, rows of its width.
    func weights(phase: Int, block: ChannelBlock) -> UnsafePointer<Vector> {
        vectors(phaseStart[phase] &+ phaseRows[phase] &* (block.firstChannel / 16))
    }

    /// The bias of a block.
    func bias(_ block: ChannelBlock) -> UnsafePointer<Vector> { vectors(biasStart &+ block.firstChannel / 16) }

    private func vectors(_ row: Int) -> UnsafePointer<Vector> {
        (start + 16 &* row).vectors
    }

    private func pack(_ weight: UnsafePointer<Float>, plan: GatherPlan, phase: Int, block: ChannelBlock) {
        let taps = plan.phases[phase]
        let width = block.width
        var place = start + 16 &* (phaseStart[phase] &+ phaseRows[phase] &* (block.firstChannel / 16))
        for depth in taps.depth.taps {
            for height in taps.height.taps {
                for column in taps.width.taps {
                    let tap = (depth &* plan.kernelSize.height &+ height) &* plan.kernelSize.width &+ column
                    var source = weight + (tap &+ block.firstChannel &* plan.weightStride.target)
                    for _ in 0..<plan.sourceChannels {
                        for lane in 0..<block.channels { place[lane] = source[lane &* plan.weightStride.target] }
                        for lane in block.channels..<width { place[lane] = 0 }
                        place += width
                        source += plan.weightStride.source
                    }
                }
            }
        }
    }
}
