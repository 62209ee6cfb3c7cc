import Support

/// The weights of some source channels and a block of target channels, visited in tiles of up to 8 by 8.
///
/// They lie target channel by target channel, and the kernels read them with the target channels side by side.
struct WeightWalk {
    let channels: Range<Int>
    let taps: Int
    /// The distance between weights of neighbouring source channels, and of neighbouring target channels.
    let weightStride: (source: Int, target: Int)

    /// The walk cut into walks over some `most` source channels each.
    func pieces(channels most: Int) -> [WeightWalk] {
        stride(from: channels.lowerBound, to: channels.upperBound, by: most).map { first in
            WeightWalk(
                channels: first..<min(first &+ most, channels.upperBound), taps: taps, weightStride: weightStride)
        }
    }

    /// Calls `put` with the weights of 8 target channels of a block from `lane` on, for each tap and source channel; what the
    /// block does not have is 0.
    @inline(__always)
    func read(
        _ weights: UnsafePointer<Float>, block: ChannelBlock,
        put: (_ tap: Int, _ channel: Int, _ lane: Int, _ weights: HalfVector) -> Void
    ) {
        let first = weights + block.firstChannel &* weightStride.target
        forEachTile { place, channel, tap, count in
            // All channels of a row at once: they share a line of the cache.
            for lane in stride(from: 0, to: block.width, by: 8) {
                var rows = InlineArray<8, HalfVector>(repeating: .zero)
                let start = first + (place &+ lane &* weightStride.target)
                var (channel, tap) = (channel, tap)
                if count == 8, lane &+ 8 <= block.channels {
                    for i in 0..<8 { rows[i] = HalfVector(at: start + i &* weightStride.target) }
                } else {
                    for i in 0..<8 where lane &+ i < block.channels {
                        rows[i] = HalfVector(start + i &* weightStride.target, count: count)
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

    /// Writes the weights of a block, for which `row` is asked as `read` gives them.
    @inline(__always)
    func write(
        to weights: UnsafeMutablePointer<Float>, block: ChannelBlock,
        row: (_ tap: Int, _ channel: Int, _ lane: Int) -> HalfVector
    ) {
        let first = weights + block.firstChannel &* weightStride.target
        forEachTile { place, channel, tap, count in
            for lane in stride(from: 0, to: block.channels, by: 8) {
                var rows = InlineArray<8, HalfVector>(repeating: .zero)
                let start = first + (place &+ lane &* weightStride.target)
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

    /// Calls `body` for up to 8 weights that lie side by side, with their place from source channel 0, the channel and tap
    /// of the first of them, and their number. Where 8 do not divide all, the last 8 overlap with those before.
    @inline(__always)
    private func forEachTile(_ body: (_ place: Int, _ channel: Int, _ tap: Int, _ count: Int) -> Void) {
        if taps >= 8 || weightStride.source != taps {
            // The same taps of all channels: rows by tap and channel are then read or written one after another.
            for first in stride(from: 0, to: taps, by: 8) {
                let tap = max(0, min(first, taps &- 8))
                for channel in channels { body(channel &* weightStride.source &+ tap, channel, tap, min(8, taps)) }
            }
        } else {
            let all = channels.count &* taps
            for first in stride(from: 0, to: all, by: 8) {
                let place = max(0, min(first, all &- 8))
                let (channel, tap) = place.quotientAndRemainder(dividingBy: taps)
                body(channels.lowerBound &* taps &+ place, channels.lowerBound &+ channel, tap, min(8, all))
            }
        }
    }

    /// Goes on to the next weight.
    @inline(__always)
    private func advance(_ channel: inout Int, _ tap: inout Int) {
        tap &+= 1
        if tap == taps {
            tap = 0
            channel &+= 1
        }
    }
}

extension GatherPlan {
    /// Calls `body` with walks over the weights of some source channels each, as tasks of the pool.
    func forEachWeightWalk(_ body: (WeightWalk) -> Void) {
        // Fewer weights are arranged faster than another thread wakes up.
        let some = max(1, (1 << 15) / (kernelSize.volume &* targetChannels))
        ThreadPool.shared.run((sourceChannels &+ some &- 1) / some) { part in
            body(
                WeightWalk(
                    channels: part &* some..<min((part &+ 1) &* some, sourceChannels), taps: kernelSize.volume,
                    weightStride: weightStride))
        }
    }
}
