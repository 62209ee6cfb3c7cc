import Support
import Tensors

/// How the voxels along one axis of a new volume are weighted sums of those of an old one.
struct AxisMap {
    /// The first old voxel that a new voxel takes from.
    private(set) var first: [Int]
    /// The weights of that one and those after it.
    private(set) var weights: [[Float]]

    /// Averages over the part of the old axis that each new voxel covers: a new voxel is `ratio` >= 1 old ones long.
    static func area(from old: Int, to new: Int, ratio: Double) -> AxisMap {
        AxisMap(count: new) { index in
            let start = min(Double(index) * ratio, Double(old) - 1)
            let end = max(min(start + ratio, Double(old)), start + 1e-9)
            let first = Int(start)
            let last = min(Int(end.rounded(.up)), old)
            let overlaps = (first..<last).map { min(Double($0 + 1), end) - max(Double($0), start) }
            let sum = overlaps.reduce(0, +)
            return (first, overlaps.map { Float($0 / sum) })
        }
    }

    /// Interpolates linearly between the old centres, and repeats the outermost values beyond them.
    static func linear(from old: Int, to new: Int, ratio: Double) -> AxisMap {
        AxisMap(count: new) { index in
            let position = min(max((Double(index) + 0.5) * ratio - 0.5, 0), Double(old - 1))
            let first = min(Int(position), max(old - 2, 0))
            let weight = Float(position - Double(first))
            return (first, old == 1 ? [1] : [1 - weight, weight])
        }
    }

    /// Smooths `old` control points with the uniform cubic B-spline, so that the result has no visible lattice.
    ///
    /// The new axis spans the inner points; `old` is at least 4.
    static func spline(from old: Int, to new: Int) -> AxisMap {
        AxisMap(count: new) { index in
            let position = (Double(index) + 0.5) / Double(new) * Double(old - 3)
            let first = min(Int(position), old - 4)
            let t = Float(position - Double(first))
            let s = 1 - t
            return (
                first,
                [
                    s * s * s / 6, (4 - 6 * t * t + 3 * t * t * t) / 6, (4 - 6 * s * s + 3 * s * s * s) / 6,
                    t * t * t / 6,
                ]
            )
        }
    }

    private init(count: Int, _ entry: (Int) -> (Int, [Float])) {
        let entries = (0..<count).map(entry)
        first = entries.map(\.0)
        weights = entries.map(\.1)
    }

    /// Applies the map along the middle axis of `values`, which has shape outer x old x inner.
    func apply(to values: [Float], outer: Int, old: Int, inner: Int) -> [Float] {
        let new = first.count
        var result = [Float](repeating: 0, count: outer * new * inner)
        result.withUnsafeMutableBufferPointer { target in
            values.withUnsafeBufferPointer { source in
                // A task is one new line across all inner voxels, of one outer index.
                ThreadPool.shared.run(outer) { o in
                    for n in 0..<new {
                        let start = (o * new + n) * inner
                        for (k, weight) in weights[n].enumerated() {
                            let from = (o * old + first[n] + k) * inner
                            for i in 0..<inner { target[start + i] += weight * source[from + i] }
                        }
                    }
                }
            }
        }
        return result
    }

    /// Applies one map along each of the three axes of `values` of `shape`; throws where there is no memory for that.
    static func apply(_ maps: [AxisMap], to values: [Float], shape: [Int]) throws(VolumeError) -> [Float] {
        let (d, h, w) = (shape[0], shape[1], shape[2])
        let (newH, newW) = (maps[1].first.count, maps[2].first.count)
        for sizes in [[d, h, newW], [d, newH, newW], maps.map(\.first.count)] {
            // One array becomes the next.
            try Grid(shape: sizes).requireMemory(2 * MemoryLayout<Float>.stride, for: "\(sizes.shapeText) voxels")
        }
        let alongW = maps[2].apply(to: values, outer: d * h, old: w, inner: 1)
        let alongH = maps[1].apply(to: alongW, outer: d, old: h, inner: newW)
        return maps[0].apply(to: alongH, outer: 1, old: d, inner: newH * newW)
    }
}
