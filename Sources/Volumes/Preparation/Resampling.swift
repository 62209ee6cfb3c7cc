import Support
import Tensors

extension Volume {
    /// The volume in a grid with `factor` times as many voxels along each axis, rounded up; 0.5 halves the resolution.
    ///
    /// Below 1, a new voxel is the average of the space it covers; above 1, values are interpolated linearly. The
    /// affine is moved so that the volume stays where it is in the world. Throws where `factor` is not within
    /// 1/64 ... 64, or the result would be too large.
    public func resampled(by factor: Double) throws(VolumeError) -> Volume {
        guard factor >= 1.0 / 64, factor <= 64 else {
            throw .parameter("factor", value: "\(factor)", expected: "a number from 1/64 to 64")
        }
        guard factor != 1 else { return self }
        let ratio = 1 / factor
        let target = try Grid(
            shape: shape.map { max(1, Int((Double($0) * factor - 1e-6).rounded(.up))) },
            affine: affine.coarsened(by: SIMD3(repeating: ratio)))
        return try resampled(to: target, ratio: ratio)
    }

    /// The volume on `target`, whose voxels are `ratio` times as long and whose outer corner is the same.
    func resampled(to target: Grid, ratio: Double) throws(VolumeError) -> Volume {
        let maps = (0..<3).map { axis in
            ratio > 1
                ? AxisMap.area(from: shape[axis], to: target.shape[axis], ratio: ratio)
                : AxisMap.linear(from: shape[axis], to: target.shape[axis], ratio: ratio)
        }
        let values = try AxisMap.apply(maps, to: values, shape: shape)
        guard !Interrupt.isRequested else { throw .interrupted }
        return Volume(unchecked: values, grid: target)
    }

    /// The `shape` voxels from voxel `start` = [depth, height, width] on; beyond this volume they are `padding`.
    func window(from start: [Int], shape size: [Int], padding: Float = 0) throws(VolumeError) -> Volume {
        let target = try grid.window(from: start, shape: size)
        try target.requireMemory(for: "a volume of \(size.shapeText) voxels")
        var result = [Float](repeating: padding, count: target.count)
        let columns = max(0, start[2])..<max(0, start[2], min(shape[2], start[2] + size[2]))
        for z in max(0, start[0])..<max(0, start[0], min(shape[0], start[0] + size[0])) {
            for y in max(0, start[1])..<max(0, start[1], min(shape[1], start[1] + size[1])) {
                let from = (z * shape[1] + y) * shape[2]
                let to = ((z - start[0]) * size[1] + y - start[1]) * size[2] - start[2]
                for x in columns { result[to + x] = values[from + x] }
            }
        }
        return Volume(unchecked: result, grid: target)
    }
}
