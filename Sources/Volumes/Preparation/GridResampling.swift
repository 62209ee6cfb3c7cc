import Support

extension Affine {
    /// The map from world coordinates to voxel indices; nil where there is none.
    public func inverse() -> Affine? {
        guard isInvertible else { return nil }
        let d = determinant
        // The rows of the inverse are cross products of the columns.
        let rows = [cross(y, z) / d, cross(z, x) / d, cross(x, y) / d]
        func column(_ axis: Int) -> SIMD3<Double> { [rows[0][axis], rows[1][axis], rows[2][axis]] }
        let start: SIMD3<Double> = [
            -(rows[0] * origin).sum(), -(rows[1] * origin).sum(), -(rows[2] * origin).sum(),
        ]
        return Affine(x: column(0), y: column(1), z: column(2), origin: start, code: code)
    }

    private func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
        [a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x]
    }
}

extension Volume {
    /// The volume on another grid anywhere in the world: values are interpolated linearly between the eight nearest
    /// voxels, and what lies outside by more than half a voxel is `outside` (default 0).
    ///
    /// No averaging precedes a coarser grid. Throws where this volume's affine cannot be inverted.
    public func resampled(onto grid: Grid, outside: Float = 0) throws(VolumeError) -> Volume {
        try sampled(onto: grid, outside: outside) { values, corners in
            var (sum, weights) = (Float(0), Float(0))
            corners.forEach { index, weight in
                sum += values[index] * weight
                weights += weight
            }
            return sum / weights
        }
    }

    /// A mask or class numbers on another grid: each voxel gets the label that has the largest share by linear weights
    /// of the eight nearest voxels (of equal ones the largest), 0 outside.
    public func labelsResampled(onto grid: Grid) throws(VolumeError) -> Volume {
        try sampled(onto: grid, outside: 0) { values, corners in
            var (best, bestShare) = (Float(0), Float(-1))
            corners.forEach { index, _ in
                let label = values[index]
                var share = Float(0)
                corners.forEach { other, weight in
                    if values[other] == label { share += weight }
                }
                if share > bestShare + 1e-6 || share > bestShare - 1e-6 && label > best {
                    (best, bestShare) = (label, share)
                }
            }
            return best
        }
    }

    /// The volume on an upright grid, RAS with cubic voxels of the least spacing, that holds all of it: for scans whose
    /// axes are oblique or sheared.
    public func upright() throws(VolumeError) -> Volume {
        let step = spacing.min() ?? 1
        let ends: [Double] = [Double(shape[2]) - 0.5, Double(shape[1]) - 0.5, Double(shape[0]) - 0.5]
        let corners = (0..<8).map { (corner: Int) -> SIMD3<Double> in
            var index = SIMD3<Double>(repeating: -0.5)
            for axis in 0..<3 where corner >> axis & 1 != 0 { index[axis] = ends[axis] }
            return affine.world(index)
        }
        let least = corners.dropFirst().reduce(corners[0], pointwiseMin)
        let extent = corners.dropFirst().reduce(corners[0], pointwiseMax) - least
        let sizes = (0..<3).map { (axis: Int) -> Double in extent[axis] / step }
        try VolumeError.require(
            sizes.allSatisfy { $0 < 65_536 }, "affine", "of \(extent) mm",
            "at most 65,536 voxels of \(step) mm along an axis")
        // So far away, positions have no digits left for the voxels.
        let farthest = corners.map { max(abs($0.x), abs($0.y), abs($0.z)) }.max() ?? 0
        try VolumeError.require(
            farthest < step * 1e12, "affine", "\(Float(farthest)) mm from the origin of the world",
            "less than 1e12 times its voxels of \(Float(step)) mm")
        var upright = Affine(spacing: [step, step, step])
        upright.origin = least + SIMD3(repeating: 0.5 * step)
        upright.code = affine.code
        return try resampled(
            onto: Grid(shape: [2, 1, 0].map { max(1, Int(sizes[$0].rounded(.up))) }, affine: upright))
    }

    private func sampled(
        onto target: Grid, outside: Float, _ value: @Sendable (UnsafeBufferPointer<Float>, Corners) -> Float
    ) throws(VolumeError) -> Volume {
        guard let inverse = affine.inverse() else {
            throw .parameter("affine", value: "singular", expected: "three directions that span the space")
        }
        let (size, shape) = (target.shape, shape)
        // From an index of the target straight to one of this volume.
        func index(_ point: SIMD3<Double>) -> SIMD3<Double> { inverse.world(target.affine.world(point)) }
        let start = index(.zero)
        let steps = [index([1, 0, 0]) - start, index([0, 1, 0]) - start, index([0, 0, 1]) - start]
        return try Volume(on: target) { result throws(VolumeError) in
            withValues { values in
                ThreadPool.shared.run(size[0]) { z in
                    guard !Interrupt.isRequested else { return }
                    for y in 0..<size[1] {
                        let row = start + steps[2] * Double(z) + steps[1] * Double(y)
                        let to = (z * size[1] + y) * size[2]
                        for x in 0..<size[2] {
                            let corners = Corners(around: row + steps[0] * Double(x), in: shape)
                            result[to + x] = corners.map { value(values, $0) } ?? outside
                        }
                    }
                }
            }
            guard !Interrupt.isRequested else { throw .interrupted }
        }
    }
}

/// The up to eight voxels around a point, with their linear weights.
private struct Corners {
    private let low: SIMD3<Int>
    private let fraction: SIMD3<Float>
    private let h: Int
    private let w: Int
    /// How many corners there are along x, y and z.
    private let counts: SIMD3<Int>

    /// The corners around `point` = (i, j, k) in a volume of `shape`; the outermost voxels reach half a voxel outwards.
    /// nil outside.
    init?(around point: SIMD3<Double>, in shape: [Int]) {
        let sizes = SIMD3(shape[2], shape[1], shape[0])
        var (low, fraction) = (SIMD3<Int>.zero, SIMD3<Float>.zero)
        for axis in 0..<3 {
            let last = Double(sizes[axis] - 1)
            // Rounding must not lose the outer half of a voxel.
            guard point[axis] >= -0.5 - 1e-6, point[axis] <= last + 0.5 + 1e-6 else { return nil }
            let inside = min(max(point[axis], 0), last)
            low[axis] = min(Int(inside), max(sizes[axis] - 2, 0))
            fraction[axis] = Float(inside - Double(low[axis]))
        }
        (self.low, self.fraction) = (low, fraction)
        (h, w) = (shape[1], shape[2])
        counts = pointwiseMin(sizes, [2, 2, 2])
    }

    /// Calls `body` with the index and the weight of each corner whose weight is above 0.
    func forEach(_ body: (Int, Float) -> Void) {
        for dz in 0..<counts.z {
            for dy in 0..<counts.y {
                for dx in 0..<counts.x {
                    let weight =
                        (dx == 0 ? 1 - fraction.x : fraction.x) * (dy == 0 ? 1 - fraction.y : fraction.y)
                        * (dz == 0 ? 1 - fraction.z : fraction.z)
                    if weight > 0 { body(((low.z + dz) * h + low.y + dy) * w + low.x + dx, weight) }
                }
            }
        }
    }
}
