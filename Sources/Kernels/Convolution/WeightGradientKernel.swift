/// The innermost loops of the gradient of the weights: sums over positions of source values times target gradients.
struct WeightGradientKernel {
    /// The weight rows of a tile: with two vectors each they fill 16 accumulators.
    static let tile = 8

    let source: UnsafePointer<Float>
    /// The places of the positions in the source, in floats.
    let positions: [Int]
    /// The rows of the target gradient that belong to the positions: their numbers within a block.
    let rows: [Int]
    /// The places of the weight rows' source values, from the place of the position; whole tiles.
    let offsets: [Int]

    /// Adds, for each r, the sum over positions p of source[positions[p] + offsets[r]] gradient[rows[p]][o] to
    /// sums[r][o].
    ///
    /// - Parameters:
    ///   - vectors: 1 or 2, the width of a row of `gradient` and of `sums` in vectors.
    ///   - tiles: the tiles of weight rows that are computed.
    func run(
        vectors: Int, gradient: UnsafePointer<Vector>, tiles: Range<Int>, sums: UnsafeMutablePointer<Vector>
    ) {
        if vectors == 2 {
            wide(gradient: gradient, tiles: tiles, sums: sums)
        } else {
            narrow(gradient: gradient, tiles: tiles, sums: sums)
        }
    }

    @inline(never)
    private func wide(gradient: UnsafePointer<Vector>, tiles: Range<Int>, sums: UnsafeMutablePointer<Vector>) {
        all(gradient: gradient, tiles: tiles, sums: sums, zero: InlineArray<2, Vector>(repeating: .zero))
    }

    @inline(never)
    private func narrow(gradient: UnsafePointer<Vector>, tiles: Range<Int>, sums: UnsafeMutablePointer<Vector>) {
        all(gradient: gradient, tiles: tiles, sums: sums, zero: InlineArray<1, Vector>(repeating: .zero))
    }

    /// The gradient rows of 128 positions stay in the first cache while all tiles of weight rows pass over them.
    private static let positionsAtATime = 128

    @inline(__always)
    private func all<let width: Int>(
        gradient: UnsafePointer<Vector>, tiles: Range<Int>, sums: UnsafeMutablePointer<Vector>,
        zero: InlineArray<width, Vector>
    ) {
        positions.withUnsafeBufferPointer { positions in
            rows.withUnsafeBufferPointer { rows in
                offsets.withUnsafeBufferPointer { offsets in
                    guard let offsets = offsets.baseAddress else { return }
                    for first in stride(from: 0, to: positions.count, by: Self.positionsAtATime) {
                        let range = first..<min(first &+ Self.positionsAtATime, positions.count)
                        for tile in tiles {
                            add(
                                range, positions, rows, offsets + tile &* Self.tile, gradient: gradient,
                                sums: sums + tile &* Self.tile &* width, zero: zero)
                        }
                    }
                }
            }
        }
    }

    @inline(__always)
    private func add<let width: Int>(
        _ range: Range<Int>, _ positions: UnsafeBufferPointer<Int>, _ rows: UnsafeBufferPointer<Int>,
        _ offsets: UnsafePointer<Int>, gradient: UnsafePointer<Vector>, sums: UnsafeMutablePointer<Vector>,
        zero: InlineArray<width, Vector>
    ) {
        var values = InlineArray<8, UnsafePointer<Float>>(repeating: source)
        for i in 0..<8 { values[i] = source + offsets[i] }
        var sum = InlineArray<8, InlineArray<width, Vector>>(repeating: zero)
        for position in range {
            let place = positions[position]
            let row = gradient + rows[position] &* width
            for i in 0..<8 {
                let value = Vector(repeating: values[i][place])
                for j in 0..<width { sum[i][j].addProduct(value, row[j]) }
            }
        }
        for i in 0..<8 {
            for j in 0..<width { sums[i &* width &+ j] += sum[i][j] }
        }
    }
}
