import Support

/// Source values that lie side by side, and the weights that they meet, which lie side by side too.
struct TapRun {
    /// The offset of the values from that of the position, in floats.
    var source: Int
    /// The first row of the weights of a channel block.
    var weight: Int
}

/// The innermost loops of a direct convolution: one block of target channels at a set of positions.
struct DirectMicrokernel {
    let source: UnsafePointer<Float>
    let positions: OffsetTable
    let runs: [TapRun]
    /// The values in each run.
    let length: Int

    /// The runs cut into parts, so that the weights of a part stay in the first cache while all positions meet them.
    func runParts(width: Int) -> [Range<Int>] {
        let count = max(1, Self.weightsAtATime / (width &* max(length, 1)))
        // Even without runs there is a part, which writes the bias.
        return stride(from: 0, to: max(runs.count, 1), by: count).map { $0..<min($0 &+ count, runs.count) }
    }

    /// The floats of half the first cache.
    private static let weightsAtATime = CacheSize.first / (2 * MemoryLayout<Float>.stride)

    /// Computes target[p][o] = bias[o] + sum over runs r and k of source[p + r.source + k] weights[r.weight + k][o].
    ///
    /// With a factor, it adds 2 factor[p][o] times that to target[p][o] instead. Rows of `weights` and `bias` are as
    /// long as the block is wide. The positions are those of `range`, which begins with a tile.
    ///
    /// Where results are simply stored, a call computes the runs of `part` only, and adds them to what earlier calls
    /// stored if it `continues`. Otherwise the call for the first part computes all runs, and the other calls do
    /// nothing.
    func run(
        _ block: ChannelBlock, positions range: Range<Int>, runs part: Range<Int>, continues: Bool,
        weights: UnsafePointer<Float>, bias: UnsafePointer<Float>, target: UnsafeMutablePointer<Float>,
        factor: TargetFactor?
    ) {
        let sink = Sink(
            target: target + block.firstChannel, factor: factor, firstChannel: block.firstChannel,
            channels: block.channels)
        let isPlain = sink.isPlain(width: block.width)
        guard isPlain && block.width > 1 || !continues else { return }
        let part = Part(runs: isPlain ? part : runs.indices, continues: continues)
        switch block.width {
        case 1: single(weights, bias: bias[0], range, sink)
        case 32: wide(weights.vectors, bias: bias, range, part, sink)
        default:
            if ChannelBlock.hasLongRegisters {
                narrow(weights.vectors, bias: bias, range, part, sink)
            } else {
                small(weights.vectors, bias: bias, range, part, sink)
            }
        }
    }

    /// Some runs, and whether their sums are added to what is there.
    private struct Part {
        let runs: Range<Int>
        let continues: Bool
    }

    /// Where the sums of a block go.
    private struct Sink {
        let target: UnsafeMutablePointer<Float>
        let factor: TargetFactor?
        let firstChannel: Int
        /// The channels that exist.
        let channels: Int

        /// Whether results are simply stored: all of `width` channels exist, and there is no factor.
        @inline(__always)
        func isPlain(width: Int) -> Bool { channels >= width && factor == nil }

        /// Writes (or adds) the sums of up to 16 channels from `channel` on.
        @inline(__always)
        func put(_ sums: Vector, _ offset: Int, channel: Int) {
            let count = min(16, channels &- channel)
            guard count > 0 else { return }
            let target = target + (offset &+ channel)
            guard let factor else { return sums.put(at: target, count: count) }
            let scale = 2 * factor.vector(at: offset, channel: firstChannel &+ channel, count: count)
            (Vector(at: target, count: count) + scale * sums).put(at: target, count: count)
        }
    }

    @inline(never)
    private func wide(
        _ weights: UnsafePointer<Vector>, bias: UnsafePointer<Float>, _ range: Range<Int>, _ part: Part,
        _ sink: Sink
    ) {
        tiles(
            Accumulators<8, 2>([Vector(at: bias), Vector(at: bias + 16)]), weights, range, part, sink)
    }

    @inline(never)
    private func narrow(
        _ weights: UnsafePointer<Vector>, bias: UnsafePointer<Float>, _ range: Range<Int>, _ part: Part,
        _ sink: Sink
    ) {
        tiles(Accumulators<8, 1>([Vector(at: bias)]), weights, range, part, sink)
    }

    @inline(never)
    private func small(
        _ weights: UnsafePointer<Vector>, bias: UnsafePointer<Float>, _ range: Range<Int>, _ part: Part,
        _ sink: Sink
    ) {
        tiles(Accumulators<6, 1>([Vector(at: bias)]), weights, range, part, sink)
    }

    @inline(__always)
    private func tiles<let rows: Int, let width: Int>(
        _ start: Accumulators<rows, width>, _ weights: UnsafePointer<Vector>, _ range: Range<Int>,
        _ part: Part, _ sink: Sink
    ) {
        positions.source.withUnsafeBufferPointer { offsets in
            positions.target.withUnsafeBufferPointer { targets in
                runs.withUnsafeBufferPointer { runs in
                    withUnsafeTemporaryAllocation(of: Vector.self, capacity: rows &* width) { room in
                        guard let offsets = offsets.baseAddress, let room = room.baseAddress else { return }
                        let runs = UnsafeBufferPointer(rebasing: runs[part.runs])
                        for first in stride(from: range.lowerBound, to: range.upperBound, by: rows) {
                            var sums = start
                            if part.continues {
                                for i in 0..<rows {
                                    let target = sink.target + targets[first &+ i]
                                    for j in 0..<width { sums[i][j] = Vector(at: target + 16 &* j) }
                                }
                            }
                            sums = tile(sums, offsets + first, runs, weights: weights)
                            // Bounds are constant: a variable index would force the sums out of their registers.
                            if sink.isPlain(width: 16 &* width) {
                                // At the end a tile repeats the last position, and writes its results again.
                                for i in 0..<rows {
                                    let target = sink.target + targets[first &+ i]
                                    for j in 0..<width { sums[i][j].put(at: target + 16 &* j) }
                                }
                            } else {
                                for i in 0..<rows {
                                    for j in 0..<width { room[i &* width &+ j] = sums[i][j] }
                                }
                                for i in 0..<rows where first &+ i < range.upperBound {
                                    for j in 0..<width {
                                        sink.put(room[i &* width &+ j], targets[first &+ i], channel: 16 &* j)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    @inline(__always)
    private func tile<let rows: Int, let width: Int>(
        _ start: Accumulators<rows, width>, _ offsets: UnsafePointer<Int>, _ runs: UnsafeBufferPointer<TapRun>,
        weights: UnsafePointer<Vector>
    ) -> Accumulators<rows, width> {
        var sums = start
        var values = InlineArray<rows, UnsafePointer<Float>>(repeating: source)
        for i in 0..<rows { values[i] = source + offsets[i] }
        for run in runs {
            var row = weights + run.weight &* width
            var offset = run.source
            let end = offset &+ length
            // Runs are never empty. A loop that tests first would make the compiler copy the sums.
            repeat {
                sums.add(values, offset, times: row)
                row += width
                offset &+= 1
            } while offset < end
        }
        return sums
    }

    /// Computes one target channel: 16 values of a run meet 16 weights at a time.
    @inline(never)
    private func single(_ weights: UnsafePointer<Float>, bias: Float, _ range: Range<Int>, _ sink: Sink) {
        positions.source.withUnsafeBufferPointer { offsets in
            positions.target.withUnsafeBufferPointer { targets in
                runs.withUnsafeBufferPointer { runs in
                    guard let offsets = offsets.baseAddress else { return }
                    for first in stride(from: range.lowerBound, to: range.upperBound, by: 4) {
                        let sums = bias + dots(offsets + first, runs, weights: weights)
                        for i in 0..<min(4, range.upperBound &- first) {
                            let offset = targets[first &+ i]
                            if let factor = sink.factor {
                                let scale = factor.vector(at: offset, channel: sink.firstChannel, count: 1)[0]
                                sink.target[offset] += 2 * scale * sums[i]
                            } else {
                                sink.target[offset] = sums[i]
                            }
                        }
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
            let (values0, values1) = (base + offsets[0], base + offsets[1])
            let (values2, values3) = (base + offsets[2], base + offsets[3])
            for k in stride(from: 0, to: whole, by: 16) {
                let weight = Vector(at: row + k)
                sum0.addProduct(Vector(at: values0 + k), weight)
                sum1.addProduct(Vector(at: values1 + k), weight)
                sum2.addProduct(Vector(at: values2 + k), weight)
                sum3.addProduct(Vector(at: values3 + k), weight)
            }
            for k in whole..<length {
                rest += SIMD4(values0[k], values1[k], values2[k], values3[k]) * row[k]
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
