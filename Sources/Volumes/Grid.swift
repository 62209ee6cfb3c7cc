/// The space of a volume: how many voxels it has along each axis, and where they lie in the world.
public struct Grid: Equatable, Sendable {
    /// The numbers of voxels, in the order depth, height, width (NIfTI's z, y, x); all positive.
    public let shape: [Int]
    /// Where the voxels lie in the world.
    public let affine: Affine

    /// Makes the space of `shape` = [depth, height, width] voxels that lie in the world as `affine` says.
    ///
    /// Throws where there are not three sizes, a size is not positive, or their product is beyond 2^40.
    public init(shape: [Int], affine: Affine = Affine(spacing: .one)) throws(VolumeError) {
        guard shape.count == 3, Grid.count(of: shape) != nil else {
            throw .parameter("shape", value: "\(shape)", expected: "three positive sizes: depth, height, width")
        }
        self.shape = shape
        self.affine = affine
    }

    /// The number of voxels.
    public var count: Int { shape[0] * shape[1] * shape[2] }

    /// The distances between neighbouring voxels in mm, in the order depth, height, width.
    public var spacing: [Double] { [affine.spacing.z, affine.spacing.y, affine.spacing.x] }

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
