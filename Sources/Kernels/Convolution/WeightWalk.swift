/// The weights of one target channel and some source channels as they lie in memory: all taps of a source channel, then
/// those of the next. A walk visits 8 at a time.
struct WeightWalk {
    let channels: Range<Int>
    let taps: Int

    /// Calls `body` for up to 8 weights at a time, with their place from the first, the channel and tap of the first of
    /// them, and their number. Where 8 do not divide all, the last 8 overlap with those before.
    @inline(__always)
    func forEachTile(_ body: (_ place: Int, _ channel: Int, _ tap: Int, _ count: Int) -> Void) {
        let all = channels.count &* taps
        for first in stride(from: 0, to: all, by: 8) {
            let place = max(0, min(first, all &- 8))
            let (channel, tap) = place.quotientAndRemainder(dividingBy: taps)
            body(place, channels.lowerBound &+ channel, tap, min(8, all))
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
