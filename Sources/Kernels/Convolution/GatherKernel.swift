/// Source values that lie side by side and meet weights that lie side by side.
struct TapRun {
    /// Where the values begin, from the place of the position, in floats.
    var source: Int
    /// Where the weights begin, in rows of one output block.
    var weight: Int
}

/// Target positions, by the places of their source values and of their results, in floats.
struct PositionTable {
    /// As many as a whole number of tiles: the last one is repeated.
    private(set) var source: [Int] = []
    private(set) var target: [Int] = []

    /// The positions of one tile: with two vectors each they fill 16 accumulators.
    static let tile = 8

    var count: Int { target.count }

    mutating func reserve(_ count: Int) {
        source.reserveCapacity(count &+ Self.tile)
        target.reserveCapacity(count)
    }

    mutating func append(source: Int, target: Int) {
        self.source.append(source)
        self.target.append(target)
    }

    /// Completes the last tile.
    mutating func close() {
        guard let last = source.last else { return }
        while source.count % Self.tile != 0 { source.append(last) }
    }
}

/// The innermost loops of a convolution: one block of 16 or 32 target channels at a set of positions.
struct GatherKernel {
    let source: UnsafePointer<Float>
    let positions: PositionTable
    let runs: [TapRun]
    /// The values in each run.
    let length: Int

    /// Computes target[p][o] = bias[o] + sum over runs r and k of source[p + r.source + k] weights[r.weight + k][o].
    ///
    /// - Parameters:
    ///   - vectors: 1 or 2, the width of the block in vectors; rows of `weights` and `bias` are that long.
    ///   - channels: how many of the block's channels exist.
    func run(
        vectors: Int, weights: UnsafePointer<Vector>, bias: UnsafePointer<Vector>, target: UnsafeMutablePointer<Float>,
        channels: Int
    ) {
        if vectors == 2 {
            wide(weights: weights, bias: bias, target: target, channels: channels)
        } else {
            narrow(weights: weights, bias: bias, target: target, channels: channels)
        }
    }

    @inline(never)
    private func wide(
        weights: UnsafePointer<Vector>, bias: UnsafePointer<Vector>, target: UnsafeMutablePointer<Float>, channels: Int
    ) {
        let start: InlineArray<2, Vector> = [bias[0], bias[1]]
        tiles(weights: weights, start: start, target: target, channels: channels)
    }

    @inline(never)
    private func narrow(
        weights: UnsafePointer<Vector>, bias: UnsafePointer<Vector>, target: UnsafeMutablePointer<Float>, channels: Int
    ) {
        let start: InlineArray<1, Vector> = [bias[0]]
        tiles(weights: weights, start: start, target: target, channels: channels)
    }

    @inline(__always)
    private func tiles<let width: Int>(
        weights: UnsafePointer<Vector>, start: InlineArray<width, Vector>, target: UnsafeMutablePointer<Float>,
        channels: Int
    ) {
        positions.source.withUnsafeBufferPointer { offsets in
            positions.target.withUnsafeBufferPointer { places in
                runs.withUnsafeBufferPointer { runs in
                    guard let offsets = offsets.baseAddress else { return }
                    for first in stride(from: 0, to: places.count, by: PositionTable.tile) {
                        let sums = tile(offsets + first, runs, weights: weights, start: start)
                        for i in 0..<min(PositionTable.tile, places.count &- first) {
                            store(sums[i], at: target + places[first &+ i], channels: channels)
                        }
                    }
                }
            }
        }
    }

    @inline(__always)
    private func tile<let width: Int>(
        _ offsets: UnsafePointer<Int>, _ runs: UnsafeBufferPointer<TapRun>, weights: UnsafePointer<Vector>,
        start: InlineArray<width, Vector>
    ) -> InlineArray<8, InlineArray<width, Vector>> {
        var sums = InlineArray<8, InlineArray<width, Vector>>(repeating: start)
        for run in runs {
            let base = source + run.source
            var values = InlineArray<8, UnsafePointer<Float>>(repeating: base)
            for i in 0..<8 { values[i] = base + offsets[i] }
            var row = weights + run.weight &* width
            for k in 0..<length {
                for i in 0..<8 {
                    let value = Vector(repeating: values[i][k])
                    for j in 0..<width { sums[i][j].addProduct(value, row[j]) }
                }
                row += width
            }
        }
        return sums
    }

    @inline(__always)
    private func store<let width: Int>(
        _ sums: InlineArray<width, Vector>, at target: UnsafeMutablePointer<Float>, channels: Int
    ) {
        let raw = UnsafeMutableRawPointer(target)
        for j in 0..<width {
            if channels >= 16 &* (j &+ 1) {
                raw.storeBytes(of: sums[j], toByteOffset: 64 &* j, as: Vector.self)
            } else {
                for lane in 0..<max(channels &- 16 &* j, 0) { target[16 &* j &+ lane] = sums[j][lane] }
            }
        }
    }
}
