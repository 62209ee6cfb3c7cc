import Support
import Tensors

extension Grid {
    /// The grid of the same space with `factor` times as many voxels along each axis, rounded up.
    ///
    /// Throws where `factor` is not within 1/64 ... 64, or there would be too many voxels.
    func resampled(by factor: Double) throws(VolumeError) -> Grid {
        try VolumeError.require(factor >= 1.0 / 64 && factor <= 64, "factor", factor, "a number from 1/64 to 64")
        return try coarsened(by: [1 / factor, 1 / factor, 1 / factor])
    }

    /// How many times as long as now voxels of `spacing` mm (depth, height, width) are; 1 where they differ by less
    /// than a thousandth, so that sizes which were rounded in a header do not blur a volume. Throws where one is not
    /// within 1/64 ... 64.
    func ratios(to spacing: [Double]) throws(VolumeError) -> [Double] {
        try VolumeError.require(
            spacing.count == 3 && spacing.allSatisfy { $0 > 0 && $0.isFinite }, "spacing", spacing,
            "three positive distances in mm: depth, height, width")
        return try zip(spacing, self.spacing).map { wanted, current throws(VolumeError) in
            let ratio = wanted / current
            try VolumeError.require(
                ratio >= 1.0 / 64 && ratio <= 64, "spacing", wanted,
                "a number of mm from 1/64 to 64 times that of the scan, \(Float(current))")
            return abs(ratio - 1) < 1e-3 ? 1 : ratio
        }
    }

    /// The grid of the same space whose voxels are `ratios` (depth, height, width) times as long, their number rounded
    /// up.
    func coarsened(by ratios: [Double]) throws(VolumeError) -> Grid {
        guard ratios != [1, 1, 1] else { return self }
        return try Grid(
            shape: zip(shape, ratios).map { max(1, Int((Double($0) / $1 - 1e-6).rounded(.up))) },
            affine: affine.coarsened(by: [ratios[2], ratios[1], ratios[0]]))
    }
}

extension Volume {
    /// The volume in a grid with `factor` times as many voxels along each axis, rounded up; 0.5 halves the resolution.
    ///
    /// Below 1, a new voxel is the average of the space it covers; above 1, values are interpolated linearly. The
    /// affine is moved so that the volume stays where it is in the world. Throws where `factor` is not within
    /// 1/64 ... 64, or the result would be too large.
    public func resampled(by factor: Double) throws(VolumeError) -> Volume {
        let target = try grid.resampled(by: factor)
        return factor == 1 ? self : try resampled(to: target, ratios: [Double](repeating: 1 / factor, count: 3))
    }

    /// The volume with voxels of `spacing` mm (depth, height, width), as `resampled(by:)`; lengths that differ from the
    /// volume's by less than a thousandth are taken for equal.
    public func resampled(toSpacing spacing: [Double]) throws(VolumeError) -> Volume {
        let ratios = try grid.ratios(to: spacing)
        return ratios == [1, 1, 1] ? self : try resampled(to: grid.coarsened(by: ratios), ratios: ratios)
    }

    /// A volume of labels with `factor` times as many voxels along each axis, as `labelsResampled(onto:)`.
    public func labelsResampled(by factor: Double) throws(VolumeError) -> Volume {
        try labelsResampled(onto: try grid.resampled(by: factor))
    }

    /// A volume of labels with voxels of `spacing` mm (depth, height, width), as `labelsResampled(onto:)`.
    public func labelsResampled(toSpacing spacing: [Double]) throws(VolumeError) -> Volume {
        try labelsResampled(onto: try grid.coarsened(by: try grid.ratios(to: spacing)))
    }

    /// The volume on `target`, whose voxels are `ratios` (depth, height, width) times as long and whose outer corner is
    /// the same.
    func resampled(to target: Grid, ratios: [Double]) throws(VolumeError) -> Volume {
        let maps = (0..<3).map { axis in
            ratios[axis] > 1
                ? AxisMap.area(from: shape[axis], to: target.shape[axis], ratio: ratios[axis])
                : AxisMap.linear(from: shape[axis], to: target.shape[axis], ratio: ratios[axis])
        }
        let voxels = try AxisMap.apply(maps, to: voxels)
        guard !Interrupt.isRequested else { throw .interrupted }
        return Volume(voxels, grid: target)
    }

    /// All of its voxels.
    var box: VoxelBox { VoxelBox(start: [0, 0, 0], shape: shape) }

    /// The voxels of `box`, each changed by `change`, on `target`, whose first voxel is voxel `start` = [depth, height,
    /// width] of this volume; the other voxels of `target` are `padding`. All is done in one pass.
    func window(
        from start: [Int], on target: Grid, within box: VoxelBox, padding: Float = 0, _ change: (Float) -> Float
    ) throws(VolumeError) -> Volume {
        let size = target.shape
        let inside = (0..<3).map { axis in
            let first = max(start[axis], box.start[axis], 0)
            let end = min(start[axis] + size[axis], box.start[axis] + box.shape[axis], shape[axis])
            return first..<max(first, end)
        }
        return try Volume(on: target) { result in
            result.update(repeating: padding, count: target.count)
            withValues { values in
                for z in inside[0] {
                    for y in inside[1] {
                        let from = (z * shape[1] + y) * shape[2]
                        let to = ((z - start[0]) * size[1] + y - start[1]) * size[2] - start[2]
                        for x in inside[2] { result[to + x] = change(values[from + x]) }
                    }
                }
            }
        }
    }

    /// This volume on `target`, its first voxel at voxel `start` = [depth, height, width] there, with `padding` around
    /// it.
    ///
    /// Where that changes nothing, both share their voxels.
    func placed(at start: [Int], on target: Grid, padding: Float) throws(VolumeError) -> Volume {
        if target.shape == shape, start.allSatisfy({ $0 == 0 }) { return try on(target) }
        return try window(from: start.map { -$0 }, on: target, within: box, padding: padding) { $0 }
    }
}

/// A box of voxels within a volume, which may reach beyond it.
struct VoxelBox {
    /// The first voxel: [depth, height, width].
    let start: [Int]
    /// The numbers of voxels along these axes.
    let shape: [Int]
}
