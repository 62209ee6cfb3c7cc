import Support
import Tensors

/// The weights by which the voxels along one axis of a new volume are sums of those of an old one.
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

    init(count: Int, _ entry: (Int) -> (Int, [Float])) {
        let entries = (0..<count).map(entry)
        first = entries.map(\.0)
        weights = entries.map(\.1)
    }

    /// Applies the map along the middle axis of `source`, which has shape outer x old x inner, and writes to `target`.
    private func apply(
        to source: UnsafePointer<Float>, outer: Int, old: Int, inner: Int, into target: UnsafeMutablePointer<Float>
    ) {
        let new = first.count
        target.update(repeating: 0, count: outer * new * inner)
        // A task is all that belongs to one outer index.
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

    /// Applies one map along each of the three axes of `tensor`, which is contiguous; throws where there is no memory
    /// for that.
    static func apply(_ maps: [AxisMap], to tensor: Tensor) throws(VolumeError) -> Tensor {
        // The last axis comes first, so that what is left for the others is smallest where the maps make it smaller.
        let shapes = [2, 1, 0].map { axis in Array(tensor.shape[..<axis]) + maps[axis...].map(\.first.count) }
        for sizes in shapes {
            // One tensor becomes the next.
            try Grid(shape: sizes).requireMemory(
                2 * MemoryLayout<Float>.stride, for: "\(sizes.shapeText) voxels")
        }
        var result = tensor
        for (axis, sizes) in zip([2, 1, 0], shapes) {
            let next = try VolumeError.wrapping { try Tensor(uninitialised: sizes) }
            maps[axis].apply(
                to: result.pointer, outer: sizes[..<axis].reduce(1, *), old: tensor.shape[axis],
                inner: sizes[(axis + 1)...].reduce(1, *), into: next.pointer)
            // The tensor must live until its elements were read.
            withExtendedLifetime(result) {}
            result = next
        }
        return result
    }
}
