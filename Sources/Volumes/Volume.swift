import Support
import Tensors

/// A scan, a mask or a map of probabilities: one number per voxel, and where the voxels lie in the world.
///
/// A volume is a value: nobody changes its voxels once it is made. So volumes and networks read the same memory, and
/// only what others may change is copied: a tensor that becomes a volume, and the voxels that are handed out as a
/// tensor.
public struct Volume: Equatable, @unchecked Sendable {
    /// The values as a contiguous tensor [depth, height, width], x fastest as NIfTI stores them: to be read, never
    /// changed.
    package let voxels: Tensor
    /// The number of voxels along each axis, and where they lie.
    public let grid: Grid

    /// Makes a volume of `values` (x fastest) on `grid`; throws where their numbers differ.
    public init(_ values: [Float], grid: Grid) throws(VolumeError) {
        try VolumeError.require(
            values.count == grid.count, "values", "\(values.count) numbers", "\(grid.count), one a voxel")
        try self.init(on: grid) { target in
            values.withUnsafeBufferPointer {
                target.update(from: $0.baseAddress ?? UnsafePointer(target), count: $0.count)
            }
        }
    }

    /// Makes a volume of a copy of a tensor [depth, height, width]; dimensions of size 1 before these are dropped.
    public init(_ tensor: Tensor, affine: Affine = Affine(spacing: .one)) throws(VolumeError) {
        let shared = try Volume(sharing: tensor, affine: affine)
        let isCopy = shared.voxels.storage !== tensor.storage
        self.init(isCopy ? shared.voxels : try VolumeError.wrapping { try shared.tensor() }, grid: shared.grid)
    }

    /// Makes a volume that reads the memory of a contiguous tensor [depth, height, width], and a copy of any other;
    /// dimensions of size 1 before these are dropped. It must be gone before anybody may change the tensor. An error
    /// about its shape names the parameter `name`.
    package init(
        sharing tensor: Tensor, affine: Affine = Affine(spacing: .one), named name: String = "tensor"
    ) throws(VolumeError) {
        try VolumeError.require(
            tensor.rank >= 3 && tensor.shape.dropLast(3).allSatisfy { $0 == 1 }, name, tensor.shape.shapeText,
            "a shape depth x height x width")
        let grid = try Grid(shape: tensor.shape.suffix(3), affine: affine)
        try grid.requireMemory()
        let voxels = try VolumeError.wrapping { try tensor.detached().contiguous().reshaped(grid.shape) }
        self.init(voxels, grid: grid)
    }

    /// Makes a volume on `grid` whose values, x fastest, `fill` writes; throws where there is no memory for them, which
    /// `purpose` says what for (default: a volume of that shape).
    init(
        on grid: Grid, for purpose: String? = nil,
        _ fill: (UnsafeMutablePointer<Float>) throws(VolumeError) -> Void
    ) throws(VolumeError) {
        try grid.requireMemory(for: purpose)
        let voxels = try VolumeError.wrapping { try Tensor(uninitialised: grid.shape) }
        try fill(voxels.pointer)
        self.init(voxels, grid: grid)
    }

    /// Makes a volume of a contiguous tensor of the grid's shape that nobody else has.
    init(_ voxels: Tensor, grid: Grid) {
        (self.voxels, self.grid) = (voxels, grid)
    }

    /// Whether both have equal values on the same grid.
    public static func == (left: Volume, right: Volume) -> Bool {
        left.grid == right.grid && left.voxels.isEqual(to: right.voxels)
    }

    /// The values, x fastest, then y, then z, copied into an array.
    public var values: [Float] { voxels.values }

    /// Calls `body` with the values, x fastest, which are not copied.
    public func withValues<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(voxels) {} }
        return try body(UnsafeBufferPointer(start: voxels.pointer, count: grid.count))
    }

    /// The values as a new tensor [depth, height, width], the caller's to change.
    public func tensor() throws(TensorError) -> Tensor { try voxels.cloned() }

    /// The same values on `grid`, the parameter `name`; throws where its shape is another.
    public func on(_ grid: Grid, _ name: String = "grid") throws(VolumeError) -> Volume {
        try VolumeError.require(
            shape == grid.shape, name, "of shape \(grid.shape.shapeText)", "\(shape.shapeText), as the values")
        return Volume(voxels, grid: grid)
    }

    /// [depth, height, width].
    public var shape: [Int] { grid.shape }

    /// Where the voxels lie in the world.
    public var affine: Affine { grid.affine }

    /// The distances between neighbouring voxels in mm, in the order depth, height, width.
    public var spacing: [Double] { grid.spacing }

    /// How many values are not finite.
    public var nonFiniteCount: Int { withValues { $0.count { !$0.isFinite } } }

    /// A volume on the same grid whose values are `transform` of these; throws where there is no memory for it.
    public func map(_ transform: (Float) -> Float) throws(VolumeError) -> Volume {
        try Volume(on: grid) { target in
            withValues { for index in $0.indices { target[index] = transform($0[index]) } }
        }
    }

    /// The binary mask of the voxels above `threshold` (default 0): 1 there, 0 elsewhere.
    public func mask(above threshold: Float = 0) throws(VolumeError) -> Volume { try map { $0 > threshold ? 1 : 0 } }
}
