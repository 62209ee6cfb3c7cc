import Support

/// The gradient of a convolution with respect to its weights, as the definition says: cuts the positions into parts,
/// makes several sums over parts side by side, and adds up the sums.
struct DirectWeightGradient {
    private let plan: ConvolutionPlan
    private let phase: ConvolutionPhase
    private let transform: InputTransform
    /// Whether positions at which a tap meets padding are left out.
    private let skipsPadding: Bool
    private let readsSource: Bool
    /// The positions whose source is copied at a time, and the number of such parts.
    private let part: Extent
    private let parts: Extent
    /// The rows of a tap: one for each source channel, in whole tiles where each tap has positions of its own.
    private let tapRows: Int
    /// The rows of all taps in whole tiles.
    private let rows: Int
    /// The target channels, rounded up to whole vectors.
    private let paddedChannels: Int
    private let blocks: [ChannelBlock]
    /// The sums that are made side by side; where they are fewer than eight, each is cut into tasks by target channels
    /// and weight rows.
    private let (sums, blockSlices, tileSlices): (Int, Int, Int)

    init(_ plan: ConvolutionPlan, transform: InputTransform) {
        self.plan = plan
        phase = plan.phases[0]
        self.transform = transform
        let isInside = plan.readsOnlySource
        let share = isInside ? 1 : plan.shareInside
        skipsPadding = plan.sourceChannels >= 4 && share < 0.75
        readsSource = (isInside || skipsPadding) && transform.isIdentity
        let tile = WeightGradientMicrokernel.tile
        tapRows = skipsPadding ? plan.sourceChannels.pieces(of: tile) * tile : plan.sourceChannels
        rows = (phase.tapCount * tapRows).pieces(of: tile) * tile
        blocks = ChannelBlock.blocks(of: plan.targetChannels)
        paddedChannels = plan.targetChannels.pieces(of: 16) * 16
        part = plan.part(
            work: Double(rows * paddedChannels) * (skipsPadding ? share : 1), leastPositions: 512,
            wholeVolumes: skipsPadding)
        parts = plan.parts(part)
        // At most 16 MB for all sums, and at most 16 sums to add up at the end.
        sums = max(1, min(parts.count, 16, (1 << 22) / (rows * paddedChannels)))
        let isLong = Double(rows * paddedChannels) * Double(parts.count * part.count) > 2e6
        let slices = isLong ? 8.pieces(of: sums) : 1
        blockSlices = min(slices, blocks.count)
        tileSlices = min(slices.pieces(of: blockSlices), rows / tile)
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
                    tiles: cut(rows / WeightGradientMicrokernel.tile, slice % tileSlices, of: tileSlices),
                    source: source,
                    targetGradient: targetGradient, sums: memory + sum * size)
            }
            PackedWeightGradient(plan: plan, blocks: blocks, tapRows: tapRows, rows: rows)
                .unpack(memory, sums: sums, step: size, to: weightGradient)
        }
    }

    /// Sets the sums of some tiles of weight rows to what a range of parts contributes.
    private func addUp(
        parts range: Range<Int>, blocks: ArraySlice<ChannelBlock>, tiles: Range<Int>, source: UnsafePointer<Float>,
        targetGradient: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>
    ) {
        let tile = WeightGradientMicrokernel.tile
        for block in blocks {
            (sums + rows * block.firstChannel + tiles.lowerBound * tile * block.width)
                .update(repeating: 0, count: tiles.count * tile * block.width)
        }
        for index in range where !Interrupt.isRequested {
            let region = plan.region(index, of: parts, part: part)
            plan.withView(
                of: source, positions: region, transform: transform, readsSource: readsSource, whole: skipsPadding
            ) { view in
                let microkernels = microkernels(view, positions: region, tiles: tiles)
                Scratch.withFloats(region.count * 32) { memory in
                    for block in blocks {
                        pack(targetGradient, positions: region, block: block, to: memory)
                        for (microkernel, tiles) in microkernels {
                            microkernel.run(
                                width: block.width, gradient: UnsafePointer(memory.vectors), tiles: tiles,
                                sums: (sums + rows * block.firstChannel).vectors)
                        }
                    }
                }
            }
        }
    }

    /// Copies the gradient of a block's channels at some positions, with zeros for channels that do not exist.
    private func pack(
        _ gradient: UnsafePointer<Float>, positions: Region, block: ChannelBlock,
        to memory: UnsafeMutablePointer<Float>
    ) {
        let address = plan.targetAddress
        let (width, channels) = (block.width, block.channels)
        if channels < width { memory.update(repeating: 0, count: positions.count &* width) }
        var target = memory
        positions.forEachRow { batch, depth, height in
            let first = address.row(batch, depth, height) &+ positions.width.lowerBound &* address.width
            var values = gradient + (first &+ block.firstChannel)
            for _ in 0..<positions.width.count {
                if channels == 32 {
                    target.vectors[0] = Vector(at: values)
                    target.vectors[1] = Vector(at: values + 16)
                } else if channels == 16 {
                    target.vectors[0] = Vector(at: values)
                } else {
                    for channel in 0..<channels { target[channel] = values[channel] }
                }
                target += width
                values += address.width
            }
        }
    }

    /// One microkernel for all taps, or one for each tap with the positions at which it does not meet padding; and the
    /// tiles of weight rows that each computes.
    private func microkernels(
        _ view: SourceView, positions: Region, tiles: Range<Int>
    ) -> [(microkernel: WeightGradientMicrokernel, tiles: Range<Int>)] {
        let offsets = offsets(view)
        let all = phase.tapSize
        guard skipsPadding else {
            return [(microkernel(view, positions: positions, offsets: offsets, tap: nil), tiles)]
        }
        let tapTiles = tapRows / WeightGradientMicrokernel.tile
        return (0..<all.volume).compactMap { tap in
            let tiles = (tap * tapTiles..<(tap + 1) * tapTiles).clamped(to: tiles)
            guard !tiles.isEmpty else { return nil }
            return (microkernel(view, positions: positions, offsets: offsets, tap: all.position(tap)), tiles)
        }
    }

    /// The offsets of all weight rows' source values.
    private func offsets(_ view: SourceView) -> [Int] {
        let address = view.address
        var offsets: [Int] = []
        offsets.reserveCapacity(rows)
        for number in 0..<phase.tapCount {
            let tap = phase.tapSize.position(number)
            let offset = tap.depth &* address.depth &+ tap.height &* address.height &+ tap.width &* address.width
            for channel in 0..<tapRows { offsets.append(offset &+ min(channel, plan.sourceChannels &- 1)) }
        }
        while offsets.count < rows { offsets.append(offsets[0]) }
        return offsets
    }

    private func microkernel(
        _ view: SourceView, positions: Region, offsets: [Int], tap: Size3?
    ) -> WeightGradientMicrokernel {
        var visited = positions
        if let tap {
            visited.depth = phase.depth.positions(meeting: tap.depth)
            visited.height = phase.height.positions(meeting: tap.height)
            visited.width = phase.width.positions(meeting: tap.width)
        }
        return WeightGradientMicrokernel(
            source: view.start,
            positions: OffsetTable(
                visited, source: view.address.at(first: phase.firstSource, step: plan.sourceStep),
                target: StridedAddress(in: positions, stride: 1)),
            offsets: offsets)
    }
}
