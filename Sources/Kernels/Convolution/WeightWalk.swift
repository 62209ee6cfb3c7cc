/// The weights of one target channel and some source channels as they lie in memory: all taps of a source channel, then
/// those of the next. A walk visits 16 at a time.
struct WeightWalk {
    let channels: Range<Int>
    let taps: Int

    /// Calls `body` for up to 16 weights at a time, with their place from the first, the channel and tap of the first of
    /// them, and their number. Where 16 do not divide all, the last 16 overlap with those before.
    @inline(__always)
    func forEachTile(_ body: (_ place: Int, _ channel: Int, _ tap: Int, _ count: Int) -> Void) {
        let all = channels.count &* taps
        for first in stride(from: 0, to: all, by: 16) {
            let place = max(0, min(first, all &- 16))
            let (channel, tap) = place.quotientAndRemainder(dividingBy: taps)
            body(place, channels.lowerBound &+ channel, tap, min(16, all))
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

/// The transpose of 16 by 16 numbers: four times, the rows of both halves are dealt out alternately.
@inline(__always)
func transposed(_ rows: InlineArray<16, Vector>) -> InlineArray<16, Vector> {
    var rows = rows
    for _ in 0..<4 {
        let old = rows
        for i in 0..<8 {
            rows[2 &* i].evenHalf = old[i].lowHalf
            rows[2 &* i].oddHalf = old[i &+ 8].lowHalf
            rows[2 &* i &+ 1].evenHalf = old[i].highHalf
            rows[2 &* i &+ 1].oddHalf = old[i &+ 8].highHalf
        }
    }
    return rows
}

extension UnsafePointer<Float> {
    /// The first `count` values, up to 16, and zeros.
    @inline(__always)
    func vector(count: Int) -> Vector {
        if count == 16 { return unalignedVector(0) }
        var vector = Vector.zero
        for lane in 0..<count { vector[lane] = self[lane] }
        return vector
    }
}

extension UnsafeMutablePointer<Float> {
    /// Stores the first `count` values, up to 16.
    @inline(__always)
    func store(_ vector: Vector, count: Int) {
        if count == 16 {
            UnsafeMutableRawPointer(self).storeBytes(of: vector, as: Vector.self)
        } else {
            for lane in 0..<count { self[lane] = vector[lane] }
        }
    }
}
