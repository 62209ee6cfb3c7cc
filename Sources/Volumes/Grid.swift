import Foundation
import Support

/// The space of a volume: how many voxels it has along each axis, and where they lie in the world.
public struct Grid: Equatable, Sendable {
    /// The numbers of voxels, in the order depth, height, width (NIfTI's z, y, x); all positive.
    public let shape: [Int]
    /// Where the voxels lie in the world.
    public let affine: Affine
    /// The other fields of the file's header, where the grid is that of a scan that was read.
    let header: ScanHeader?

    /// Makes the space of `shape` = [depth, height, width] voxels that lie in the world as `affine` says.
    ///
    /// Throws where there are not three sizes, a size is not positive, or their product is beyond 2^40.
    public init(shape: [Int], affine: Affine = Affine(spacing: .one)) throws(VolumeError) {
        try VolumeError.require(
            shape.count == 3 && Grid.count(of: shape) != nil, "shape", shape,
            "three positive sizes: depth, height, width")
        self.init(shape: shape, affine: affine, header: nil)
    }

    /// The grid of a scan that was read, whose sizes have been checked.
    init(shape: [Int], affine: Affine, header: ScanHeader?) {
        (self.shape, self.affine, self.header) = (shape, affine, header)
    }

    /// Whether both have as many voxels at the same positions in the world; headers are not compared.
    public static func == (left: Grid, right: Grid) -> Bool { left.shape == right.shape && left.affine == right.affine }

    /// The number of voxels.
    public var count: Int { shape[0] * shape[1] * shape[2] }

    /// Throws where there is no memory for `bytes` a voxel, by default those of its value; `purpose` is what they are
    /// for (default: a volume of this shape).
    func requireMemory(
        _ bytes: Int = MemoryLayout<Float>.stride, for purpose: String? = nil
    ) throws(VolumeError) {
        try VolumeError.wrapping {
            // A count is at most 2^40, so this cannot overflow.
            try AvailableMemory.require(count * bytes, for: purpose ?? "a volume of \(shape.shapeText) voxels")
        }
    }

    /// The distances between neighbouring voxels in mm, in the order depth, height, width.
    public var spacing: [Double] { [affine.spacing.z, affine.spacing.y, affine.spacing.x] }

    /// How far the centres of corresponding voxels lie apart in the world at most, in mm; the shapes are equal.
    public func distance(to other: Grid) -> Double {
        // The distance is a convex function of the index, so a corner has the largest.
        let ends = shape.map { Double($0 - 1) }
        return (0..<8).map { corner in
            let index = SIMD3<Double>(
                corner & 1 == 0 ? 0 : ends[2], corner & 2 == 0 ? 0 : ends[1], corner & 4 == 0 ? 0 : ends[0])
            let difference = affine.world(index) - other.affine.world(index)
            return (difference * difference).sum().squareRoot()
        }.max() ?? 0
    }

    /// Throws where `other`, the grid of the parameter `name`, differs from this one, the grid of `owner`: in shape, or
    /// in the position of a voxel by more than 0.001 mm. The error says what differs, and by how much.
    public func requireSame(_ other: Grid, _ name: String, as owner: String) throws(VolumeError) {
        try VolumeError.require(
            other.shape == shape, name, "of shape \(other.shape.shapeText)", "\(shape.shapeText), as \(owner)")
        let distance = distance(to: other)
        guard !(distance <= 1e-3) else { return }
        let spacings =
            zip(spacing, other.spacing).contains { abs($0 - $1) > 1e-3 }
            ? "voxels of \(other.millimetres) mm, not \(millimetres); "
            : ""
        throw .parameter(
            name, value: "elsewhere in the world: \(spacings)up to \(distance.text(decimals: 3)) mm apart",
            expected: "the grid of \(owner), as after volumes.volume(data, {like = ...})")
    }

    private var millimetres: String { spacing.map { $0.text(decimals: 3) }.joined(separator: " x ") }

    /// The product of `sizes`, or nil where one is not positive or the product is beyond 2^40.
    static func count(of sizes: [Int]) -> Int? {
        var product = 1
        for size in sizes {
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            guard size > 0, !overflow, next <= 1 << 40 else { return nil }
            product = next
        }
        return product
    }

    /// The space of `shape` voxels whose first is voxel `start` = [depth, height, width] of this one; `start` may be
    /// negative, as after padding.
    func window(from start: [Int], shape: [Int]) throws(VolumeError) -> Grid {
        let offset = SIMD3(Double(start[2]), Double(start[1]), Double(start[0]))
        return try Grid(shape: shape, affine: affine.shifted(by: offset))
    }
}

extension Double {
    /// The number to so many decimals, without zeros at the end.
    package func text(decimals: Int) -> String {
        let unit = pow(10, Double(decimals))
        let rounded = (self * unit).rounded() / unit
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
    }
}
