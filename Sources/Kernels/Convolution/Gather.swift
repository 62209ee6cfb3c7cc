import Support

/// Source values, weights, and where their sums go.
struct GatherTerm {
    let source: UnsafePointer<Float>
    var transform = InputTransform.identity
    let weight: WeightSource
    var bias: UnsafePointer<Float>?
    let target: UnsafeMutablePointer<Float>
    /// If there is one, 2 factor times the sums is added to the target; otherwise the sums overwrite it.
    var factor: GatherFactor?
}

/// A number for each target value, transformed as it is read.
struct GatherFactor {
    let values: UnsafePointer<Float>
    let transform: InputTransform
    let channels: Int
    /// The numbers of a volume.
    let volume: Int

    /// As many numbers as the vector has, from `channel` on, of the position of a volume that begins at `place`.
    @inline(__always)
    func vector<V: SIMD>(at place: Int, batch: Int, channel: Int) -> V where V.Scalar == Float {
        let count = V.scalarCount
        let vector = vector(at: place, batch: batch, channel: channel, count: count)
        if count == 16 { return unsafeBitCast(vector, to: V.self) }
        return unsafeBitCast(vector.lowHalf, to: V.self)
    }

    /// The numbers of `count` channels, up to 16, of the position that begins at `place`; and zeros.
    @inline(__always)
    func vector(at place: Int, channel: Int, count: Int) -> Vector {
        vector(at: place, batch: place / volume, channel: channel, count: count)
    }

    @inline(__always)
    private func vector(at place: Int, batch: Int, channel: Int, count: Int) -> Vector {
        let vector = (values + (place &+ channel)).vector(count: count)
        if transform.isIdentity { return vector }
        return transform(vector, batch: batch, channel: channel, channels: channels, count: count)
    }
}

/// Runs a plan: cuts the target into tasks, copies the source of each with its padding, and calls the kernel.
struct Gather {
    private static let positionsAtATime = 4 * PositionTable.padding
    private static let leastPositions = 48

    let plan: GatherPlan
    /// Whether each target position visits only the taps that do not meet padding. Then the positions of a tile are the
    /// same place of several volumes.
    private let skipsPadding: Bool
    /// Whether the kernel can read the source where it is, unless that is transformed.
    private let readsSource: Bool
    /// What one task computes: volumes, and rows of a phase.
    private let part: Extent
    private let blocks: [ChannelBlock]
    /// The blocks of one task.
    private let blocksPerTask: Int

    init(_ plan: GatherPlan) {
        self.plan = plan
        let isInside = plan.readsOnlySource
        let share = isInside ? 1 : plan.shareInside
        let tiles = (plan.batch + PositionTable.tile - 1) / PositionTable.tile * PositionTable.tile
        skipsPadding = share * Double(tiles) < 0.75 * Double(plan.batch)
        readsSource = isInside || skipsPadding
        // Vectors along many source channels beat vectors along few target channels.
        blocks =
            plan.targetChannels <= 4 && plan.sourceChannels >= 16
            ? ChannelBlock.singles(of: plan.targetChannels) : ChannelBlock.blocks(of: plan.targetChannels)
        let rows = Double(plan.phases.reduce(0) { $0 + $1.tapCount } * plan.sourceChannels) * (skipsPadding ? share : 1)
        // Where positions are few, the blocks are shared out as well.
        let isSmall = plan.batch * plan.counts.volume < 8 * Self.leastPositions
        blocksPerTask = max(1, isSmall ? blocks.count / 4 : blocks.count)
        let width = blocks.prefix(blocksPerTask).reduce(0) { $0 + $1.width }
        part = plan.part(work: rows * Double(width), leastPositions: Self.leastPositions, wholeVolumes: skipsPadding)
    }

    /// Computes all terms part by part, in their order: a part that a term has left in the cache serves the next.
    func run(_ terms: [GatherTerm]) {
        let prepared = terms.map { term in
            (weights: PackedWeights(term.weight, plan: plan, blocks: blocks), bias: plan.bias(term, blocks: blocks))
        }
        let groups = (blocks.count + blocksPerTask - 1) / blocksPerTask
        let parts = plan.parts(part)
        ThreadPool.shared.run(groups * parts.count) { task in
            let (group, index) = task.quotientAndRemainder(dividingBy: parts.count)
            let box = plan.box(index, of: parts, part: part)
            let some = blocks[group * blocksPerTask..<min((group + 1) * blocksPerTask, blocks.count)]
            for (term, (weights, bias)) in zip(terms, prepared) {
                plan.withView(
                    of: term.source, positions: box, transform: term.transform,
                    readsSource: readsSource && term.transform.isIdentity, whole: skipsPadding
                ) { view in
                    run(term, view, weights: weights, bias: UnsafePointer(bias.start), blocks: some, positions: box)
                }
            }
        }
    }

    private func run(
        _ term: GatherTerm, _ view: SourceView, weights: PackedWeights, bias: UnsafePointer<Float>,
        blocks: ArraySlice<ChannelBlock>, positions box: Box
    ) {
        for (index, phase) in plan.phases.enumerated() {
            let box = Box(
                batch: box.batch, depth: box.depth.clamped(to: 0..<phase.depth.count),
                height: box.height.clamped(to: 0..<phase.height.count),
                width: box.width.clamped(to: 0..<phase.width.count))
            for kernel in kernels(view, phase: phase, positions: box) {
                let parts = kernel.runParts(width: blocks.first?.width ?? 1)
                for first in stride(from: 0, to: kernel.positions.count, by: Self.positionsAtATime) {
                    let range = first..<min(first &+ Self.positionsAtATime, kernel.positions.count)
                    for part in parts {
                        for block in blocks {
                            kernel.run(
                                block, positions: range, runs: part, continues: part.lowerBound > 0,
                                weights: weights.weights(phase: index, block: block), bias: bias + block.firstChannel,
                                target: term.target, factor: term.factor)
                        }
                    }
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

extension GatherPlan {
    /// The bias of a term, or zeros, for all channels of `blocks`.
    func bias(_ term: GatherTerm, blocks: [ChannelBlock]) -> Scratch.Floats {
        let floats = Scratch.Floats(count: blocks.reduce(0) { $0 &+ $1.width })
        floats.start.update(repeating: 0, count: floats.count)
        if let bias = term.bias { floats.start.update(from: bias, count: targetChannels) }
        return floats
    }

    /// Computes all terms in the way that is fastest for the plan.
    func run(_ terms: [GatherTerm]) {
        // Nothing is asked for, and nothing has no parts; of kernels of size 1 the batch is among the positions.
        guard batch > 0, target.volume > 0 else { return }
        switch winogradTiles {
        case .short: Winograd<ShortTile>(self).run(terms)
        case .long: Winograd<LongTile>(self).run(terms)
        case .wide: Winograd<WideTile>(self).run(terms)
        case nil: Gather(self).run(terms)
        }
    }
}
