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
        let tasks = plan.phases.indices.flatMap { phase in blocks.map { (phase: phase, block: $0) } }
        if next < 1 << 15 {
            for task in tasks { pack(weight, plan: plan, phase: task.phase, block: task.block) }
        } else {
            ThreadPool.shared.run(tasks.count) { index in
                pack(weight, plan: plan, phase: tasks[index].phase, block: tasks[index].block)
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

    private func pack(_ weight: UnsafePointer<Float>, plan: GatherPlan, phase: Int, block: ChannelBlock) {
        let taps = plan.phases[phase]
        let (target, source) = (plan.weightStride.target, plan.weightStride.source)
        var place = start + (phaseStart[phase] &+ phaseRows[phase] &* block.firstChannel)
        for depth in taps.depth.taps {
            for height in taps.height.taps {
                for width in taps.width.taps {
                    let tap = (depth &* plan.kernelSize.height &+ height) &* plan.kernelSize.width &+ width
                    var from = weight + (tap &+ block.firstChannel &* target)
                    for _ in 0..<plan.sourceChannels {
                        for lane in 0..<block.channels { place[lane] = from[lane &* target] }
                        for lane in block.channels..<block.width { place[lane] = 0 }
                        place += block.width
                        from += source
                    }
                }
            }
        }
    }
}
