/// The innermost loops of the direct gradient of the weights: sums over positions of source values times target
/// gradients.
struct WeightGradientMicrokernel {
    /// The weight rows of a tile: with two vectors each they fill 16 of 32 registers.
    static let tile = 8
    /// The gradient of so many positions stays in the first cache while all weight rows are computed from it.
    private static let positionsAtATime = 32

    let source: UnsafePointer<Float>
    /// The offsets of the positions in the source, in floats, and the indices of their rows of the gradient.
    let positions: OffsetTable
    /// The offsets of the weight rows' source values from that of the position; whole tiles of rows.
    let offsets: [Int]

    /// Adds to each sums[r][o] the sum over positions p of source[p.source + offsets[r]] gradient[p.target][o].
    ///
    /// Rows of `gradient` and of `sums` are `width` (16 or 32) long; `tiles` says which weight rows are computed.
    func run(width: Int, gradient: UnsafePointer<Vector>, tiles: Range<Int>, sums: UnsafeMutablePointer<Vector>) {
        if width == 32 {
            wide(gradient: gradient, tiles: tiles, sums: sums)
        } else if ChannelBlock.hasLongRegisters {
            narrow(gradient: gradient, tiles: tiles, sums: sums)
        } else {
            small(gradient: gradient, tiles: tiles, sums: sums)
        }
    }

    @inline(never)
    private func wide(gradient: UnsafePointer<Vector>, tiles: Range<Int>, sums: UnsafeMutablePointer<Vector>) {
        all(Accumulators<8, 2>([.zero, .zero]), gradient: gradient, tiles: tiles, sums: sums)
    }

    @inline(never)
    private func narrow(gradient: UnsafePointer<Vector>, tiles: Range<Int>, sums: UnsafeMutablePointer<Vector>) {
        all(Accumulators<8, 1>([.zero]), gradient: gradient, tiles: tiles, sums: sums)
    }

    @inline(never)
    private func small(gradient: UnsafePointer<Vector>, tiles: Range<Int>, sums: UnsafeMutablePointer<Vector>) {
        all(Accumulators<4, 1>([.zero]), gradient: gradient, tiles: tiles, sums: sums)
    }

    @inline(__always)
    private func all<let rows: Int, let width: Int>(
        _ zero: Accumulators<rows, width>, gradient: UnsafePointer<Vector>, tiles: Range<Int>,
        sums: UnsafeMutablePointer<Vector>
    ) {
        positions.source.withUnsafeBufferPointer { sources in
            positions.target.withUnsafeBufferPointer { targets in
                offsets.withUnsafeBufferPointer { offsets in
                    guard let offsets = offsets.baseAddress else { return }
                    for first in stride(from: 0, to: positions.count, by: Self.positionsAtATime) {
                        let range = first..<min(first &+ Self.positionsAtATime, positions.count)
                        for row in stride(
                            from: tiles.lowerBound &* Self.tile, to: tiles.upperBound &* Self.tile, by: rows)
                        {
                            add(
                                zero, range, sources, targets, offsets + row, gradient: gradient,
                                sums: sums + row &* width)
                        }
                    }
                }
            }
        }
    }

    @inline(__always)
    private func add<let rows: Int, let width: Int>(
        _ zero: Accumulators<rows, width>, _ range: Range<Int>, _ sources: UnsafeBufferPointer<Int>,
        _ targets: UnsafeBufferPointer<Int>, _ offsets: UnsafePointer<Int>, gradient: UnsafePointer<Vector>,
        sums: UnsafeMutablePointer<Vector>
    ) {
        var values = InlineArray<rows, UnsafePointer<Float>>(repeating: source)
        for i in 0..<rows { values[i] = source + offsets[i] }
        var added = zero
        for position in range {
            added.add(values, sources[position], times: gradient + targets[position] &* width)
        }
        for i in 0..<rows {
            for j in 0..<width { sums[i &* width &+ j] += added[i][j] }
        }
    }
}
