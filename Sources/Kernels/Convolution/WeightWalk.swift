/// The weights of one target channel and some source channels, visited up to 8 at a time.
struct WeightWalk {
    let channels: Range<Int>
    let taps: Int
    /// The distance between weights of neighbouring source channels.
    let sourceStride: Int

    /// Calls `body` for up to 8 weights that lie side by side, with their place from source channel 0, the channel and tap
    /// of the first of them, and their number. Where 8 do not divide all, the last 8 overlap with those before.
    @inline(__always)
    func forEachTile(_ body: (_ place: Int, _ channel: Int, _ tap: Int, _ count: Int) -> Void) {
        if taps >= 8 || sourceStride != taps {
            // The same taps of all channels: rows by tap and channel are then read or written one after another.
            for first in stride(from: 0, to: taps, by: 8) {
                let tap = max(0, min(first, taps &- 8))
                for channel in channels { body(channel &* sourceStride &+ tap, channel, tap, min(8, taps)) }
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
    func advance(_ channel: inout Int, _ tap: inout Int) {
        tap &+= 1
        if tap == taps {
            tap = 0
            channel &+= 1
        }
    }
}
