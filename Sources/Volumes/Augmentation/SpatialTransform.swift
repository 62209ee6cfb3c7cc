import Foundation
import Support

/// A spatial transform of a volume: flips, a rotation, a scaling and an elastic warp in one.
///
/// A voxel at u (voxels from the volume's centre) takes its value from M (u + e(u)), where e is the warp, and
/// M = F S^-1 R S / f with the flips F, the rotation R, the factor f, and the spacing S, so that an angle is one in mm
/// however far apart the slices lie. The volume is interpolated only once, whatever is combined.
public struct SpatialTransform: Equatable, Sendable {
    /// The shape of the volumes that it applies to: depth, height, width.
    public let shape: [Int]
    /// Whether the axes are reversed.
    public let flips: Flips
    /// The columns of M: where a step of one voxel along an axis of the result leads in the source, in voxels.
    let depthStep, heightStep, widthStep: SIMD3<Float>
    /// e in voxels: the fields along depth, height and width, one after the other; empty where there is no warp.
    let warp: [Float]
    /// Whether nothing but flips is done, which moves voxels exactly onto voxels.
    let isFlipOnly: Bool

    /// Combines changes of volumes of `shape` whose voxels lie `spacing` mm apart (both depth, height, width).
    ///
    /// - Parameters:
    ///   - flips: The axes to reverse, after all else.
    ///   - rotation: Degrees about the axes depth, height and width; about depth, 90 takes height to width.
    ///   - factor: What the content is magnified by.
    ///   - warp: Displacements in mm along depth, height and width, a number a voxel; none by default.
    public init(
        shape: [Int], spacing: [Double] = [1, 1, 1], flips: Flips = Flips(axes: [false, false, false]),
        rotation: [Double] = [0, 0, 0], factor: Double = 1, warp: [[Float]] = []
    ) throws(VolumeError) {
        try VolumeError.require(
            Grid.count(of: shape) != nil && shape.count == 3, "shape", shape, "three positive sizes")
        try VolumeError.require(
            spacing.count == 3 && spacing.allSatisfy { (1e-3...1e3).contains($0) }, "spacing", spacing,
            "three distances in mm from 0.001 to 1000")
        try VolumeError.require(
            flips.axes.count == 3, "flip", flips.axes, "true or false for each of depth, height and width")
        try VolumeError.require(
            rotation.count == 3 && rotation.allSatisfy(\.isFinite), "rotation", rotation, "three angles in degrees")
        try VolumeError.require((1e-3...1e3).contains(factor), "factor", factor, "a number from 0.001 to 1000")
        let count = shape[0] * shape[1] * shape[2]
        try VolumeError.require(
            warp.isEmpty || warp.map(\.count) == [count, count, count], "warp", warp.map(\.count),
            "three fields of \(count) numbers")
        let turn = Self.product(
            Self.rotation(rotation[0], from: 1, to: 2),
            Self.product(Self.rotation(rotation[1], from: 2, to: 0), Self.rotation(rotation[2], from: 0, to: 1)))
        let mm = SIMD3(spacing[0], spacing[1], spacing[2])
        let signs = SIMD3<Double>(flips.axes[0] ? -1 : 1, flips.axes[1] ? -1 : 1, flips.axes[2] ? -1 : 1)
        self.shape = shape
        self.flips = flips
        let steps = (0..<3).map { SIMD3<Float>(turn[$0] * signs * spacing[$0] / mm / factor) }
        (depthStep, heightStep, widthStep) = (steps[0], steps[1], steps[2])
        // Reserved at once, because an array that grows takes up to twice the memory.
        var voxels: [Float] = []
        voxels.reserveCapacity(warp.isEmpty ? 0 : 3 * count)
        for (field, distance) in zip(warp, spacing) { voxels += field.lazy.map { $0 / Float(distance) } }
        self.warp = voxels
        self.isFlipOnly = warp.isEmpty && factor == 1 && rotation.allSatisfy { $0 == 0 }
    }

    /// The columns of the rotation by -`degrees` in the plane of two axes, which leads from a voxel of the turned
    /// content to where it was before the turn by `degrees`.
    private static func rotation(_ degrees: Double, from first: Int, to second: Int) -> [SIMD3<Double>] {
        let angle = degrees * .pi / 180
        var columns: [SIMD3<Double>] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
        columns[first][first] = cos(angle)
        columns[first][second] = -sin(angle)
        columns[second][first] = sin(angle)
        columns[second][second] = cos(angle)
        return columns
    }

    /// The columns of the product of two matrices of columns.
    private static func product(_ a: [SIMD3<Double>], _ b: [SIMD3<Double>]) -> [SIMD3<Double>] {
        b.map { a[0] * $0.x + a[1] * $0.y + a[2] * $0.z }
    }
}

/// Random flips, the same for an image and its mask.
public struct Flips: Equatable, Sendable {
    /// Whether each of the axes depth, height and width is reversed.
    public let axes: [Bool]

    /// Reverses the axes for which `axes` = [depth, height, width] is true.
    public init(axes: [Bool]) { self.axes = axes }

    /// Draws from `generator`, with probability 1/2, whether to reverse each of the `allowed` axes (default all).
    public init(from generator: RandomGenerator, allowed: [Bool] = [true, true, true]) {
        axes = allowed.map { generator.uniform() < 0.5 && $0 }
    }
}
