import Support

/// Runs a plan of 3x3x3 kernels of stride 1 by Winograd's minimal filtering F(2x2x2, 3x3x3) or F(2x2x4, 3x3x3), which
/// multiplies 3.4 or 4.5 times less than the definition (Lavin and Gray 2016; Budden et al., "Deep tensor convolution on
/// multicores", 2017, for three directions).
///
/// A group of tiles is transformed, multiplied and transformed back while it stays in the second cache, a slice of the
/// tiles, which is a quarter, at a time.
struct Winograd<Row: TileRow> {
    private let plan: GatherPlan
    private let blocks: [ChannelBlock]
    private let groups: TileGroups

    /// For a plan whose `winogradRows` these are.
    init(_ plan: GatherPlan) {
        self.plan = plan
        blocks = ChannelBlock.blocks(of: plan.targetChannels)
        let size = Row.size.volume
        let floats =
            (Row.slice + 9 * size / 4) * plan.sourceChannels + size * plan.targetChannels + Row.slice * blocks[0].width
        // The tiles of a group leave half of the second cache to the weights and to another thread of the core.
        let room = min(max(CacheSize.second, 256 << 10), 2 << 20) / (2 * MemoryLayout<Float>.stride)
        groups = TileGroups(plan, tile: Row.size, most: max(256 / size, room / floats))
    }

    /// Computes all terms group by group, in their order: what a term has left in the cache serves the next.
    func run(_ terms: [GatherTerm]) {
        let prepared = terms.map { term in
            (
                weights: TransformedWeights<Row>(term.weight, plan: plan, blocks: blocks),
                bias: plan.bias(term, blocks: blocks)
            )
        }
        ThreadPool.shared.run(groups.count) { index in
            let group = groups.group(index)
            for (term, (weights, bias)) in zip(terms, prepared) {
                run(term, group, weights: weights, bias: UnsafePointer(bias.start))
            }
        }
    }

    private func run(
        _ term: GatherTerm, _ group: TileGroup, weights: TransformedWeights<Row>, bias: UnsafePointer<Float>
    ) {
        let (tiles, source, target) = (group.count, plan.sourceChannels, plan.targetChannels)
        let firstSource = plan.phases[0].firstSource
        let region = group.box(first: firstSource, margin: 2)
        let size = Row.size.volume
        let inputStep = TileSlices<Row>.elementStep(tiles, channels: source)
        let inputs = Row.slice * inputStep
        let products = Row.slice * TileSlices<Row>.elementStep(tiles, channels: blocks[0].width)
        Scratch.withFloats(inputs + products + size * tiles * target + region.count * source) { memory in
            let (product, sums) = (memory + inputs, memory + inputs + products)
            let slices = TileSlices<Row>(
                view: SourceView(
                    copying: region, of: term.source, size: plan.source, channels: source, transform: term.transform,
                    to: sums + size * tiles * target),
                group: group, first: firstSource, channels: source)
            for slice in 0..<4 {
                slices.transformInputs(slice: slice, to: memory)
                for block in blocks {
                    let width = block.width / 16
                    let kernel = ProductKernel(
                        rowStep: source, sumStep: 1, terms: source, width: width, vectorStep: width)
                    let matrices = weights.weights(slice: slice, block: block)
                    let productStep = TileSlices<Row>.elementStep(tiles, channels: block.width)
                    for element in 0..<Row.slice {
                        kernel.run(
                            rows: tiles, values: memory + element &* inputStep,
                            vectors: (matrices + element &* source &* block.width).vectors,
                            result: (product + element &* productStep).vectors, adding: false)
                    }
                    let place = sums + size &* tiles &* block.firstChannel
                    if ChannelBlock.hasLongRegisters {
                        addOutputs(SIMD16<Float>.self, of: product, slice: slice, tiles, block.width, to: place)
                    } else {
                        addOutputs(SIMD8<Float>.self, of: product, slice: slice, tiles, block.width, to: place)
                    }
                }
            }
            for block in blocks { write(sums, group, block, bias: bias, term) }
        }
    }

    /// Transforms a slice of products back, and adds what it gives to both slices of outputs:
    /// [tile][depth][height][width][channel].
    @inline(__always)
    private func addOutputs<V: SIMD>(
        _: V.Type, of products: UnsafeMutablePointer<Float>, slice: Int, _ tiles: Int, _ width: Int,
        to sums: UnsafeMutablePointer<Float>
    ) where V.Scalar == Float {
        let factors = TileTransform.outputFactors(slice)
        let (front, back) = (V(repeating: factors.0), V(repeating: factors.1))
        let element = TileSlices<Row>.elementStep(tiles, channels: width)
        /// From one row of a tile's outputs to the next, and to the far slice.
        let (rowStep, farStep) = (Row.outputs &* width, 2 &* Row.outputs &* width)
        for tile in 0..<tiles {
            for lane in stride(from: 0, to: width, by: V.scalarCount) {
                let product = products + (tile &* width &+ lane)
                var columns = InlineArray<6, InlineArray<2, V>>(repeating: InlineArray(repeating: .zero))
                for j in 0..<Row.values {
                    columns[j] = TileTransform.output([
                        V(at: product + j &* element), V(at: product + (Row.values &+ j) &* element),
                        V(at: product + (2 &* Row.values &+ j) &* element),
                        V(at: product + (3 &* Row.values &+ j) &* element),
                    ])
                }
                let place = sums + (2 &* farStep &* tile &+ lane)
                for i in 0..<2 {
                    let line = Row.output([
                        columns[0][i], columns[1][i], columns[2][i], columns[3][i], columns[4][i], columns[5][i],
                    ])
                    for j in 0..<Row.outputs {
                        let near = place + (i &* rowStep &+ j &* width)
                        let far = near + farStep
                        // The first slice adds nothing to the far outputs, the last one nothing to the near ones.
                        if slice == 0 {
                            line[j].put(at: near)
                        } else {
                            if slice < 3 { V(at: near).addingProduct(line[j], front).put(at: near) }
                            (slice == 1 ? line[j] : V(at: far).addingProduct(line[j], back)).put(at: far)
                        }
                    }
                }
            }
        }
    }

    /// Writes the outputs of a group that exist, with their bias; or adds them times a factor.
    private func write(
        _ sums: UnsafeMutablePointer<Float>, _ group: TileGroup, _ block: ChannelBlock, bias: UnsafePointer<Float>,
        _ term: GatherTerm
    ) {
        let place = LinearPlace(in: Box(batch: 0..<plan.batch, size: plan.target), stride: plan.targetChannels)
        let target = plan.target
        let size = Row.size.volume
        let all = sums + size &* group.count &* block.firstChannel
        for lane in stride(from: 0, to: block.width, by: 16) {
            let channel = block.firstChannel &+ lane
            let offset = Vector(at: bias + channel)
            group.forEachRow { tile, depth, height in
                for corner in 0..<4 {
                    let (depth, height) = (2 &* depth &+ corner / 2, 2 &* height &+ corner % 2)
                    guard depth < target.depth, height < target.height else { continue }
                    let row = place.row(group.volume, depth, height) &+ channel
                    var sum = all + ((size &* tile &+ Row.outputs &* corner) &* block.width &+ lane)
                    for width in group.width {
                        for side in 0..<Row.outputs where Row.outputs &* width &+ side < target.width {
                            let at = row &+ (Row.outputs &* width &+ side) &* place.width
                            let value = Vector(at: sum + side &* block.width)
                            if let factor = term.factor {
                                let scale = 2 * factor.vector(at: at &- channel, channel: channel, count: 16)
                                Vector(at: term.target + at).addingProduct(scale, value).put(at: term.target + at)
                            } else {
                                (value + offset).put(at: term.target + at)
                            }
                        }
                        sum += size &* block.width
                    }
                }
            }
        }
    }
}
