import Support

/// The transpose between the order of weights in memory, where the taps of a target channel lie side by side, and that
/// of microkernels, which read target channels side by side; in tiles of up to 8 by 8, for some source channels.
struct WeightTranspose {
    let channels: Range<Int>
    let taps: Int
    /// The distance between weights of neighbouring source channels, and of neighbouring target channels.
    let weightStride: (source: Int, target: Int)

    /// Transposes of at most `most` source channels each, which together do the same.
    func pieces(channels most: Int) -> [WeightTranspose] {
        stride(from: channels.lowerBound, to: channels.upperBound, by: most).map { first in
            WeightTranspose(
                channels: first..<min(first &+ most, channels.upperBound), taps: taps, weightStride: weightStride)
        }
    }

    /// Calls `put` with the weights of 8 target channels of a block from `lane` on, for each tap and source channel;
    /// channels that do not exist have zeros.
    @inline(__always)
    func read(
        _ weights: UnsafePointer<Float>, block: ChannelBlock,
        put: (_ tap: Int, _ channel: Int, _ lane: Int, _ weights: HalfVector) -> Void
    ) {
        let first = weights + block.firstChannel &* weightStride.target
        forEachTile { offset, channel, tap, count in
            // All target channels of a row before the next row: they share a line of the cache.
            for lane in stride(from: 0, to: block.width, by: 8) {
                var rows = InlineArray<8, HalfVector>(repeating: .zero)
                let start = first + (offset &+ lane &* weightStride.target)
                var (channel, tap) = (channel, tap)
                if count == 8, lane &+ 8 <= block.channels {
                    for i in 0..<8 { rows[i] = HalfVector(at: start + i &* weightStride.target) }
                } else {
                    for i in 0..<8 where lane &+ i < block.channels {
                        rows[i] = HalfVector(at: start + i &* weightStride.target, count: count)
                    }
                }
                rows = transposed(rows)
                for i in 0..<8 where i < count {
                    put(tap, channel, lane, rows[i])
                    advance(&channel, &tap)
                }
            }
        }
    }

    /// Writes the weights of a block; `row` returns those of 8 target channels, as `read` passes them to `put`.
    @inline(__always)
    func write(
        to weights: UnsafeMutablePointer<Float>, block: ChannelBlock,
        row: (_ tap: Int, _ channel: Int, _ lane: Int) -> HalfVector
    ) {
        let first = weights + block.firstChannel &* weightStride.target
        forEachTile { offset, channel, tap, count in
            for lane in stride(from: 0, to: block.channels, by: 8) {
                var rows = InlineArray<8, HalfVector>(repeating: .zero)
                let start = first + (offset &+ lane &* weightStride.target)
                var (channel, tap) = (channel, tap)
                for i in 0..<8 where i < count {
                    rows[i] = row(tap, channel, lane)
                    advance(&channel, &tap)
                }
                rows = transposed(rows)
                if count == 8, lane &+ 8 <= block.channels {
                    for i in 0..<8 { rows[i].put(at: start + i &* weightStride.target) }
                } else {
                    for i in 0..<8 where lane &+ i < block.channels {
                        rows[i].put(at: start + i &* weightStride.target, count: count)
                    }
                }
            }
        }
    }

    /// Calls `body` for up to 8 weights that lie side by side, with their offset from source channel 0, the channel and
    /// tap of the first of them, and their number. Where 8 do not divide all, the last 8 overlap with those before.
    @inline(__always)
    private func forEachTile(_ body: (_ offset: Int, _ channel: Int, _ tap: Int, _ count: Int) -> Void) {
        if taps >= 8 || weightStride.source != taps {
            // The same taps of all channels first: packed rows are then written, or read, in the order of memory.
            for first in stride(from: 0, to: taps, by: 8) {
                let tap = max(0, min(first, taps &- 8))
                for channel in channels { body(channel &* weightStride.source &+ tap, channel, tap, min(8, taps)) }
            }
        } else {
            let all = channels.count &* taps
            for first in stride(from: 0, to: all, by: 8) {
                let offset = max(0, min(first, all &- 8))
                let (channel, tap) = offset.quotientAndRemainder(dividingBy: taps)
                body(channels.lowerBound &* taps &+ offset, channels.lowerBound &+ channel, tap, min(8, all))
            }
        }
    }

    /// Goes on to the next weight in memory.
    @inline(__always)
    private func advance(_ channel: inout Int, _ tap: inout Int) {
        tap &+= 1
        if tap == taps {
            tap = 0
            channel &+= 1
        }
    }
}

extension ConvolutionPlan {
    /// Calls `body` with transposes of some source channels each, as tasks.
    func forEachWeightTranspose(_ body: (WeightTranspose) -> Void) {
        // Fewer than 32,768 weights are packed before another thread wakes up.
        let some = max(1, (1 << 15) / (kernelSize.volume &* targetChannels))
        ThreadPool.shared.run(sourceChannels, ranges: some) { channels in
            body(WeightTranspose(channels: channels, taps: kernelSize.volume, weightStride: weightStride))
        }
    }
}
