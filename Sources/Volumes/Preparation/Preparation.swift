import Support
/// How a scan becomes a network's input, and how a network's output returns to the scan's own space.
///
/// The steps are: crop to the brain, z-score within it (background 0), resample, and pad with 0 on both sides alike
/// (one more behind where the number is odd) so that each side divides by a number, or to a fixed shape.
public struct Preparation: Equatable, Sendable {
    /// What is done to every scan.
    public struct Options: Equatable, Sendable {
        /// Whether to crop to the brain's bounding box (default true).
        public var crop: Bool
        /// How many voxels to keep around the box on each side (default 0).
        public var margin: Int
        /// The factor of the resolution (default 1; 0.5 halves it).
        public var factor: Double
        /// Each side of the result divides by this (default 8).
        public var multiple: Int
        /// A shape that all results get, centred, whatever the brain's size (default nil: the least that fits).
        public var shape: [Int]?

        /// Makes options; see the properties.
        public init(crop: Bool = true, margin: Int = 0, factor: Double = 1, multiple: Int = 8, shape: [Int]? = nil) {
            self.crop = crop
            self.margin = margin
            self.factor = factor
            self.multiple = multiple
            self.shape = shape
        }
    }

    /// The scan's own grid.
    public let original: Grid
    /// The first voxel of the crop in the scan: [depth, height, width].
    public let cropStart: [Int]
    /// The grid after the crop.
    public let cropped: Grid
    /// The grid after resampling.
    public let resampled: Grid
    /// The grid of the network's input.
    public let prepared: Grid
    /// How many voxels were put before the resampled volume; negative where a fixed shape cuts some off.
    public let padding: [Int]
    /// The brain that was found, with the mean and standard deviation that were taken out.
    public let brain: Brain
    /// The factor of the resolution.
    public let factor: Double

    /// Decides how `scan` is prepared; throws where an option's value is not possible, where all voxels of the scan are
    /// alike, and where one is not finite.
    public init(of scan: Volume, _ options: Options = Options()) throws(VolumeError) {
        try VolumeError.require(
            (1...1024).contains(options.multiple), "multiple", options.multiple, "a number from 1 to 1024")
        try VolumeError.require(
            (0...1 << 20).contains(options.margin), "margin", options.margin, "a number of voxels, at least 0")
        try VolumeError.require(options.crop || options.margin == 0, "margin", options.margin, "0 without a crop")
        let brain = try Brain(in: scan)
        let start = (0..<3).map { options.crop ? max(0, brain.start[$0] - options.margin) : 0 }
        let size = (0..<3).map { axis in
            let end = min(scan.shape[axis], brain.start[axis] + brain.shape[axis] + options.margin)
            return options.crop ? end - start[axis] : scan.shape[axis]
        }
        let cropped = try scan.grid.window(from: start, shape: size)
        let resampled = try cropped.resampled(by: options.factor)
        let target =
            options.shape
            ?? resampled.shape.map {
                ($0 + options.multiple - 1) / options.multiple * options.multiple
            }
        try VolumeError.require(
            target.count == 3 && target.allSatisfy { $0 > 0 && $0 % options.multiple == 0 }, "shape", target,
            "three positive sizes that divide by \(options.multiple)")
        let padding = (0..<3).map { (target[$0] - resampled.shape[$0]) >> 1 }
        self.original = scan.grid
        self.cropStart = start
        self.cropped = cropped
        self.resampled = resampled
        self.prepared = try resampled.window(from: padding.map { -$0 }, shape: target)
        self.padding = padding
        self.brain = brain
        self.factor = options.factor
    }

    /// The network's input, a new volume: `scan` cropped, z-scored, resampled and padded.
    public func image(_ scan: Volume) throws(VolumeError) -> Volume {
        try VolumeError.require(
            scan.shape == original.shape, "volume", "of shape \(scan.shape)", "\(original.shape), as the scan")
        return try forward(scan, brain.standardised)
    }

    /// The network's target, a new volume: `mask` cropped, resampled (a voxel is in it where at least half of it was)
    /// and padded.
    ///
    /// Throws where the mask lies on another grid than the scan, and where a voxel is not finite.
    public func mask(_ mask: Volume) throws(VolumeError) -> Volume {
        try original.requireSame(mask.grid, "label", as: "the scan")
        let wrong = mask.nonFiniteCount
        try VolumeError.require(wrong == 0, "label", "NaN or infinite in \(wrong) voxels", "finite numbers")
        let shares = try forward(mask) { $0 > 0 ? 1 : 0 }
        return factor == 1 ? shares : try shares.map { $0 >= 0.5 ? 1 : 0 }
    }

    /// `prediction` (probabilities or another map, in the shape of the network's input) in the scan's own space.
    ///
    /// The padding is cut off, the rest is interpolated linearly to the scan's voxels, and what lies outside the crop
    /// is `outside` (default 0).
    public func restore(_ prediction: Volume, outside: Float = 0) throws(VolumeError) -> Volume {
        try VolumeError.require(
            prediction.shape == prepared.shape, "prediction", prediction.shape.shapeText,
            "\(prepared.shape.shapeText), as the image")
        guard factor != 1 else {
            return try prediction.window(
                from: difference(padding, cropStart), on: original,
                within: VoxelBox(start: padding, shape: cropped.shape), padding: outside
            ) { $0 }
        }
        let unpadded = try prediction.window(
            from: padding, on: resampled, within: prediction.box, padding: outside
        ) { $0 }
        return try unpadded.resampled(to: cropped, ratio: factor).placed(at: cropStart, on: original, padding: outside)
    }

    /// The way to the network: in one pass where the resolution stays, else cropped, resampled and padded in turn.
    private func forward(_ volume: Volume, _ change: (Float) -> Float) throws(VolumeError) -> Volume {
        let crop = VoxelBox(start: cropStart, shape: cropped.shape)
        guard factor != 1 else {
            return try volume.window(from: difference(cropStart, padding), on: prepared, within: crop, change)
        }
        return try volume.window(from: cropStart, on: cropped, within: crop, change).resampled(by: factor)
            .placed(at: padding, on: prepared, padding: 0)
    }

    private func difference(_ a: [Int], _ b: [Int]) -> [Int] { zip(a, b).map(-) }
}
