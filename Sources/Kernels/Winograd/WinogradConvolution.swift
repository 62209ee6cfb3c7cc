import Support

/// Runs a plan of 3x3x3 kernels of stride 1 by Winograd's minimal filtering F(2x2x2, 3x3x3), F(2x2x4, 3x3x3) or
/// F(2x4x4, 3x3x3), which multiplies 3.4, 4.5 or 6 times less than the definition (Lavin and Gray 2016; Budden et al.,
/// "Deep tensor convolution on multicores", 2017, for three directions).
///
/// A group of tiles is transformed, multiplied and transformed back while it stays in the second cache, a slice of the
/// tiles (a quarter of their elements) at a time.
struct WinogradConvolution<Tile: WinogradTile> {
    private let plan: ConvolutionPlan
    private let blocks: [ChannelBlock]
    private let groups: TileGroups

    /// Prepares a plan whose `winogradTileSize` is that of `Tile`.
    init(_ plan: ConvolutionPlan) {
        self.plan = plan
        blocks = ChannelBlock.blocks(of: plan.targetChannels)
        let size = Tile.size.volume
        let floats =
            (Tile.slice + 9 * size / 4) * plan.sourceChannels + size * plan.targetChannels
            + Tile.slice * blocks[0].width
        // Half of the second cache remains for the weights and for another thread of the core.
        let room = min(max(CacheSize.second, 256 << 10), 2 << 20) / (2 * MemoryLayout<Float>.stride)
        groups = TileGroups(plan, tile: Tile.size, most: max(256 / size, room / floats))
    }

    /// Computes all terms group by group, in their order: what one term leaves in the cache serves the next.
    func run(_ terms: [ConvolutionTerm]) {
        let prepared = terms.map { term in
            (
                weights: TransformedWeights<Tile>(term.weight, plan: plan, blocks: blocks),
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
        _ term: ConvolutionTerm, _ group: TileGroup, weights: TransformedWeights<Tile>, bias: UnsafePointer<Float>
    ) {
        let (tiles, source) = (group.count, plan.sourceChannels)
        // 2x4x4 tiles lose most digits: summed in two halves they lose a tenth less, for 2 % of the time.
        let termsAtATime = Tile.self == Tile244.self ? 8 : source
        let firstSource = plan.phases[0].firstSource
        let region = group.region(first: firstSource, margin: 2)
        let inputStep = DataTransform<Tile>.elementStep(tiles, channels: source)
        let inputs = Tile.slice * inputStep
        let products = Tile.slice * DataTransform<Tile>.elementStep(tiles, channels: blocks[0].width)
        Scratch.withFloats(inputs + products + region.count * source) { memory in
            let product = memory + inputs
            let data = DataTransform<Tile>(
                view: SourceView(
                    copying: region, of: term.source, size: plan.source, channels: source, transform: term.transform,
                    to: product + products),
                group: group, first: firstSource, channels: source)
            for slice in 0..<4 {
                data.transformInputs(slice: slice, to: memory)
                for block in blocks {
                    let width = block.width / 16
                    let microkernel = GEMMMicrokernel(
                        rowStep: source, sumStep: 1, terms: source, termsAtATime: termsAtATime, width: width,
                        vectorStep: width)
                    let matrices = weights.weights(slice: slice, block: block)
                    let productStep = DataTransform<Tile>.elementStep(tiles, channels: block.width)
                    for element in 0..<Tile.slice {
                        microkernel.run(
                            rows: tiles, values: memory + element &* inputStep,
                            vectors: (matrices + element &* source &* block.width).vectors,
                            result: (product + element &* productStep).vectors, adding: false)
                    }
                    if ChannelBlock.hasLongRegisters {
                        addOutputs(SIMD16<Float>.self, of: product, slice: slice, group, block, bias: bias, term)
                    } else {
                        addOutputs(SIMD8<Float>.self, of: product, slice: slice, group, block, bias: bias, term)
                    }
                }
            }
        }
    }

    /// The inverse transform of a slice of products: adds its share to both slices of the outputs that exist, the first
    /// share of each to the bias. Where there is a factor, adds twice that times the share to the target.
    @inline(__always)
    private func addOutputs<V: SIMD>(
        _: V.Type, of products: UnsafePointer<Float>, slice: Int, _ group: TileGroup, _ block: ChannelBlock,
        bias: UnsafePointer<Float>, _ term: ConvolutionTerm
    ) where V.Scalar == Float {
        let factors = F23.outputFactors(slice)
        let element = DataTransform<Tile>.elementStep(group.count, channels: block.width)
        let address = plan.targetAddress
        group.forEachRow { tile, depth, height in
            let (depth, height) = (2 &* depth, Tile.Height.outputs &* height)
            let rows = min(Tile.Height.outputs, plan.target.height &- height)
            let hasFar = depth &+ 1 < plan.target.depth
            for lane in stride(from: 0, to: block.width, by: V.scalarCount) {
                let channel = block.firstChannel &+ lane
                let start = V(at: bias + channel)
                var product = products + (tile &* block.width &+ lane)
                for width in group.width {
                    var columns = InlineArray<6, InlineArray<4, V>>(repeating: InlineArray(repeating: .zero))
                    for j in 0..<Tile.Width.values {
                        var column = InlineArray<6, V>(repeating: .zero)
                        for i in 0..<Tile.Height.values {
                            column[i] = V(at: product + (Tile.Width.values &* i &+ j) &* element)
                        }
                        columns[j] = Tile.Height.output(column)
                    }
                    let near =
                        term.target
                        + (address.row(group.volume, depth, height) &+ Tile.Width.outputs &* width &* address.width
                            &+ channel)
                    let count = min(Tile.Width.outputs, plan.target.width &- Tile.Width.outputs &* width)
                    let isWhole = count == Tile.Width.outputs && rows == Tile.Height.outputs && hasFar
                    for i in 0..<Tile.Height.outputs {
                        let line = Tile.Width.output([
                            columns[0][i], columns[1][i], columns[2][i], columns[3][i], columns[4][i], columns[5][i],
                        ])
                        let row = near + i &* address.height
                        /// Sets a whole line of outputs to `sum` of what they were and of the line of shares.
                        @inline(__always)
                        func set(_ row: UnsafeMutablePointer<Float>, to sum: (V, V) -> V) {
                            for j in 0..<Tile.Width.outputs {
                                let output = row + j &* address.width
                                sum(V(at: output), line[j]).put(at: output)
                            }
                        }
                        guard isWhole else {
                            guard i < rows else { continue }
                            if factors.0 != 0 {
                                addSome(
                                    line, times: factors.0, count: count, bias: slice == 0 ? start : nil, term,
                                    at: row, step: address.width, batch: group.volume, channel: channel)
                            }
                            if factors.1 != 0, hasFar {
                                addSome(
                                    line, times: factors.1, count: count, bias: slice == 1 ? start : nil, term,
                                    at: row + address.depth, step: address.width, batch: group.volume, channel: channel)
                            }
                            continue
                        }
                        if let factor = term.factor {
                            @inline(__always)
                            func add(to row: UnsafeMutablePointer<Float>, times sign: Float) {
                                addScaled(
                                    line, times: sign, factor, count: Tile.Width.outputs, term, at: row,
                                    step: address.width, batch: group.volume, channel: channel)
                            }
                            if factors.0 != 0 { add(to: row, times: factors.0) }
                            if factors.1 != 0 { add(to: row + address.depth, times: factors.1) }
                            continue
                        }
                        // Written out by slice, `factors` take no multiplication.
                        switch slice {
                        case 0: set(row) { start + $1 }
                        case 1:
                            set(row) { $0 + $1 }
                            set(row + address.depth) { start + $1 }
                        case 2:
                            set(row) { $0 + $1 }
                            set(row + address.depth) { $0 - $1 }
                        default: set(row + address.depth) { $0 - $1 }
                        }
                    }
                    product += block.width
                }
            }
        }
    }

    /// Adds the first `count` numbers of a line, times a sign, to the bias or the outputs so far; or, where the term
    /// has a factor, times that to the target.
    @inline(never)
    private func addSome<V: SIMD>(
        _ line: InlineArray<4, V>, times sign: Float, count: Int, bias: V?, _ term: ConvolutionTerm,
        at row: UnsafeMutablePointer<Float>, step: Int, batch: Int, channel: Int
    ) where V.Scalar == Float {
        if let factor = term.factor {
            return addScaled(
                line, times: sign, factor, count: count, term, at: row, step: step, batch: batch, channel: channel)
        }
        for j in 0..<count {
            let output = row + j &* step
            (bias ?? V(at: output)).addingProduct(line[j], V(repeating: sign)).put(at: output)
        }
    }

    /// Adds the first `count` numbers of a line, times a sign and twice the term's factor, to the target.
    @inline(__always)
    private func addScaled<V: SIMD>(
        _ line: InlineArray<4, V>, times sign: Float, _ factor: TargetFactor, count: Int, _ term: ConvolutionTerm,
        at row: UnsafeMutablePointer<Float>, step: Int, batch: Int, channel: Int
    ) where V.Scalar == Float {
        for j in 0..<count {
            let output = row + j &* step
            let scale: V = factor.vector(at: output - term.target &- channel, batch: batch, channel: channel)
            V(at: output).addingProduct(2 * sign * scale, line[j]).put(at: output)
        }
    }
}
