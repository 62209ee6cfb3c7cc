import Tensors

/// A scan, a mask or a map of probabilities: one number a voxel, and where the voxels lie in the world.
public struct Volume: Equatable, Sendable {
    /// The values, x fastest, then y, then z: as NIfTI stores them, and as a contiguous tensor [depth, height, width].
    public let values: [Float]
    /// The number of voxels along each axis, and where they lie.
    public let grid: Grid

    /// Makes a volume of `values` (x fastest) on `grid`; throws where their numbers differ.
    public init(_ values: [Float], grid: Grid) throws(VolumeError) {
        guard values.count == grid.count else {
            throw .parameter("values", value: "\(values.count) numbers", expected: "\(grid.count), one a voxel")
        }
        self.values = values
        self.grid = grid
    }

    /// Makes a volume of a tensor [depth, height, width]; dimensions of size 1 before these are dropped.
    public init(_ tensor: Tensor, affine: Affine = Affine(spacing: .one)) throws(VolumeError) {
        guard tensor.rank >= 3, tensor.shape.dropLast(3).allSatisfy({ $0 == 1 }) else {
            throw .parameter("tensor", value: tensor.shape.shapeText, expected: "a shape depth x height x width")
        }
        let grid = try Grid(shape: tensor.shape.suffix(3), affine: affine)
        try grid.requireMemory(for: "a volume of \(grid.shape.shapeText) voxels")
        try self.init(tensor.values, grid: grid)
    }

    /// The values as a new tensor [depth, height, width].
    public func tensor() throws(TensorError) -> Tensor { try Tensor(values, shape: grid.shape) }

    /// [depth, height, width].
    public var shape: [Int] { grid.shape }

    /// Where the voxels lie in the world.
    public var affine: Affine { grid.affine }

    /// The distances between neighbouring voxels in mm, in the order depth, height, width.
    public var spacing: [Double] { grid.spacing }

    /// How many values are not finite.
    public var nonFiniteCount: Int { values.count { !$0.isFinite } }

    /// A volume on the same grid whose values are `transform` of these; throws where there is no memory for it.
    public func map(_ transform: (Float) -> Float) throws(VolumeError) -> Volume {
        try grid.requireMemory(for: "a volume of \(grid.shape.shapeText) voxels")
        return Volume(unchecked: values.map(transform), grid: grid)
    }

    /// The binary mask of the voxels above `threshold` (default 0): 1 there, 0 elsewhere.
    public func mask(above threshold: Float = 0) throws(VolumeError) -> Volume { try map { $0 > threshold ? 1 : 0 } }

    /// Makes a volume of values whose number is known to be right.
    init(unchecked values: [Float], grid: Grid) {
        self.values = values
        self.grid = grid
    }
}
