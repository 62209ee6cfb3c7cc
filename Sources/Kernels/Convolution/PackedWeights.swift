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
        floats = weight.floats(for: plan, width: blocks.first?.width ?? 0, tileElements: 0, count: next) { start in
            plan.forEachWeightWalk { walk in
                for block in blocks {
                    let places = Self.tapPlaces(plan, block, starts: starts, rows: phaseRows)
                    walk.read(weight.values, block: block) { tap, channel, lane, weights in
                        let place = places[tap]
                        guard place >= 0 else { return }
                        weights.put(at: start + (place &+ channel &* block.width &+ lane), count: min(8, block.width))
                    }
                }
            }
        }
    }

    /// Where the row of each tap and of source channel 0 begins; -1 if a long stride passes over the tap.
    private static func tapPlaces(_ plan: GatherPlan, _ block: ChannelBlock, starts: [Int], rows: [Int]) -> [Int] {
        var places = [Int](repeating: -1, count: plan.kernelSize.volume)
        for (index, phase) in plan.phases.enumerated() {
            let start = starts[index] &+ rows[index] &* block.firstChannel
            for (row, tap) in phase.tapNumbers(of: plan.kernelSize).enumerated() {
                places[tap] = start &+ row &* plan.sourceChannels &* block.width
            }
        }
        return places
    }

    /// The weights of a block at the taps of a phase, in rows of its width.
    func weights(phase: Int, block: ChannelBlock) -> UnsafePointer<Float> {
        UnsafePointer(floats.start + (phaseStart[phase] &+ phaseRows[phase] &* block.firstChannel))
    }
}
