import Support

/// Runs a plan as the definition says: cuts the target into tasks, copies the source of each with its padding, and
/// calls the microkernel.
struct DirectConvolution {
    /// All blocks of channels pass over so many positions before the next ones.
    private static let positionsAtATime = 4 * OffsetTable.padding
    /// Tasks are not cut below twice this.
    private static let leastPositions = 48

    let plan: ConvolutionPlan
    /// Whether taps that meet padding are left out. Then the positions of a tile are the same position in several
    /// volumes.
    private let skipsPadding: Bool
    /// Whether the microkernel can read the source itself instead of a copy, unless it is transformed.
    private let readsSource: Bool
    /// What one task computes of each phase.
    private let part: Extent
    private let blocks: [ChannelBlock]
    /// The blocks of one task.
    private let blocksPerTask: Int

    init(_ plan: ConvolutionPlan) {
        self.plan = plan
        let isInside = plan.readsOnlySource
        let share = isInside ? 1 : plan.shareInside
        // Whole tiles of volumes, of which the last may be half empty, must save a quarter of the products.
        let tiles = plan.batch.pieces(of: OffsetTable.tile) * OffsetTable.tile
        skipsPadding = share * Double(tiles) < 0.75 * Double(plan.batch)
        readsSource = isInside || skipsPadding
        // With few target channels most lanes would be empty: vectors then lie along the source channels.
        blocks =
            plan.targetChannels <= 4 && plan.sourceChannels >= 16
            ? ChannelBlock.singles(of: plan.targetChannels) : ChannelBlock.blocks(of: plan.targetChannels)
        let rows = Double(plan.phases.reduce(0) { $0 + $1.tapCount } * plan.sourceChannels) * (skipsPadding ? share : 1)
        // With few positions there are too few tasks: the blocks are shared out as well.
        let isSmall = plan.batch * plan.counts.volume < 8 * Self.leastPositions
        blocksPerTask = max(1, isSmall ? blocks.count / 4 : blocks.count)
        let width = blocks.prefix(blocksPerTask).reduce(0) { $0 + $1.width }
        part = plan.part(work: rows * Double(width), leastPositions: Self.leastPositions, wholeVolumes: skipsPadding)
    }

    /// Computes all terms part by part, in their order: what one term leaves in the cache serves the next.
    func run(_ terms: [ConvolutionTerm]) {
        let prepared = terms.map { term in
            (weights: PackedWeights(term.weight, plan: plan, blocks: blocks), bias: plan.bias(term, blocks: blocks))
        }
        let groups = blocks.count.pieces(of: blocksPerTask)
        let parts = plan.parts(part)
        ThreadPool.shared.run(groups * parts.count) { task in
            let (group, index) = task.quotientAndRemainder(dividingBy: parts.count)
            let region = plan.region(index, of: parts, part: part)
            let some = blocks[group * blocksPerTask..<min((group + 1) * blocksPerTask, blocks.count)]
            for (term, (weights, bias)) in zip(terms, prepared) {
                plan.withView(
                    of: term.source, positions: region, transform: term.transform,
                    readsSource: readsSource && term.transform.isIdentity, whole: skipsPadding
                ) { view in
                    run(term, view, weights: weights, bias: UnsafePointer(bias.start), blocks: some, positions: region)
                }
            }
        }
    }

    private func run(
        _ term: ConvolutionTerm, _ view: SourceView, weights: PackedWeights, bias: UnsafePointer<Float>,
        blocks: ArraySlice<ChannelBlock>, positions all: Region
    ) {
        for (index, phase) in plan.phases.enumerated() {
            let region = Region(
                batch: all.batch, depth: all.depth.clamped(to: 0..<phase.depth.count),
                height: all.height.clamped(to: 0..<phase.height.count),
                width: all.width.clamped(to: 0..<phase.width.count))
            for microkernel in microkernels(view, phase: phase, positions: region) {
                let parts = microkernel.runParts(width: blocks.first?.width ?? 1)
                for first in stride(from: 0, to: microkernel.positions.count, by: Self.positionsAtATime) {
                    let range = first..<min(first &+ Self.positionsAtATime, microkernel.positions.count)
                    for part in parts {
                        for block in blocks {
                            microkernel.run(
                                block, positions: range, runs: part, continues: part.lowerBound > 0,
                                weights: weights.weights(phase: index, block: block), bias: bias + block.firstChannel,
                                target: term.target, factor: term.factor)
                        }
                    }
                }
            }
        }
    }

    /// The microkernels of a phase: one for all positions, or one for each position in the volume.
    private func microkernels(
        _ view: SourceView, phase: ConvolutionPhase, positions region: Region
    ) -> [DirectMicrokernel] {
        guard skipsPadding else {
            let all = (
                phase.depth.taps.indices, phase.height.taps.indices, phase.width.taps.indices
            )
            return [microkernel(view, phase: phase, positions: region, taps: all)]
        }
        var microkernels: [DirectMicrokernel] = []
        for depth in region.depth {
            for height in region.height {
                for width in region.width {
                    let taps = (
                        phase.depth.tapsInside(at: depth), phase.height.tapsInside(at: height),
                        phase.width.tapsInside(at: width)
                    )
                    let position = Region(
                        batch: region.batch, depth: depth..<depth + 1, height: height..<height + 1,
                        width: width..<width + 1)
                    microkernels.append(microkernel(view, phase: phase, positions: position, taps: taps))
                }
            }
        }
        return microkernels
    }

    private func microkernel(
        _ view: SourceView, phase: ConvolutionPhase, positions region: Region,
        taps: (depth: Range<Int>, height: Range<Int>, width: Range<Int>)
    ) -> DirectMicrokernel {
        let address = view.address
        let all = phase.tapSize
        var runs: [TapRun] = []
        for depth in taps.depth {
            for height in taps.height where !taps.width.isEmpty {
                let tap = (depth &* all.height &+ height) &* all.width &+ taps.width.lowerBound
                runs.append(
                    TapRun(
                        source: depth &* address.depth &+ height &* address.height
                            &+ taps.width.lowerBound &* address.width,
                        weight: tap &* plan.sourceChannels))
            }
        }
        return DirectMicrokernel(
            source: view.start,
            positions: OffsetTable(
                region, source: address.at(first: phase.firstSource, step: plan.sourceStep),
                target: plan.targetAddress.at(first: phase.origin, step: phase.step)),
            runs: runs, length: taps.width.count &* plan.sourceChannels)
    }
}
