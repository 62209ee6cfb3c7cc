import Support

/// The gradient of a convolution with respect to its weights: cuts the positions into parts, sums each part's products
/// apart, and adds up the sums.
struct WeightGradient {
    private let plan: GatherPlan
    private let phase: GatherPhase
    private let transform: InputTransform
    /// Whether each tap visits only the positions at which it does not meet padding.
    private let skipsPadding: Bool
    private let readsSource: Bool
    /// The positions that are prepared at a time: volumes, and rows of a volume.
    private let part: Extent
    private let parts: Extent
    /// The rows of a tap: one for each source channel, and some more for whole tiles where taps are apart.
    private let tapRows: Int
    /// The rows of all taps in whole tiles.
    private let rows: Int
    /// Target channels in whole vectors.
    private let paddedChannels: Int
    private let blocks: [ChannelBlock]
    /// Sums that are kept apart; and where those are few, the ranges of target channels and of weight rows that are.
    private let (sums, blockSlices, tileSlices): (Int, Int, Int)

    init(_ plan: GatherPlan, transform: InputTransform) {
        self.plan = plan
        phase = plan.phases[0]
        self.transform = transform
        let isInside = plan.readsOnlySource
        let share = isInside ? 1 : plan.shareInside
        skipsPadding = plan.sourceChannels >= 4 && share < 0.75
        readsSource = (isInside || skipsPadding) && transform.isIdentity
        let tile = WeightGradientKernel.tile
        tapRows = skipsPadding ? (plan.sourceChannels + tile - 1) / tile * tile : plan.sourceChannels
        rows = (phase.tapCount * tapRows + tile - 1) / tile * tile
        blocks = ChannelBlock.blocks(of: plan.targetChannels)
        paddedChannels = (plan.targetChannels + 15) / 16 * 16
        part = plan.part(
            work: Double(rows * paddedChannels) * (skipsPadding ? share : 1), leastPositions: 512,
            wholeVolumes: skipsPadding)
        parts = plan.parts(part)
        // All sums together take 16 MB at most, and few enough threads wait at the end.
        sums = max(1, min(parts.count, 16, (1 << 22) / (rows * paddedChannels)))
        let isLong = Double(rows * paddedChannels) * Double(parts.count * part.count) > 2e6
        let slices = isLong ? (8 + sums - 1) / sums : 1
        blockSlices = min(slices, blocks.count)
        tileSlices = min((slices + blockSlices - 1) / blockSlices, rows / tile)
    }

    /// Overwrites `weightGradient`.
    func run(
        source: UnsafePointer<Float>, targetGradient: UnsafePointer<Float>, weightGradient: UnsafeMutablePointer<Float>
    ) {
        func cut(_ count: Int, _ index: Int, of pieces: Int) -> Range<Int> {
            index * count / pieces..<(index + 1) * count / pieces
        }
        let size = rows * paddedChannels
        Scratch.withFloats(sums * size) { memory in
            ThreadPool.shared.run(sums * blockSlices * tileSlices) { task in
                let (sum, slice) = task.quotientAndRemainder(dividingBy: blockSlices * tileSlices)
                addUp(
                    parts: cut(parts.count, sum, of: sums),
                    blocks: blocks[cut(blocks.count, slice / tileSlices, of: blockSlices)],
                    tiles: cut(rows / WeightGradientKernel.tile, slice % tileSlices, of: tileSlices), source: source,
                    targetGradient: targetGradient, sums: memory + sum * size)
            }
            WeightRows(plan: plan, blocks: blocks, tapRows: tapRows, rows: rows)
                .unpack(memory, sums: sums, step: size, to: weightGradient)
        }
    }

    /// Sets the sums of some tiles of weight rows to what a range of parts contributes.
    private func addUp(
        parts range: Range<Int>, blocks: ArraySlice<ChannelBlock>, tiles: Range<Int>, source: UnsafePointer<Float>,
        targetGradient: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>
    ) {
        let tile = WeightGradientKernel.tile
        for block in blocks {
            (sums + rows * block.firstChannel + tiles.lowerBound * tile * block.width)
                .update(repeating: 0, count: tiles.count * tile * block.width)
        }
        for index in range where !Interrupt.isRequested {
            let box = plan.box(index, of: parts, part: part)
            plan.withView(
                of: source, positions: box, transform: transform, readsSource: readsSource, whole: skipsPadding
            ) { view in
                let kernels = kernels(view, positions: box, tiles: tiles)
                Scratch.withFloats(box.count * 32) { memory in
                    for block in blocks {
                        pack(targetGradient, positions: box, block: block, to: memory)
                        for (kernel, tiles) in kernels {
                            kernel.run(
                                width: block.width, gradient: UnsafePointer(memory.vectors), tiles: tiles,
                                sums: (sums + rows * block.firstChannel).vectors)
                        }
                    }
                }
            }
        }
    }

    /// Copies the gradient at some positions, as many channels as the block has and zeros up to its width.
    private func pack(
        _ gradient: UnsafePointer<Float>, positions box: Box, block: ChannelBlock,
        to memory: UnsafeMutablePointer<Float>
    ) {
        let from = LinearPlace(in: Box(batch: 0..<plan.batch, size: plan.target), stride: plan.targetChannels)
        let (width, channels) = (block.width, block.channels)
        if channels < width { memory.update(repeating: 0, count: box.count &* width) }
        var place = memory
        for batch in box.batch {
            for depth in box.depth {
                for height in box.height {
                    let first = from.row(batch, depth, height) &+ box.width.lowerBound &* from.width
                    var values = gradient + (first &+ block.firstChannel)
                    for _ in 0..<box.width.count {
                        if channels == 32 {
                            place.vectors[0] = values.unalignedVector(0)
                            place.vectors[1] = values.unalignedVector(16)
                        } else if channels == 16 {
                            place.vectors[0] = values.unalignedVector(0)
                        } else {
                            for channel in 0..<channels { place[channel] = values[channel] }
                        }
                        place += width
                        values += from.width
                    }
                }
            }
        }
    }

    /// One kernel for all taps, or one for each tap with the positions that it visits.
    private func kernels(
        _ view: SourceView, positions box: Box, tiles: Range<Int>
    ) -> [(kernel: WeightGradientKernel, tiles: Range<Int>)] {
        let offsets = offsets(view)
        let all = phase.tapSize
        guard skipsPadding else {
            return [(kernel(view, positions: box, offsets: offsets, tap: nil), tiles)]
        }
        let tapTiles = tapRows / WeightGradientKernel.tile
        return (0..<all.volume).compactMap { tap in
            let tiles = (tap * tapTiles..<(tap + 1) * tapTiles).clamped(to: tiles)
            guard !tiles.isEmpty else { return nil }
            let place = Size3(tap / (all.height * all.width), tap / all.width % all.height, tap % all.width)
            return (kernel(view, positions: box, offsets: offsets, tap: place), tiles)
        }
    }

    /// The places of all weight rows' source values.
    private func offsets(_ view: SourceView) -> [Int] {
        let stride = view.place
        var offsets: [Int] = []
        offsets.reserveCapacity(rows)
        for depth in phase.depth.taps.indices {
            for height in phase.height.taps.indices {
                for width in phase.width.taps.indices {
                    let place = depth &* stride.depth &+ height &* stride.height &+ width &* stride.width
                    for channel in 0..<tapRows { offsets.append(place &+ min(channel, plan.sourceChannels &- 1)) }
                }
            }
        }
        while offsets.count < rows { offsets.append(offsets[0]) }
        return offsets
    }

    private func kernel(
        _ view: SourceView, positions box: Box, offsets: [Int], tap: Size3?
    ) -> WeightGradientKernel {
        var visited = box
        if let tap {
            visited.depth = phase.depth.positions(
                meeting: tap.depth, sourceStep: plan.sourceStep.depth, sourceLength: plan.source.depth)
            visited.height = phase.height.positions(
                meeting: tap.height, sourceStep: plan.sourceStep.height, sourceLength: plan.source.height)
            visited.width = phase.width.positions(
                meeting: tap.width, sourceStep: plan.sourceStep.width, sourceLength: plan.source.width)
        }
        return WeightGradientKernel(
            source: view.start,
            positions: PositionTable(
                visited, source: view.place.at(first: phase.firstSource, step: plan.sourceStep),
                target: LinearPlace(in: box, stride: 1)),
            offsets: offsets)
    }
}
