import Foundation

/// How values become whole codes: 0 stands for what is not finite, 1 ... `levels` for `low` and what follows it in equal
/// steps.
struct VoxelScale {
    /// The value of code 1.
    let low: Double
    /// The difference of neighbouring codes; positive.
    let step: Double
    /// The largest code, at most 65,535.
    let levels: Int
    /// Whether there are values below that of code 1, or above that of the largest.
    let isCut: (below: Bool, above: Bool)
    /// Whether every value is that of its code.
    let isExact: Bool

    /// The scale of labels: each is one less than its code.
    static let labels = VoxelScale(low: 0, step: 1, levels: 255, isCut: (false, false), isExact: true)

    private init(low: Double, step: Double, levels: Int, isCut: (below: Bool, above: Bool), isExact: Bool) {
        (self.low, self.step, self.levels) = (low, step, levels)
        (self.isCut, self.isExact) = (isCut, isExact)
    }

    /// The scale for a layer's `values` (those that are shown) with at most `levels` codes; steps are 1 where whole
    /// values have room.
    ///
    /// Of a scan whose extremes lie farther from the inner 99.9 % of its values than these are wide, the extremes are
    /// cut, so that a few bright vessels do not take all codes.
    init(_ layer: ViewerLayer, values: [Float], levels: Int) {
        let finite = values.lazy.filter(\.isFinite)
        var (low, high) = (Double(finite.min() ?? 0), Double(finite.max() ?? 0))
        if layer.isWhole, values.allSatisfy({ !$0.isFinite || $0 == $0.rounded() }), high - low < Double(levels) {
            self.init(low: low, step: 1, levels: Int(high - low) + 1, isCut: (false, false), isExact: true)
            return
        }
        var isCut = (below: false, above: false)
        let sample = values.withUnsafeBufferPointer(ViewerLayer.sample)
        if layer.role == nil, let inner = sample.quantile(0.0005), let outer = sample.quantile(0.9995), inner < outer {
            isCut = (low < 2 * inner - outer, high > 2 * outer - inner)
            (low, high) = (isCut.below ? inner : low, isCut.above ? outer : high)
        }
        let step = (high - low) / Double(levels - 1)
        self.init(
            low: low, step: step > 0 ? step : 1, levels: step > 0 ? levels : 1, isCut: isCut, isExact: step == 0)
    }

    /// The code of a value.
    func code(_ value: Float) -> UInt16 {
        guard value.isFinite else { return 0 }
        return UInt16(min(max(((Double(value) - low) / step).rounded() + 1, 1), Double(levels)))
    }

    /// The number of bytes that a code takes.
    var planes: Int { levels > 255 ? 2 : 1 }
}

/// Codes as bytes that compress well.
enum VoxelCodes {
    /// The codes of a volume of `size` (fastest first), each less the median of its three neighbours before it (0 where
    /// one is missing): all low bytes, then all high ones where codes have two `planes`.
    ///
    /// For smooth scans deflate then needs about a fifth fewer bytes than for the codes themselves.
    static func bytes(_ codes: [UInt16], size: [Int], planes: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: codes.count * planes)
        let (row, slice) = (size[0], size[0] * size[1])
        var index = 0
        for z in 0..<size[2] {
            for y in 0..<size[1] {
                for x in 0..<size[0] {
                    let a = x > 0 ? codes[index - 1] : 0
                    let b = y > 0 ? codes[index - row] : 0
                    let c = z > 0 ? codes[index - slice] : 0
                    let difference = codes[index] &- max(min(a, b), min(max(a, b), c))
                    result[index] = UInt8(truncatingIfNeeded: difference)
                    if planes == 2 { result[codes.count + index] = UInt8(difference >> 8) }
                    index += 1
                }
            }
        }
        return result
    }
}
