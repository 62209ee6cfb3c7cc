import Support

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

    /// The runs cut into parts, whose weights of one block stay in the first cache while all positions meet them.
    func runParts(width: Int) -> [Range<Int>] {
        let count = max(1, Self.weightsAtATime / (width &* max(length, 1)))
        // Without runs there is still the bias.
        return stride(from: 0, to: max(runs.count, 1), by: count).map { $0..<min($0 &+ count, runs.count) }
    }

    /// Half of the first cache.
    private static let weightsAtATime = CacheSize.first / (2 * MemoryLayout<Float>.stride)

    /// Computes target[p][o] = bias[o] + sum over runs r and k of source[p + r.source + k] weights[r.weight + k][o].
    ///
    /// With a factor, it adds 2 factor[p][o] times that to target[p][o] instead. Rows of `weights` and `bias` are as long as
    /// the block is wide. The positions are those of `range`, which begins with a tile. A call computes the runs of `part`
    /// only, if it can, and adds them to those of the parts before, where it `continues`; else the first part's computes
    /// all.
    func run(
        _ block: ChannelBlock, positions range: Range<Int>, runs part: Range<Int>, continues: Bool,
        weights: UnsafePointer<Float>, bias: UnsafePointer<Float>, target: UnsafeMutablePointer<Float>,
        factor: GatherFactor?
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
        let factor: GatherFactor?
        let firstChannel: Int
        /// The channels that exist.
        let channels: Int

        /// Whether all of `width` channels are there to be written.
        @inline(__always)
        func isPlain(width: Int) -> Bool { channels >= width && factor == nil }

        /// Writes (or adds) sums of up to 16 channels, of which the first is `channel`.
        @inline(__always)
        func put(_ sums: Vector, _ place: Int, channel: Int) {
            let count = min(16, channels &- channel)
            guard count > 0 else { return }
            let target = target + (place &+ channel)
            guard let factor else { return target.store(sums, count: count) }
            let scale = 2 * factor.vector(at: place, channel: firstChannel &+ channel, count: count)
            target.store(UnsafePointer(target).vector(count: count) + scale * sums, count: count)
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
    private func tiles<let places: Int, let width: Int>(
        _ start: Accumulators<places, width>, _ weights: UnsafePointer<Vector>, _ range: Range<Int>,
        _ part: Part, _ sink: Sink
    ) {
        positions.source.withUnsafeBufferPointer { offsets in
            positions.target.withUnsafeBufferPointer { targets in
                runs.withUnsafeBufferPointer { runs in
                    withUnsafeTemporaryAllocation(of: Vector.self, capacity: places &* width) { room in
                        guard let offsets = offsets.baseAddress, let room = room.baseAddress else { return }
                        let runs = UnsafeBufferPointer(rebasing: runs[part.runs])
                        for first in stride(from: range.lowerBound, to: range.upperBound, by: places) {
                            var sums = start
                            if part.continues {
                                for i in 0..<places {
                                    let target = UnsafePointer(sink.target + targets[first &+ i])
                                    for j in 0..<width { sums[i][j] = target.unalignedVector(16 &* j) }
                                }
                            }
                            sums = tile(sums, offsets + first, runs, weights: weights)
                            // Constant bounds: numbered by a variable, the sums would have to leave their registers.
                            if sink.isPlain(width: 16 &* width) {
                                // The last tile repeats a position, whose results are then written again.
                                for i in 0..<places {
                                    let target = sink.target + targets[first &+ i]
                                    for j in 0..<width { sums[i][j].put(at: target + 16 &* j) }
                                }
                            } else {
                                for i in 0..<places {
                                    for j in 0..<width { room[i &* width &+ j] = sums[i][j] }
                                }
                                for i in 0..<places where first &+ i < range.upperBound {
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
    private func tile<let places: Int, let width: Int>(
        _ start: Accumulators<places, width>, _ offsets: UnsafePointer<Int>, _ runs: UnsafeBufferPointer<TapRun>,
        weights: UnsafePointer<Vector>
    ) -> Accumulators<places, width> {
        var sums = start
        var values = InlineArray<places, UnsafePointer<Float>>(repeating: source)
        for i in 0..<places { values[i] = source + offsets[i] }
        for run in runs {
            var row = weights + run.weight &* width
            var place = run.source
            let end = place &+ length
            // Runs are not empty; told so, the compiler copies no sums.
            repeat {
                sums.add(values, place, times: row)
                row += width
                place &+= 1
            } while place < end
        }
        return sums
    }

    /// One target channel: 16 values of a run meet 16 weights at a time.
    @inline(never)
    private func single(_ weights: UnsafePointer<Float>, bias: Float, _ range: Range<Int>, _ sink: Sink) {
        positions.source.withUnsafeBufferPointer { offsets in
            positions.target.withUnsafeBufferPointer { targets in
                runs.withUnsafeBufferPointer { runs in
                    guard let offsets = offsets.baseAddress else { return }
                    for first in stride(from: range.lowerBound, to: range.upperBound, by: 4) {
                        let sums = bias + dots(offsets + first, runs, weights: weights)
                        for i in 0..<min(4, range.upperBound &- first) {
                            let place = targets[first &+ i]
                            if let factor = sink.factor {
                                let scale = factor.vector(at: place, channel: sink.firstChannel, count: 1)[0]
                                sink.target[place] += 2 * scale * sums[i]
                            } else {
                                sink.target[place] = sums[i]
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
