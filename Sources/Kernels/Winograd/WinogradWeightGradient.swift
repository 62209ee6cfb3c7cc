import Support

/// The gradient of the weights of a 3x3x3 convolution of stride 1 by Winograd's minimal filtering: that of the
/// transformed weights is a sum over tiles of transformed inputs times transformed gradients (Lavin and Gray 2016).
struct WinogradWeightGradient<Tile: WinogradTile> {
    private let plan: ConvolutionPlan
    private let layout: TransformedWeightLayout<Tile>
    private let transform: InputTransform
    private let blocks: [ChannelBlock]
    private let groups: TileGroups
    /// The sums that are made side by side, and the number of tasks into which each is cut by slices of the tile.
    private let (sums, slices): (Int, Int)

    /// Prepares a plan whose `winogradGradientTileSize` is that of `Tile`.
    init(_ plan: ConvolutionPlan, transform: InputTransform) {
        self.plan = plan
        layout = TransformedWeightLayout(plan)
        self.transform = transform
        blocks = ChannelBlock.blocks(of: plan.targetChannels)
        let size = Tile.size.volume
        groups = TileGroups(
            plan, tile: Tile.size,
            most: max(256, min(512, 32768 / (plan.sourceChannels + plan.targetChannels))) / size)
        // The cuts decide the order of additions, so they must not depend on this machine's caches: all sums together
        // take 3 MB at most. Where they are few, each slice of them is a task.
        sums = max(1, min(groups.count, 16, (3 << 18) / layout.count))
        slices = sums < 8 ? 4 : 1
    }

    /// Overwrites `weightGradient`.
    func run(
        source: UnsafePointer<Float>, targetGradient: UnsafePointer<Float>, weightGradient: UnsafeMutablePointer<Float>
    ) {
        let size = layout.count
        Scratch.withFloats(sums * size) { memory in
            ThreadPool.shared.run(sums * slices) { task in
                let (sum, slice) = task.quotientAndRemainder(dividingBy: slices)
                addUp(
                    groups: sum * groups.count / sums..<(sum + 1) * groups.count / sums,
                    slices: slice * 4 / slices..<(slice + 1) * 4 / slices, source: source,
                    targetGradient: targetGradient, sums: memory + sum * size)
            }
            KernelBlock.forEach(plan, blocks: blocks) { transpose, block, source, kernels in
                for lane in stride(from: 0, to: block.width, by: 16) {
                    transformBack(memory, size: size, block, source: source, lane: lane, to: kernels)
                }
                transpose.write(to: weightGradient, block: block) { tap, _, lane in
                    HalfVector(at: kernels.tap(tap) + lane)
                }
            }
        }
    }

    /// Sets some slices of the sums to what a range of groups contributes.
    private func addUp(
        groups range: Range<Int>, slices: Range<Int>, source values: UnsafePointer<Float>,
        targetGradient: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>
    ) {
        let (source, target) = (plan.sourceChannels, plan.targetChannels)
        let most = groups.group.volume
        let region = Size3(
            2 &* groups.group.depth &+ 2, Tile.Height.outputs &* groups.group.height &+ 2,
            Tile.Width.outputs &* groups.group.width &+ 2)
        let sizes = (
            input: Tile.slice &* DataTransform<Tile>.elementStep(most, channels: source),
            gradient: Tile.slice &* DataTransform<Tile>.elementStep(most, channels: target),
            region: region.volume &* source,
            output: Tile.size.volume &* most &* target
        )
        Scratch.withFloats(sizes.input + sizes.gradient + sizes.region + sizes.output) { memory in
            let gradients = memory + sizes.input
            let copies = (gradients + sizes.gradient, gradients + sizes.gradient + sizes.region)
            for index in range where !Interrupt.isRequested {
                let group = groups.group(index)
                let firstSource = plan.phases[0].firstSource
                let inputs = DataTransform<Tile>(
                    view: SourceView(
                        copying: group.region(first: firstSource, margin: 2), of: values, size: plan.source,
                        channels: source, transform: transform, to: copies.0),
                    group: group, first: firstSource, channels: source)
                let outputs = DataTransform<Tile>(
                    view: SourceView(
                        copying: group.region(), of: targetGradient, size: plan.target, channels: target,
                        transform: .identity, to: copies.1),
                    group: group, first: Size3(0), channels: target)
                for slice in slices {
                    inputs.transformInputs(slice: slice, to: memory)
                    outputs.transformOutputGradients(slice: slice, to: gradients)
                    for block in blocks {
                        multiply(
                            memory, gradients + block.firstChannel, group.count, block: block,
                            sums: sums + layout.offset(slice: slice, block), adding: index > range.lowerBound)
                    }
                }
            }
        }
    }

    /// Sets, or adds to, the sums over all tiles of the products of one slice.
    private func multiply(
        _ inputs: UnsafePointer<Float>, _ gradients: UnsafePointer<Float>, _ tiles: Int, block: ChannelBlock,
        sums: UnsafeMutablePointer<Float>, adding: Bool
    ) {
        let (source, target) = (plan.sourceChannels, plan.targetChannels)
        let microkernel = GEMMMicrokernel(
            rowStep: 1, sumStep: source, terms: tiles, termsAtATime: tiles, width: block.width / 16,
            vectorStep: target / 16)
        let steps = (
            input: DataTransform<Tile>.elementStep(tiles, channels: source),
            gradient: DataTransform<Tile>.elementStep(tiles, channels: target)
        )
        for element in 0..<Tile.slice {
            microkernel.run(
                rows: source, values: inputs + element &* steps.input,
                vectors: (gradients + element &* steps.gradient).vectors,
                result: (sums + element &* source &* block.width).vectors, adding: adding)
        }
    }

    /// Adds up the sums of one source channel and sixteen target channels, and transforms them back.
    private func transformBack(
        _ memory: UnsafeMutablePointer<Float>, size: Int, _ block: ChannelBlock, source: Int, lane: Int,
        to kernels: KernelBlock
    ) {
        let offset = source &* block.width &+ lane
        let row = layout.elementStep(block)
        for slice in 0..<4 {
            var lines = InlineArray<6, InlineArray<3, Vector>>(repeating: InlineArray(repeating: .zero))
            for height in 0..<Tile.Height.values {
                var line = InlineArray<6, Vector>(repeating: .zero)
                for width in 0..<Tile.Width.values {
                    let element = Tile.Width.values &* height &+ width
                    let addends = memory + (layout.offset(slice: slice, block) &+ element &* row &+ offset)
                    for sum in 0..<sums { line[width] += Vector(at: addends + sum &* size) }
                }
                lines[height] = Tile.Width.weightGradient(line)
            }
            for width in 0..<3 {
                let across = Tile.Height.weightGradient([
                    lines[0][width], lines[1][width], lines[2][width], lines[3][width], lines[4][width],
                    lines[5][width],
                ])
                for height in 0..<3 { across[height].put(at: kernels.sliced(slice, 3 &* height &+ width) + lane) }
            }
        }
        for tap in 0..<9 {
            let along = F23.weightGradient([
                Vector(at: kernels.sliced(0, tap) + lane), Vector(at: kernels.sliced(1, tap) + lane),
                Vector(at: kernels.sliced(2, tap) + lane), Vector(at: kernels.sliced(3, tap) + lane), .zero,
                .zero,
            ])
            for depth in 0..<3 { along[depth].put(at: kernels.row(9 &* depth &+ tap) + lane) }
        }
    }
}
