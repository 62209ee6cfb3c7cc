/// Source values that lie side by side and meet weights that lie side by side.
struct TapRun {
    /// Where the values begin, from the place of the position, in floats.
    var source: Int
    /// Where the weights begin, in rows of one channel block.
    var weight: Int
}

/// The innermost loops of a convolution: one block of target channels at a set of positions.
struct GatherKernel {
    let source: UnsafePointer<Float>
    let positions: PositionTable
    let runs: [TapRun]
    /// The values in each run.
    let length: Int

    /// Computes target[p][o] = bias[o] + sum over runs r and k of source[p + r.source + k] weights[r.weight + k][o].
    ///
    /// Rows of `weights` and `bias` are as long as the block is wide.
    func run(
        _ block: ChannelBlock, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
        target: UnsafeMutablePointer<Float>
    ) {
        let target = target + block.firstChannel
        switch block.width {
        case 1: single(weights: weights, bias: bias[0], target: target)
        case 32: wide(weights: weights.vectors, bias: bias.vectors, target: target, channels: block.channels)
        default:
            if ChannelBlock.hasLongRegisters {
                narrow(weights: weights.vectors, bias: bias.vectors, target: target, channels: block.channels)
            } else {
                small(weights: weights.vectors, bias: bias.vectors, target: target, channels: block.channels)
            }
        }
    }

    @inline(never)
    private func wide(
        weights: UnsafePointer<Vector>, bias: UnsafePointer<Vector>, target: UnsafeMutablePointer<Float>, channels: Int
    ) {
        tiles(Accumulators<8, 2>([bias[0], bias[1]]), weights: weights, target: target, channels: channels)
    }

    @inline(never)
    private func narrow(
        weights: UnsafePointer<Vector>, bias: UnsafePointer<Vector>, target: UnsafeMutablePointer<Float>, channels: Int
    ) {
        tiles(Accumulators<8, 1>([bias[0]]), weights: weights, target: target, channels: channels)
    }

    @inline(never)
    private func small(
        weights: UnsafePointer<Vector>, bias: UnsafePointer<Vector>, target: UnsafeMutablePointer<Float>, channels: Int
    ) {
        tiles(Accumulators<4, 1>([bias[0]]), weights: weights, target: target, channels: channels)
    }

    @inline(__always)
    private func tiles<let places: Int, let width: Int>(
        _ start: Accumulators<places, width>, weights: UnsafePointer<Vector>, target: UnsafeMutablePointer<Float>,
        channels: Int
    ) {
        positions.source.withUnsafeBufferPointer { offsets in
            positions.target.withUnsafeBufferPointer { targets in
                runs.withUnsafeBufferPointer { runs in
                    guard let offsets = offsets.baseAddress else { return }
                    for first in stride(from: 0, to: positions.count, by: places) {
                        let sums = tile(start, offsets + first, runs, weights: weights)
                        for i in 0..<min(places, positions.count &- first) {
                            store(sums[i], at: target + targets[first &+ i], channels: channels)
                        }
                    }
                }
            }
        }
    }

    @inline(__always)
    private func tile<let places: Int, let width: Int>(
        _ start: Accumulators<places, width>, _ offsets: UnsafePointer<Int>, _ runs: UnsafeBufferPointer<TapRun>,
        weights: UnsafePointer<Vector>
    ) -> Accumulators<places, width> {
        var sums = start
        var values = InlineArray<places, UnsafePointer<Float>>(repeating: source)
        for i in 0..<places { values[i] = source + offsets[i] }
        for run in runs {
            var row = weights + run.weight &* width
            for k in run.source..<run.source &+ length {
                sums.add(values, k, times: row)
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

    /// One target channel: 16 values of a run meet 16 weights at a time.
    @inline(never)
    private func single(weights: UnsafePointer<Float>, bias: Float, target: UnsafeMutablePointer<Float>) {
        positions.source.withUnsafeBufferPointer { offsets in
            positions.target.withUnsafeBufferPointer { targets in
                runs.withUnsafeBufferPointer { runs in
                    guard let offsets = offsets.baseAddress else { return }
                    for first in stride(from: 0, to: positions.count, by: 4) {
                        let sums = dots(offsets + first, runs, weights: weights)
                        for i in 0..<min(4, positions.count &- first) { target[targets[first &+ i]] = bias + sums[i] }
                    }
                }
            }
        }
    }

    /// The sums of the source values at four positions times the weights of one channel.
    @inline(__always)
    private func dots(
        _ offsets: UnsafePointer<Int>, _ runs: UnsafeBufferPointer<TapRun>, weights: UnsafePointer<Float>
    ) -> SIMD4<Float> {
        var (sum0, sum1, sum2, sum3) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
        var rest = SIMD4<Float>.zero
        let whole = length & ~15
        for run in runs {
            let (row, base) = (weights + run.weight, source + run.source)
            let (place0, place1) = (base + offsets[0], base + offsets[1])
            let (place2, place3) = (base + offsets[2], base + offsets[3])
            for k in stride(from: 0, to: whole, by: 16) {
                let weight = row.unalignedVector(k)
                sum0.addProduct(place0.unalignedVector(k), weight)
                sum1.addProduct(place1.unalignedVector(k), weight)
                sum2.addProduct(place2.unalignedVector(k), weight)
                sum3.addProduct(place3.unalignedVector(k), weight)
            }
            for k in whole..<length {
                rest += SIMD4(place0[k], place1[k], place2[k], place3[k]) * row[k]
            }
        }
        return rest + SIMD4(total(sum0), total(sum1), total(sum2), total(sum3))
    }

    /// The sum of 16 values.
    @inline(__always)
    private func total(_ sum: Vector) -> Float {
        let eight = sum.lowHalf + sum.highHalf
        let four = eight.lowHalf + eight.highHalf
        let two = four.lowHalf + four.highHalf
        return two[0] + two[1]
    }
}
