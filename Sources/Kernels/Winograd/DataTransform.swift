/// The data transform of a group of tiles, a slice of the tiles at a time.
struct DataTransform<Tile: WinogradTile> {
    /// The copied source values, padding included.
    let view: SourceView
    let group: TileGroup
    /// The position of the first value of the volume's first tile.
    let first: Size3
    let channels: Int

    /// The floats from one element of all tiles to the next: a cache line more than they need, because at steps of a
    /// power of two all elements would compete for the same lines of the cache.
    static func elementStep(_ tiles: Int, channels: Int) -> Int { tiles &* channels &+ 16 }

    private var element: Int { Self.elementStep(group.count, channels: channels) }

    /// Writes slice `index` of Bᵀ d for every tile: [element][tile][channel].
    func transformInputs(slice index: Int, to target: UnsafeMutablePointer<Float>) {
        if ChannelBlock.hasLongRegisters {
            inputs(SIMD16<Float>.self, index, target)
        } else {
            inputs(SIMD8<Float>.self, index, target)
        }
    }

    /// Writes slice `index` of A y for every tile: [element][tile][channel].
    func transformOutputGradients(slice index: Int, to target: UnsafeMutablePointer<Float>) {
        if ChannelBlock.hasLongRegisters {
            outputGradients(SIMD16<Float>.self, index, target)
        } else {
            outputGradients(SIMD8<Float>.self, index, target)
        }
    }

    @inline(__always)
    private func start(_ depth: Int, _ height: Int) -> UnsafePointer<Float> {
        view.start
            + (view.address.row(group.volume, first.depth &+ 2 &* depth, first.height &+ Tile.Height.outputs &* height)
                &+ (first.width &+ Tile.Width.outputs &* group.width.lowerBound) &* channels)
    }

    @inline(__always)
    private func inputs<V: SIMD>(_: V.Type, _ index: Int, _ target: UnsafeMutablePointer<Float>)
    where V.Scalar == Float {
        let slices = F23.inputSlices(index)
        let sign = V(repeating: slices.sign)
        let (element, height) = (element, view.address.height)
        group.forEachRow { tile, depth, row in
            let begin = start(depth, row)
            for channel in stride(from: 0, to: channels, by: V.scalarCount) {
                let (a, b) = (
                    begin + (slices.first &* view.address.depth &+ channel),
                    begin + (slices.second &* view.address.depth &+ channel)
                )
                /// One column of values, transformed along depth and height; neighbouring tiles share two columns.
                @inline(__always)
                func column(_ width: Int) -> InlineArray<6, V> {
                    var values = InlineArray<6, V>(repeating: .zero)
                    for i in 0..<Tile.Height.values {
                        let offset = i &* height &+ width &* channels
                        values[i] = V(at: a + offset).addingProduct(V(at: b + offset), sign)
                    }
                    return Tile.Height.input(values)
                }
                var columns = InlineArray<6, InlineArray<6, V>>(repeating: InlineArray(repeating: .zero))
                for j in 0..<2 { columns[j] = column(j) }
                var output = target + (tile &* channels &+ channel)
                for width in 0..<group.width.count {
                    for j in 2..<Tile.Width.values { columns[j] = column(Tile.Width.outputs &* width &+ j) }
                    for i in 0..<Tile.Height.values {
                        let line = Tile.Width.input([
                            columns[0][i], columns[1][i], columns[2][i], columns[3][i], columns[4][i], columns[5][i],
                        ])
                        for j in 0..<Tile.Width.values {
                            line[j].put(at: output + (Tile.Width.values &* i &+ j) &* element)
                        }
                    }
                    for j in 0..<2 { columns[j] = columns[Tile.Width.outputs &+ j] }
                    output += channels
                }
            }
        }
    }

    @inline(__always)
    private func outputGradients<V: SIMD>(_: V.Type, _ index: Int, _ target: UnsafeMutablePointer<Float>)
    where V.Scalar == Float {
        let factors = F23.outputFactors(index)
        let (front, back) = (V(repeating: factors.0), V(repeating: factors.1))
        let (element, depth, height) = (element, view.address.depth, view.address.height)
        group.forEachRow { tile, slice, row in
            let begin = start(slice, row)
            for width in 0..<group.width.count {
                for channel in stride(from: 0, to: channels, by: V.scalarCount) {
                    let values = begin + (Tile.Width.outputs &* width &* channels &+ channel)
                    var columns = InlineArray<4, InlineArray<6, V>>(repeating: InlineArray(repeating: .zero))
                    for j in 0..<Tile.Width.outputs {
                        var column = InlineArray<4, V>(repeating: .zero)
                        for i in 0..<Tile.Height.outputs {
                            let value = values + (j &* channels &+ i &* height)
                            column[i] = (V(at: value) * front).addingProduct(V(at: value + depth), back)
                        }
                        columns[j] = Tile.Height.outputGradient(column)
                    }
                    let output = target + ((tile &+ width) &* channels &+ channel)
                    for i in 0..<Tile.Height.values {
                        let line = Tile.Width.outputGradient([
                            columns[0][i], columns[1][i], columns[2][i], columns[3][i],
                        ])
                        for j in 0..<Tile.Width.values {
                            line[j].put(at: output + (Tile.Width.values &* i &+ j) &* element)
                        }
                    }
                }
            }
        }
    }
}
