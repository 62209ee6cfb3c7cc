import Foundation
import Support

/// Where the voxels of a volume lie in the world, and the order in which a viewer takes them: along the three axes
/// that are nearest to right, anterior and superior, each growing that way.
public struct VoxelFrame: Sendable {
    /// The numbers of voxels: depth, height, width.
    let shape: [Int]
    /// For right, anterior and superior, which axis of the voxels is nearest: 0 width, 1 height, 2 depth.
    let axes: [Int]
    /// For right, anterior and superior, whether that axis grows the other way.
    let isFlipped: [Bool]
    /// The step in the world of one voxel towards right, anterior and superior, in mm.
    let steps: [SIMD3<Double>]
    /// Where the voxel lies that is farthest left, posterior and inferior, in mm.
    let origin: SIMD3<Double>

    /// Finds the order of the voxels of a volume of `shape` (depth, height, width), of which (i, j, k), counted from 0
    /// along width, height and depth, lies at i x + j y + k z + origin mm in a world whose axes point to the right, to
    /// the front and up, as in NIfTI.
    ///
    /// Of the six orders of the axes that one is taken whose axes have the largest cosines with those of the world, in
    /// sum. Throws where a size is not positive, and where the directions do not span the space.
    public init(
        shape: [Int], x: SIMD3<Double>, y: SIMD3<Double>, z: SIMD3<Double>, origin: SIMD3<Double>
    ) throws(ReportError) {
        try ReportError.require(
            shape.count == 3 && shape.allSatisfy { $0 > 0 }, "shape", shape, "depth, height and width")
        let columns = [x, y, z]
        let lengths = columns.map(Self.length)
        let determinant =
            x.x * (y.y * z.z - y.z * z.y) - y.x * (x.y * z.z - x.z * z.y) + z.x * (x.y * y.z - x.z * y.y)
        let size = lengths[0] * lengths[1] * lengths[2]
        try ReportError.require(
            (origin.x + origin.y + origin.z + size).isFinite && size > 0 && abs(determinant) > 1e-6 * size, "affine",
            columns, "three directions that span the space")
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
        func nearness(_ order: [Int]) -> Double {
            (0..<3).reduce(0) { $0 + abs(columns[order[$1]][$1]) / lengths[order[$1]] }
        }
        var axes = orders[0]
        // Of equally near orders the first is taken, whatever the rounding.
        for order in orders where nearness(order) > nearness(axes) + 1e-9 { axes = order }
        let isFlipped = (0..<3).map { columns[axes[$0]][$0] < 0 }
        self.shape = shape
        self.axes = axes
        self.isFlipped = isFlipped
        steps = (0..<3).map { isFlipped[$0] ? -columns[axes[$0]] : columns[axes[$0]] }
        self.origin = (0..<3).reduce(origin) { place, direction in
            let axis = axes[direction]
            return isFlipped[direction] ? place + columns[axis] * Double(shape[2 - axis] - 1) : place
        }
    }

    /// The numbers of voxels towards right, anterior and superior.
    var size: [Int] { axes.map { shape[2 - $0] } }

    /// The distances of neighbouring voxels towards right, anterior and superior, in mm.
    var spacing: [Double] { steps.map(Self.length) }

    /// Where the voxel farthest left, posterior and inferior stands among the volume's values, and how far from a voxel
    /// its neighbours towards right, anterior and superior stand.
    var layout: (start: Int, strides: [Int]) {
        let dense = [1, shape[2], shape[1] * shape[2]]
        let start = (0..<3).reduce(0) { $0 + (isFlipped[$1] ? (size[$1] - 1) * dense[axes[$1]] : 0) }
        return (start, (0..<3).map { isFlipped[$0] ? -dense[axes[$0]] : dense[axes[$0]] })
    }

    /// The largest angle between an axis and the direction that it is taken for, in degrees.
    var tilt: Double {
        let cosines = (0..<3).map { steps[$0][$0] / spacing[$0] }
        return acos(min(cosines.min() ?? 1, 1)) * 180 / .pi
    }

    /// The factors that are to follow `factor` where voxels have to become fewer: one more, or a quarter, along
    /// the axes on which those that are joined by `factor` are smallest in mm.
    func coarser(than factor: [Int]) -> [Int] {
        let sizes = (0..<3).map { size[$0] > factor[$0] ? spacing[$0] * Double(factor[$0]) : .infinity }
        let least = sizes.min() ?? .infinity
        return (0..<3).map {
            sizes[$0].isFinite && sizes[$0] < 1.5 * least ? factor[$0] + max(1, factor[$0] / 4) : factor[$0]
        }
    }

    private static func length(_ vector: SIMD3<Double>) -> Double { (vector * vector).sum().squareRoot() }
}
