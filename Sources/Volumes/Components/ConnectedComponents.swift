import Support

/// The connected parts of a mask or of class numbers: voxels of the same positive value that touch.
///
/// Parts are numbered from 1 in the order of their first voxels: z, then y, then x. Found in two passes over the runs
/// of equal voxels along x, joined by union-find (Rosenfeld and Pfaltz, "Sequential operations in digital picture
/// processing", J ACM 13(4), 1966; He et al., "A run-based two-scan labeling algorithm", IEEE TIP 17(5), 2008).
public struct ConnectedComponents: Equatable, Sendable {
    /// Which voxels touch.
    public enum Connectivity: Int, CaseIterable, Sendable {
        /// Those with a common face: 6 neighbours.
        case faces = 6
        /// Those with a common face or edge: 18.
        case edges = 18
        /// Those with a common face, edge or corner: 26.
        case corners = 26

        /// Along how many of the three axes a neighbour may differ.
        var reach: Int { self == .faces ? 1 : self == .edges ? 2 : 3 }
    }

    /// The number of each voxel's part, x fastest; 0 where the value is not positive.
    public let numbers: [Int32]
    /// The number of voxels of each part.
    public let sizes: [Int]
    /// The value of each part.
    public let values: [Float]
    /// The box around each part.
    public let boxes: [Box]

    /// Finds the parts of `volume`, the parameter "mask".
    ///
    /// Throws where a value is not finite, there are 2^31 voxels or more, there is no memory for the parts, or the user
    /// asked to stop.
    public init(of volume: Volume, _ connectivity: Connectivity = .corners) throws(VolumeError) {
        try volume.requireFinite("mask")
        try VolumeError.require(
            volume.grid.count < Int(Int32.max), "mask", "of shape \(volume.shape.shapeText)", "less than 2^31 voxels")
        try volume.grid.requireMemory(MemoryLayout<Int32>.stride, for: "the components of a mask")
        var runs = try volume.withValues { values throws(VolumeError) in try VoxelRuns(of: values, shape: volume.shape)
        }
        try volume.withValues { values throws(VolumeError) in try runs.join(values, connectivity) }
        let roots = runs.numberRoots()
        try VolumeError.wrapping {
            let bytes = MemoryLayout<Int>.stride + MemoryLayout<Float>.stride + MemoryLayout<Box>.stride
            try AvailableMemory.require(roots * bytes, for: "\(roots) components")
        }
        var numbers = [Int32](repeating: 0, count: volume.grid.count)
        var (sizes, values) = ([Int](repeating: 0, count: roots), [Float](repeating: 0, count: roots))
        var boxes: [Box] = []
        boxes.reserveCapacity(roots)
        volume.withValues { source in
            numbers.withUnsafeMutableBufferPointer { numbers in
                for run in runs.runs {
                    let part = Int(run.parent)
                    for index in run.voxels { numbers[index] = run.parent + 1 }
                    sizes[part] += run.voxels.count
                    values[part] = source[run.voxels.lowerBound]
                    let box = Box(run.voxels, shape: volume.shape)
                    // Parts begin in the order of their numbers.
                    if part == boxes.count { boxes.append(box) } else { boxes[part] = boxes[part].union(box) }
                }
            }
        }
        (self.numbers, self.sizes, self.values, self.boxes) = (numbers, sizes, values, boxes)
    }

    /// The numbers as a volume on `grid`, which has as many voxels; throws where there is no memory for it, or one is
    /// above 2^24, beyond which single precision has no whole numbers.
    public func volume(on grid: Grid) throws(VolumeError) -> Volume {
        try VolumeError.require(numbers.count == grid.count, "grid", "\(grid.count) voxels", "\(numbers.count)")
        try VolumeError.require(sizes.count <= 1 << 24, "mask", "\(sizes.count) components", "at most 2^24")
        return try Volume(on: grid) { target in
            for index in numbers.indices { target[index] = Float(numbers[index]) }
        }
    }
}

extension ConnectedComponents {
    /// A box of voxels: its first and its last one (depth, height, width), both in it.
    public struct Box: Equatable, Sendable {
        // There may be as many boxes as voxels, and 64 bits an index would be twice the memory.
        private let lower: SIMD3<Int32>, upper: SIMD3<Int32>

        private init(_ lower: SIMD3<Int32>, _ upper: SIMD3<Int32>) { (self.lower, self.upper) = (lower, upper) }

        /// The least index along each axis.
        public var first: SIMD3<Int> { SIMD3(truncatingIfNeeded: lower) }

        /// The largest index along each axis.
        public var last: SIMD3<Int> { SIMD3(truncatingIfNeeded: upper) }

        /// The box around some voxels of one row of a volume of `shape`.
        init(_ voxels: Range<Int>, shape: [Int]) {
            let row = voxels.lowerBound / shape[2]
            let start = SIMD3(row / shape[1], row % shape[1], voxels.lowerBound % shape[2])
            let end = start &+ SIMD3(0, 0, voxels.count - 1)
            self.init(SIMD3(truncatingIfNeeded: start), SIMD3(truncatingIfNeeded: end))
        }

        /// The numbers of voxels: depth, height, width.
        public var shape: [Int] { (0..<3).map { last[$0] - first[$0] + 1 } }

        /// The box around this one and another.
        public func union(_ other: Box) -> Box {
            Box(pointwiseMin(lower, other.lower), pointwiseMax(upper, other.upper))
        }

        /// Whether it reaches the border of a volume of `shape`.
        func touchesBorder(of shape: [Int]) -> Bool {
            (0..<3).contains { first[$0] == 0 || last[$0] == shape[$0] - 1 }
        }

        /// The mask of the voxels in the box for which `isInside` holds of their index in a volume of `shape`: 1 there,
        /// 0 elsewhere.
        func mask(in shape: [Int], _ isInside: (Int) -> Bool) -> [Float] {
            var mask: [Float] = []
            mask.reserveCapacity(self.shape.reduce(1, *))
            for z in first.x...last.x {
                for y in first.y...last.y {
                    let row = (z * shape[1] + y) * shape[2]
                    for x in first.z...last.z { mask.append(isInside(row + x) ? 1 : 0) }
                }
            }
            return mask
        }
    }
}
