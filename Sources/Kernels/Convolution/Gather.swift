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
    private let part: Extent
    private let blocks: [ChannelBlock]
    /// The blocks of one task.
    private let blocksPerTask: Int

    init(_ plan: GatherPlan, transform: InputTransform) {
        self.plan = plan
        self.transform = transform
        let isInside = plan.readsOnlySource
        let share = isInside ? 1 : plan.shareInside
        let tiles = (plan.batch + PositionTable.tile - 1) / PositionTable.tile * PositionTable.tile
        skipsPadding = share * Double(tiles) < 0.75 * Double(plan.batch)
        readsSource = (isInside || skipsPadding) && transform.isIdentity
        // Vectors along many source channels beat vectors along few target channels.
        blocks =
            plan.targetChannels <= 4 && plan.sourceChannels >= 16
            ? ChannelBlock.singles(of: plan.targetChannels) : ChannelBlock.blocks(of: plan.targetChannels)
        let rows = plan.phases.reduce(0) { $0 + $1.tapCount } * plan.sourceChannels
        // The weights of a task should stay in half of a second cache of 1 MB.
        blocksPerTask = max(1, min(blocks.count, (1 << 17) / max(rows * blocks[0].width, 1)))
        let width = blocks.prefix(blocksPerTask).reduce(0) { $0 + $1.width }
        let work = Double(rows * width) * (skipsPadding ? share : 1)
        part = plan.part(work: work, leastPositions: 1, wholeVolumes: skipsPadding)
    }

    /// Overwrites `target` with the sums of `source` times `weight`, plus `bias` for each target channel.
    func run(
        source: UnsafePointer<Float>, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
        target: UnsafeMutablePointer<Float>
    ) {
        Scratch.withFloats(PackedWeights.count(for: plan, blocks: blocks)) { memory in
            let weights = PackedWeights(weight, bias: bias, plan: plan, blocks: blocks, memory: memory)
            let groups = (blocks.count + blocksPerTask - 1) / blocksPerTask
            let parts = plan.parts(part)
            ThreadPool.shared.run(groups * parts.count) { task in
                let (group, index) = task.quotientAndRemainder(dividingBy: parts.count)
                let box = plan.box(index, of: parts, part: part)
                let some = blocks[group * blocksPerTask..<min((group + 1) * blocksPerTask, blocks.count)]
                plan.withView(
                    of: source, positions: box, transform: transform, readsSource: readsSource, whole: skipsPadding
                ) { view in
                    run(view, weights: weights, blocks: some, positions: box, target: target)
                }
            }
        }
    }

    private func run(
        _ view: SourceView, weights: PackedWeights, blocks: ArraySlice<ChannelBlock>, positions box: Box,
        target: UnsafeMutablePointer<Float>
    ) {
        for (index, phase) in plan.phases.enumerated() {
            let box = Box(
                batch: box.batch, depth: box.depth.clamped(to: 0..<phase.depth.count),
                height: box.height.clamped(to: 0..<phase.height.count),
                width: box.width.clamped(to: 0..<phase.width.count))
            for kernel in kernels(view, phase: phase, positions: box) {
                for block in blocks {
                    kernel.run(
                        block, weights: weights.weights(phase: index, block: block), bias: weights.bias(block),
                        target: target)
                }
            }
        }
    }

    /// What is to be done for a phase: one kernel for all positions, or one for each place in the volume.
    private func kernels(_ view: SourceView, phase: GatherPhase, positions box: Box) -> [GatherKernel] {
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
                    let place = Box(
                        batch: box.batch, depth: depth..<depth + 1, height: height..<height + 1,
                        width: width..<width + 1)
                    kernels.append(kernel(view, phase: phase, positions: place, taps: taps))
                }
            }
        }
        return kernels
    }

    private func kernel(
        _ view: SourceView, phase: GatherPhase, positions box: Box,
        taps: (depth: Range<Int>, height: Range<Int>, width: Range<Int>)
    ) -> GatherKernel {
        let place = view.place
        let all = phase.tapSize
        var runs: [TapRun] = []
        for depth in taps.depth {
            for height in taps.height where !taps.width.isEmpty {
                let tap = (depth &* all.height &+ height) &* all.width &+ taps.width.lowerBound
                runs.append(
                    TapRun(
                        source: depth &* place.depth &+ height &* place.height
                            &+ taps.width.lowerBound &* place.width,
                        weight: tap &* plan.sourceChannels))
            }
        }
        let target = LinearPlace(in: Box(batch: 0..<plan.batch, size: plan.target), stride: plan.targetChannels)
        return GatherKernel(
            source: view.start,
            positions: PositionTable(
                box, source: place.at(first: phase.firstSource, step: plan.sourceStep),
                target: target.at(first: phase.origin, step: phase.step)),
            runs: runs, length: taps.width.count &* plan.sourceChannels)
    }
}
