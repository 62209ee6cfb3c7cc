import Support

/// Runs a plan: cuts the target into tasks, copies the source of each with its padding, and calls the kernel.
struct Gather {
    let plan: GatherPlan
    let transform: InputTransform
    /// Whether each target position visits only the taps that do not meet padding. Then the positions of a tile are the
    /// same place of several volumes.
    private let skipsPadding: Bool
    /// Whether the kernel can read the source where it is.
    private let readsSource: Bool
    /// What one task computes: volumes, and rows of a phase.
    private let part: (batch: Int, depth: Int, height: Int)
    /// The blocks of target channels of one task.
    private let blocksPerTask: Int

    init(_ plan: GatherPlan, transform: InputTransform) {
        self.plan = plan
        self.transform = transform
        let isInside = plan.readsOnlySource
        let tiles = (plan.batch + PositionTable.tile - 1) / PositionTable.tile * PositionTable.tile
        skipsPadding = !isInside && plan.shareInside * Double(tiles) < 0.75 * Double(plan.batch)
        readsSource = (isInside || skipsPadding) && transform.isIdentity
        let rows = plan.phases.reduce(0) { $0 + $1.tapCount } * plan.sourceChannels
        // A block's weights should stay in half of a 1 MB cache of the second level.
        blocksPerTask = max(1, min((plan.targetChannels + 31) / 32, (1 << 17) / max(rows * 32, 1)))
        let channels = min((plan.targetChannels + 15) / 16 * 16, 32 * blocksPerTask)
        part = plan.part(work: rows * channels, leastPositions: 1, wholeVolumes: skipsPadding)
    }

    /// Overwrites `target` with the sums of `source` times `weight`, plus `bias` for each target channel.
    func run(
        source: UnsafePointer<Float>, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
        target: UnsafeMutablePointer<Float>
    ) {
        Scratch.withFloats(PackedWeights.count(for: plan)) { memory in
            let weights = PackedWeights(weight, bias: bias, plan: plan, memory: memory)
            let groups = (weights.blocks.count + blocksPerTask - 1) / blocksPerTask
            let parts = plan.parts(part)
            ThreadPool.shared.run(groups * parts.volume) { task in
                let (group, index) = task.quotientAndRemainder(dividingBy: parts.volume)
                let box = plan.box(index, of: parts, part: part)
                let last = min((group + 1) * blocksPerTask, weights.blocks.count)
                plan.withView(
                    of: source, positions: box, transform: transform, readsSource: readsSource, whole: skipsPadding
                ) { view in
                    run(
                        view, weights: weights, blocks: weights.blocks[group * blocksPerTask..<last],
                        positions: box, target: target)
                }
            }
        }
    }

    private func run(
        _ view: SourceView, weights: PackedWeights, blocks: ArraySlice<ChannelBlock>, positions box: SourceRegion,
        target: UnsafeMutablePointer<Float>
    ) {
        for (index, phase) in plan.phases.enumerated() {
            let box = SourceRegion(
                batch: box.batch, depth: box.depth.clamped(to: 0..<phase.depth.count),
                height: box.height.clamped(to: 0..<phase.height.count), width: 0..<phase.width.count)
            for kernel in kernels(view, phase: phase, positions: box) {
                for block in blocks {
                    kernel.run(
                        vectors: block.width / 16, weights: weights.weights(phase: index, block: block),
                        bias: weights.bias(block), target: target + block.firstChannel, channels: block.channels)
                }
            }
        }
    }

    /// What is to be done for a phase: one kernel for all positions, or one for each place in the volume.
    private func kernels(_ view: SourceView, phase: GatherPhase, positions box: SourceRegion) -> [GatherKernel] {
        guard skipsPadding else {
            let all = (
                phase.depth.taps.indices, phase.height.taps.indices, phase.width.taps.indices
            )
            return [kernel(view, phase: phase, positions: box, taps: all)]
        }
        var kernels: [GatherKernel] = []
        for depth in box.depth {
            for height in box.height {
                for width in box.width {
                    let taps = (
                        phase.depth.tapsInside(
                            at: depth, sourceStep: plan.sourceStep.depth, sourceLength: plan.source.depth),
                        phase.height.tapsInside(
                            at: height, sourceStep: plan.sourceStep.height, sourceLength: plan.source.height),
                        phase.width.tapsInside(
                            at: width, sourceStep: plan.sourceStep.width, sourceLength: plan.source.width)
                    )
                    let place = SourceRegion(
                        batch: box.batch, depth: depth..<depth + 1, height: height..<height + 1,
                        width: width..<width + 1)
                    kernels.append(kernel(view, phase: phase, positions: place, taps: taps))
                }
            }
        }
        return kernels
    }

    private func kernel(
        _ view: SourceView, phase: GatherPhase, positions box: SourceRegion,
        taps: (depth: Range<Int>, height: Range<Int>, width: Range<Int>)
    ) -> GatherKernel {
        let stride = view.stride
        let (heights, widths) = (phase.height.taps.count, phase.width.taps.count)
        var runs: [TapRun] = []
        for depth in taps.depth {
            for height in taps.height where !taps.width.isEmpty {
                let tap = (depth &* heights &+ height) &* widths &+ taps.width.lowerBound
                runs.append(
                    TapRun(
                        source: depth &* stride.depth &+ height &* stride.height
                            &+ taps.width.lowerBound &* stride.width,
                        weight: tap &* plan.sourceChannels))
            }
        }
        var table = PositionTable()
        table.reserve(box.volume)
        for batch in box.batch {
            for depth in box.depth {
                for height in box.height {
                    let first = view.offset(
                        batch: batch, depth: depth &* plan.sourceStep.depth &+ phase.depth.firstSource,
                        height: height &* plan.sourceStep.height &+ phase.height.firstSource,
                        width: phase.width.firstSource)
                    let (targetDepth, targetHeight) = (
                        phase.depth.origin &+ phase.depth.step &* depth,
                        phase.height.origin &+ phase.height.step &* height
                    )
                    let row =
                        ((batch &* plan.target.depth &+ targetDepth) &* plan.target.height &+ targetHeight)
                        &* plan.target.width
                    for width in box.width {
                        table.append(
                            source: first &+ width &* plan.sourceStep.width &* stride.width,
                            target: (row &+ phase.width.origin &+ phase.width.step &* width) &* plan.targetChannels)
                    }
                }
            }
        }
        table.close()
        return GatherKernel(
            source: view.start, positions: table, runs: runs, length: taps.width.count &* plan.sourceChannels)
    }
}
