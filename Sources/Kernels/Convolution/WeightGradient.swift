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
    private let part: (batch: Int, depth: Int, height: Int)
    private let parts: Size3
    /// The rows of a tap: one for each source channel, and some more for whole tiles where taps are apart.
    private let tapRows: Int
    /// The rows of all taps in whole tiles.
    private let rows: Int
    /// Target channels in whole vectors.
    private let paddedChannels: Int
    /// Sums that are kept apart, and ranges of weights that are.
    private let (sums, slices): (Int, Int)

    init(_ geometry: ConvolutionGeometry, transform: InputTransform) {
        plan = GatherPlan(forward: geometry)
        phase = plan.phases[0]
        self.transform = transform
        let isInside = plan.readsOnlySource
        skipsPadding = !isInside && plan.sourceChannels >= 4 && plan.shareInside < 0.75
        readsSource = (isInside || skipsPadding) && transform.isIdentity
        let tile = WeightGradientKernel.tile
        tapRows = skipsPadding ? (plan.sourceChannels + tile - 1) / tile * tile : plan.sourceChannels
        rows = (phase.tapCount * tapRows + tile - 1) / tile * tile
        paddedChannels = (plan.targetChannels + 15) / 16 * 16
        part = plan.part(work: rows * paddedChannels, leastPositions: 512, wholeVolumes: skipsPadding)
        parts = plan.parts(part)
        // All sums together take 16 MB at most, and few enough threads wait at the end.
        sums = max(1, min(parts.volume, 32, (1 << 22) / (rows * paddedChannels)))
        slices = max(1, min((8 + sums - 1) / sums, rows / tile))
    }

    /// Overwrites `weightGradient`.
    func run(
        source: UnsafePointer<Float>, targetGradient: UnsafePointer<Float>, weightGradient: UnsafeMutablePointer<Float>
    ) {
        let size = rows * paddedChannels
        Scratch.withFloats(sums * size) { memory in
            ThreadPool.shared.run(sums * slices) { task in
                let (sum, slice) = task.quotientAndRemainder(dividingBy: slices)
                let tiles = rows / WeightGradientKernel.tile
                addUp(
                    parts: sum * parts.volume / sums..<(sum + 1) * parts.volume / sums,
                    tiles: slice * tiles / slices..<(slice + 1) * tiles / slices, source: source,
                    targetGradient: targetGradient, sums: memory + sum * size)
            }
            unpack(memory, to: weightGradient)
        }
    }

    /// Sets the sums of some tiles of weight rows to what a range of parts contributes.
    private func addUp(
        parts range: Range<Int>, tiles: Range<Int>, source: UnsafePointer<Float>,
        targetGradient: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>
    ) {
        let tile = WeightGradientKernel.tile
        let blocks = ChannelBlock.blocks(of: plan.targetChannels)
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
                Scratch.withFloats(box.volume * 32) { memory in
                    for block in blocks {
                        pack(targetGradient, positions: box, block: block, to: memory)
                        for (kernel, tiles) in kernels {
                            kernel.run(
                                vectors: block.width / 16, gradient: memory.vectors, tiles: tiles,
                                sums: (sums + rows * block.firstChannel).mutableVectors)
                        }
                    }
                }
            }
        }
    }

    /// Copies the gradient at some positions, as many channels as the block has and zeros up to its width.
    private func pack(
        _ gradient: UnsafePointer<Float>, positions box: SourceRegion, block: ChannelBlock,
        to memory: UnsafeMutablePointer<Float>
    ) {
        let channels = plan.targetChannels
        var place = memory
        for batch in box.batch {
            for depth in box.depth {
                for height in box.height {
                    let row =
                        ((batch &* plan.target.depth &+ depth) &* plan.target.height &+ height)
                        &* plan.target.width
                    var from = gradient + (row &* channels &+ block.firstChannel)
                    for _ in box.width {
                        if block.channels == block.width {
                            for j in 0..<block.width / 16 { place.mutableVectors[j] = from.unalignedVector(16 &* j) }
                        } else {
                            place.update(from: from, count: block.channels)
                            (place + block.channels).update(repeating: 0, count: block.width &- block.channels)
                        }
                        place += block.width
                        from += channels
                    }
                }
            }
        }
    }

    /// One kernel for all taps, or one for each tap with the positions that it visits.
    private func kernels(
        _ view: SourceView, positions box: SourceRegion, tiles: Range<Int>
    ) -> [(kernel: WeightGradientKernel, tiles: Range<Int>)] {
        let offsets = offsets(view)
        let all = Size3(phase.depth.taps.count, phase.height.taps.count, phase.width.taps.count)
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
        let stride = view.stride
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
        _ view: SourceView, positions box: SourceRegion, offsets: [Int], tap: Size3?
    ) -> WeightGradientKernel {
        func meets(_ j: Int, _ axis: KeyPath<GatherPhase, AxisPhase>, _ path: KeyPath<Size3, Int>) -> Bool {
            guard let tap else { return true }
            let place = j * plan.sourceStep[keyPath: path] + phase[keyPath: axis].firstSource + tap[keyPath: path]
            return place >= 0 && place < plan.source[keyPath: path]
        }
        let widths = box.width.filter { meets($0, \.width, \.width) }
        let heights = box.height.filter { meets($0, \.height, \.height) }
        let depths = box.depth.filter { meets($0, \.depth, \.depth) }
        var positions: [Int] = []
        var numbers: [Int] = []
        let count = box.batch.count * depths.count * heights.count * widths.count
        positions.reserveCapacity(count)
        numbers.reserveCapacity(count)
        for batch in box.batch {
            for depth in depths {
                for height in heights {
                    let row =
                        (((batch &- box.batch.lowerBound) &* box.depth.count &+ depth &- box.depth.lowerBound)
                            &* box.height.count &+ height &- box.height.lowerBound) &* box.width.count
                    let first = view.offset(
                        batch: batch, depth: depth &* plan.sourceStep.depth &+ phase.depth.firstSource,
                        height: height &* plan.sourceStep.height &+ phase.height.firstSource,
                        width: phase.width.firstSource)
                    for width in widths {
                        positions.append(first &+ width &* plan.sourceStep.width &* view.channels)
                        numbers.append(row &+ width)
                    }
                }
            }
        }
        return WeightGradientKernel(source: view.start, positions: positions, rows: numbers, offsets: offsets)
    }

    /// Adds up the sums and writes them in the order of the weights.
    private func unpack(_ memory: UnsafePointer<Float>, to weightGradient: UnsafeMutablePointer<Float>) {
        let blocks = ChannelBlock.blocks(of: plan.targetChannels)
        let (channels, taps) = (plan.sourceChannels, phase.tapCount)
        let chunk = max(1, 4096 / taps)
        let chunks = (channels + chunk - 1) / chunk
        ThreadPool.shared.run(blocks.count * chunks) { task in
            let block = blocks[task / chunks]
            let first = task % chunks * chunk
            for channel in first..<min(first + chunk, channels) {
                for tap in 0..<taps {
                    let row = memory + rows * block.firstChannel + (tap &* tapRows &+ channel) &* block.width
                    for j in 0..<block.width / 16 {
                        var total = Vector.zero
                        for sum in 0..<sums {
                            total += (row + sum &* (rows &* paddedChannels)).unalignedVector(16 &* j)
                        }
                        let place = weightGradient + (channel &* plan.weightStride.source &+ tap)
                        for lane in 0..<min(16, block.channels &- 16 &* j) {
                            place[(block.firstChannel &+ 16 &* j &+ lane) &* plan.weightStride.target] = total[lane]
                        }
                    }
                }
            }
        }
    }
}
