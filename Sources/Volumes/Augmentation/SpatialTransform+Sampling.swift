import Support
import Tensors

/// How values between voxels are found.
public enum Interpolation: Sendable {
    /// Linearly along each axis between the eight nearest voxels: for images.
    case trilinear
    /// The value of the nearest voxel: for labels.
    case nearest
}

extension SpatialTransform {
    /// `tensor` (... x D x H x W) transformed, every map alike; what comes from outside is 0.
    ///
    /// Throws where the last three sizes are others than `shape`. No gradient flows through.
    public func apply(to tensor: Tensor, _ interpolation: Interpolation) throws(VolumeError) -> Tensor {
        try VolumeError.require(
            tensor.rank >= 3 && Array(tensor.shape.suffix(3)) == shape, "tensor",
            "of shape \(tensor.shape.shapeText)", "... x \(shape.shapeText)")
        return try VolumeError.wrapping {
            guard isFlipOnly else { return try sampled(tensor, interpolation) }
            let dims = zip([-3, -2, -1], flips.axes).filter(\.1).map(\.0)
            return dims.isEmpty ? tensor : try tensor.detached().flipped(dims)
        }
    }

    private func sampled(_ tensor: Tensor, _ interpolation: Interpolation) throws(TensorError) -> Tensor {
        let source = try tensor.detached().contiguous()
        let result = try Tensor(uninitialised: tensor.shape)
        let grid = SampledGrid(shape: shape)
        let maps = source.count / grid.count
        let (from, to) = (source.pointer, result.pointer)
        let (d, h, w) = (shape[0], shape[1], shape[2])
        withExtendedLifetime((source, result)) {
            warp.withUnsafeBufferPointer { warp in
                // A task is one row of the result, in all maps.
                ThreadPool.shared.run(d * h) { task in
                    let start = SIMD3(Float(task / h), Float(task % h), 0) - grid.centre
                    for x in 0..<w {
                        let voxel = task * w + x
                        var u = start
                        u.z += Float(x)
                        if !warp.isEmpty {
                            u += SIMD3(warp[voxel], warp[grid.count + voxel], warp[2 * grid.count + voxel])
                        }
                        let position = grid.centre + depthStep * u.x + heightStep * u.y + widthStep * u.z
                        switch interpolation {
                        case .trilinear: grid.interpolate(from, at: position, maps: maps, into: to + voxel)
                        case .nearest: grid.copyNearest(from, at: position, maps: maps, into: to + voxel)
                        }
                    }
                }
            }
        }
        if Interrupt.isRequested { throw .interrupted }
        return result
    }
}

/// Samples a dense volume at any position, with zeros around it; its maps lie one after the other.
private struct SampledGrid {
    private let d, h, w: Int
    /// The centre of the volume, in voxels.
    let centre: SIMD3<Float>

    init(shape: [Int]) {
        (d, h, w) = (shape[0], shape[1], shape[2])
        centre = SIMD3(Float(d - 1), Float(h - 1), Float(w - 1)) / 2
    }

    var count: Int { d * h * w }

    /// Writes the trilinear values at `position`, one a map.
    @inline(__always)
    func interpolate(
        _ source: UnsafePointer<Float>, at position: SIMD3<Float>, maps: Int, into target: UnsafeMutablePointer<Float>
    ) {
        guard let (z, upperZ) = Self.split(position.x, d), let (y, upperY) = Self.split(position.y, h),
            let (x, upperX) = Self.split(position.z, w)
        else { return clear(maps, target) }
        let corner = (z * h + y) * w + x
        // At the border some of the eight corners are outside, and count as 0.
        guard z >= 0, z < d - 1, y >= 0, y < h - 1, x >= 0, x < w - 1 else {
            for map in 0..<maps {
                var sum: Float = 0
                for bits in 0..<8 {
                    let (k, j, i) = (bits >> 2, bits >> 1 & 1, bits & 1)
                    guard (0..<d).contains(z + k), (0..<h).contains(y + j), (0..<w).contains(x + i) else { continue }
                    let weight =
                        (k == 1 ? upperZ : 1 - upperZ) * (j == 1 ? upperY : 1 - upperY) * (i == 1 ? upperX : 1 - upperX)
                    sum += weight * source[map * count + corner + (k * h + j) * w + i]
                }
                target[map * count] = sum
            }
            return
        }
        for map in 0..<maps {
            let near = source + map * count + corner
            let far = near + h * w
            let top = Self.between(
                Self.between(near[0], near[1], upperX), Self.between(near[w], near[w + 1], upperX), upperY)
            let bottom = Self.between(
                Self.between(far[0], far[1], upperX), Self.between(far[w], far[w + 1], upperX), upperY)
            target[map * count] = Self.between(top, bottom, upperZ)
        }
    }

    /// Writes the values of the voxel nearest to `position`, one a map.
    @inline(__always)
    func copyNearest(
        _ source: UnsafePointer<Float>, at position: SIMD3<Float>, maps: Int, into target: UnsafeMutablePointer<Float>
    ) {
        guard let (z, _) = Self.split(position.x + 0.5, d), let (y, _) = Self.split(position.y + 0.5, h),
            let (x, _) = Self.split(position.z + 0.5, w), z >= 0, y >= 0, x >= 0
        else { return clear(maps, target) }
        let voxel = (z * h + y) * w + x
        for map in 0..<maps { target[map * count] = source[map * count + voxel] }
    }

    /// The whole number below `position` and the rest; nil unless -1 < position < size, so also for nan.
    @inline(__always)
    private static func split(_ position: Float, _ size: Int) -> (whole: Int, rest: Float)? {
        guard position > -1, position < Float(size) else { return nil }
        let floor = position.rounded(.down)
        return (Int(floor), position - floor)
    }

    @inline(__always)
    private static func between(_ a: Float, _ b: Float, _ share: Float) -> Float { a + share * (b - a) }

    @inline(__always)
    private func clear(_ maps: Int, _ target: UnsafeMutablePointer<Float>) {
        for map in 0..<maps { target[map * count] = 0 }
    }
}
