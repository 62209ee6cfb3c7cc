import Support

/// The weights of a plan in the order in which microkernels read them: [phase][block of target channels][tap][source
/// channel][channel]. The last block is filled up with zeros.
struct PackedWeights {
    let blocks: [ChannelBlock]
    /// The offset of each phase, in floats.
    private let phaseStart: [Int]
    /// The rows of a block, for each phase.
    private let phaseRows: [Int]
    private let floats: Scratch.Floats

    /// Packs `weight`, or takes what is in its cache.
    init(_ weight: WeightSource, plan: ConvolutionPlan, blocks: [ChannelBlock]) {
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
        floats = weight.packed(for: plan, width: blocks.first?.width ?? 0, tileElements: 0, count: next) { start in
            plan.forEachWeightTranspose { transpose in
                for block in blocks {
                    let offsets = Self.tapOffsets(plan, block, starts: starts, rows: phaseRows)
                    transpose.read(weight.values, block: block) { tap, channel, lane, weights in
                        let offset = offsets[tap]
                        guard offset >= 0 else { return }
                        weights.put(at: start + (offset &+ channel &* block.width &+ lane), count: min(8, block.width))
                    }
                }
            }
        }
    }

    /// The offset of the row of each tap and source channel 0; -1 if no target position meets the tap, as where strides
    /// are longer than the volume.
    private static func tapOffsets(_ plan: ConvolutionPlan, _ block: ChannelBlock, starts: [Int], rows: [Int]) -> [Int]
    {
        var offsets = [Int](repeating: -1, count: plan.kernelSize.volume)
        for (index, phase) in plan.phases.enumerated() {
            let start = starts[index] &+ rows[index] &* block.firstChannel
            for (row, tap) in phase.tapNumbers(of: plan.kernelSize).enumerated() {
                offsets[tap] = start &+ row &* plan.sourceChannels &* block.width
            }
        }
        return offsets
    }

    /// The weights of a block at the taps of a phase, in rows of its width.
    func weights(phase: Int, block: ChannelBlock) -> UnsafePointer<Float> {
        UnsafePointer(floats.start + (phaseStart[phase] &+ phaseRows[phase] &* block.firstChannel))
    }
}

/// The layout in which microkernels leave gradients of weights: [block of target channels][row][channel], with a row
/// for each tap and source channel.
struct PackedWeightGradient {
    let plan: ConvolutionPlan
    let blocks: [ChannelBlock]
    /// The rows of a tap, and the rows of all taps.
    let tapRows: Int
    let rows: Int

    /// Adds up `sums` gradients, `step` floats apart, and writes the result in the order of the weights.
    func unpack(_ memory: UnsafePointer<Float>, sums: Int, step: Int, to weightGradient: UnsafeMutablePointer<Float>) {
        let taps = plan.kernelSize.volume
        plan.forEachWeightTranspose { all in
            // Half of the first cache holds the totals of so many source channels.
            let most = max(1, CacheSize.first / (2 &* 32 &* MemoryLayout<Float>.stride &* taps))
            Scratch.withFloats(taps &* most &* 32) { totals in
                for transpose in all.pieces(channels: most) {
                    let count = transpose.channels.count
                    for block in blocks {
                        for tap in 0..<taps {
                            let row = tap &* tapRows &+ transpose.channels.lowerBound
                            let source = memory + (rows &* block.firstChannel &+ row &* block.width)
                            let total = totals + tap &* count &* block.width
                            total.update(from: source, count: count &* block.width)
                            for sum in 1..<sums {
                                let addend = source + sum &* step
                                for i in 0..<count &* block.width { total[i] += addend[i] }
                            }
                        }
                        transpose.write(to: weightGradient, block: block) { tap, channel, lane in
                            let row = tap &* count &+ channel &- transpose.channels.lowerBound
                            return HalfVector(at: totals + (row &* block.width &+ lane))
                        }
                    }
                }
            }
        }
    }
}
