import Foundation

/// The map from voxel indices (i, j, k), counted from 0 along x, y and z, to world coordinates in millimetres:
/// world = i x + j y + k z + origin, as the NIfTI standard defines it.
///
/// An index stands for the centre of its voxel.
public struct Affine: Equatable, Sendable {
    /// The step in the world of one voxel along the first index, in mm.
    public var x: SIMD3<Double>
    /// The step in the world of one voxel along the second index, in mm.
    public var y: SIMD3<Double>
    /// The step in the world of one voxel along the third index, in mm.
    public var z: SIMD3<Double>
    /// The world coordinates of voxel (0, 0, 0), in mm.
    public var origin: SIMD3<Double>
    /// What the world is, as a NIfTI xform code: 1 scanner, 2 aligned to another scan (default), 3 Talairach, 4 MNI
    /// 152.
    public var code: Int32

    /// Makes a map from its four columns.
    public init(
        x: SIMD3<Double>, y: SIMD3<Double>, z: SIMD3<Double>, origin: SIMD3<Double> = .zero, code: Int32 = 2
    ) {
        self.x = x
        self.y = y
        self.z = z
        self.origin = origin
        self.code = code
    }

    /// Makes an axis-aligned map with `spacing` (x, y, z) mm between voxels and its origin in voxel (0, 0, 0).
    public init(spacing: SIMD3<Double>) {
        self.init(x: [spacing.x, 0, 0], y: [0, spacing.y, 0], z: [0, 0, spacing.z])
    }

    /// The distances between neighbouring voxels along x, y and z, in mm.
    public var spacing: SIMD3<Double> { [length(x), length(y), length(z)] }

    /// The volume of a voxel in mm^3, negative where the map mirrors.
    public var determinant: Double {
        x.x * (y.y * z.z - y.z * z.y) - y.x * (x.y * z.z - x.z * z.y) + z.x * (x.y * y.z - x.z * y.y)
    }

    /// Whether all entries are finite and the three directions span the space.
    public var isInvertible: Bool {
        let sum = (x + y + z + origin).sum()
        let size = spacing.x * spacing.y * spacing.z
        return sum.isFinite && size.isFinite && size > 0 && abs(determinant) > 1e-6 * size
    }

    /// Whether the three directions stand at right angles (to 1e-4), so that a rotation and a spacing describe them.
    public var isOrthogonal: Bool {
        let s = spacing
        return abs((x * y).sum()) < 1e-4 * s.x * s.y && abs((x * z).sum()) < 1e-4 * s.x * s.z
            && abs((y * z).sum()) < 1e-4 * s.y * s.z
    }

    /// The world coordinates of the point `index` = (i, j, k), which need not be whole.
    public func world(_ index: SIMD3<Double>) -> SIMD3<Double> {
        origin + x * index.x + y * index.y + z * index.z
    }

    /// The map of a volume whose voxel (0, 0, 0) is voxel `offset` = (i, j, k) of this one, as after a crop.
    public func shifted(by offset: SIMD3<Double>) -> Affine {
        Affine(x: x, y: y, z: z, origin: world(offset), code: code)
    }

    /// The angles between the three directions in degrees, x and y, x and z, y and z: 90 each unless the map is
    /// sheared.
    public var angles: [Double] {
        [(x, y), (x, z), (y, z)].map { a, b in
            acos(min(max((a * b).sum() / (length(a) * length(b)), -1), 1)) * 180 / .pi
        }
    }

    /// The largest angle in degrees between a direction and the axis of the world nearest to it: 0 unless the map is
    /// oblique.
    public var obliqueness: Double {
        let orientation = Orientation(of: self)
        return zip([x, y, z], orientation.axes).map { column, axis in
            acos(min(abs(column[axis]) / length(column), 1)) * 180 / .pi
        }.max() ?? 0
    }

    /// The map of a volume that covers the same space with voxels `factor` times as large along x, y and z.
    ///
    /// The outer edges coincide, not the centres: index i of the new volume is index (i + 1/2) factor - 1/2 of this
    /// one.
    public func coarsened(by factor: SIMD3<Double>) -> Affine {
        Affine(x: x * factor.x, y: y * factor.y, z: z * factor.z, origin: world(factor * 0.5 - 0.5), code: code)
    }

    /// This map, whose world is in units of `unit` mm, with its world in mm.
    func measured(in unit: Double) -> Affine {
        Affine(x: x * unit, y: y * unit, z: z * unit, origin: origin * unit, code: code)
    }

    private func length(_ vector: SIMD3<Double>) -> Double { (vector * vector).sum().squareRoot() }
}
