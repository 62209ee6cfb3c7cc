import Support
import Tensors

/// How the scans of a subject become a network's input, and how its output returns to the scans' own space.
///
/// The steps are: axes in one orientation, crop to the brain, z-score within it (background 0), voxels of one size, and
/// pad with 0 on both sides alike (one more behind where the number is odd) so that each side divides by a number, or
/// to a fixed shape. Of several sequences each has its own z-score, and the crop holds the brains of all.
public struct Preparation: Equatable, Sendable {
    /// What is done to every scan.
    public struct Options: Equatable, Sendable {
        /// The orientation that the axes get, whatever that of the scan (default RAS; nil: the scan's own).
        public var orientation: Orientation? = .ras
        /// The size of the voxels in mm: depth, height, width, after the axes were brought to the orientation (default
        /// nil: the scan's, times `1 / factor`).
        public var spacing: [Double]?
        /// The factor of the resolution (default 1; 0.5 halves it).
        public var factor: Double
        /// Whether to crop to the brain's bounding box (default true).
        public var crop: Bool
        /// How many voxels to keep around the box on each side (default 0).
        public var margin: Int
        /// Each side of the result divides by this (default 8).
        public var multiple: Int
        /// A shape that all results get, centred, whatever the brain's size (default nil: the least that fits).
        public var shape: [Int]?

        /// Makes options; see the properties.
        public init(
            orientation: Orientation? = .ras, spacing: [Double]? = nil, factor: Double = 1, crop: Bool = true,
            margin: Int = 0, multiple: Int = 8, shape: [Int]? = nil
        ) {
            (self.orientation, self.spacing, self.factor) = (orientation, spacing, factor)
            (self.crop, self.margin, self.multiple, self.shape) = (crop, margin, multiple, shape)
        }
    }

    /// The scans' own grid.
    public let original: Grid
    /// The same voxels with their axes in the wanted orientation.
    let oriented: Grid
    /// The first voxel of the crop, with the axes in that orientation: [depth, height, width].
    public let cropStart: [Int]
    /// The grid after the crop.
    public let cropped: Grid
    /// The grid after resampling.
    public let resampled: Grid
    /// The grid of the network's input.
    public let prepared: Grid
    /// How many voxels were put before the resampled volume; negative where a fixed shape cuts some off.
    public let padding: [Int]
    /// The brain that was found in each sequence, with the mean and standard deviation that were taken out; nil for a
    /// sequence that is missing.
    public let brains: [Brain?]
    /// How many times as long as the scan's the input's voxels are: depth, height, width.
    let ratios: [Double]
    private let change: AxisChange

    /// Decides how `scan` is prepared; throws where an option's value is not possible, where all voxels of the scan are
    /// alike, and where one is not finite.
    public init(of scan: Volume, _ options: Options = Options()) throws(VolumeError) {
        try self.init(of: [scan], options)
    }

    /// Decides how the sequences of a subject, nil for a missing one, are prepared together.
    ///
    /// Throws as for one scan, where none is there, where two lie on different grids, and where the axes of the grid
    /// are sheared, by more than half a degree.
    public init(of scans: [Volume?], _ options: Options = Options()) throws(VolumeError) {
        guard let first = scans.lazy.compactMap({ $0 }).first else {
            throw .parameter("image", value: "none", expected: "at least one scan")
        }
        let names = scans.indices.map { scans.count == 1 ? "image" : "image \($0 + 1)" }
        for (name, scan) in zip(names, scans) {
            if let scan { try first.grid.requireSame(scan.grid, name, as: "the first") }
        }
        try VolumeError.require(
            (1...1024).contains(options.multiple), "multiple", options.multiple, "a number from 1 to 1024")
        try VolumeError.require(
            (0...1 << 20).contains(options.margin), "margin", options.margin, "a number of voxels, at least 0")
        try VolumeError.require(options.crop || options.margin == 0, "margin", options.margin, "0 without a crop")
        try VolumeError.require(
            options.spacing == nil || options.factor == 1, "spacing", options.spacing ?? [], "none beside a factor")
        try first.grid.requireRightAngles()
        change = options.orientation.map { first.grid.orientation.change(to: $0) } ?? .none
        let oriented = try first.grid.changed(change)
        brains = try zip(names, scans).map { [change] name, scan throws(VolumeError) in
            try scan.map { scan throws(VolumeError) in try Brain(in: scan.changed(change, on: oriented), named: name) }
        }
        let box = Self.box(
            of: brains.compactMap { $0 }, margin: options.crop ? options.margin : nil, in: oriented.shape)
        let cropped = try oriented.window(from: box.start, shape: box.shape)
        let ratios =
            try options.spacing.map { spacing throws(VolumeError) in try cropped.ratios(to: spacing) }
            ?? [Double](repeating: 1 / options.factor, count: 3)
        let resampled =
            options.spacing == nil
            ? try cropped.resampled(by: options.factor) : try cropped.coarsened(by: ratios)
        let target =
            options.shape
            ?? resampled.shape.map { ($0 + options.multiple - 1) / options.multiple * options.multiple }
        try VolumeError.require(
            target.count == 3 && target.allSatisfy { $0 > 0 && $0 % options.multiple == 0 }, "shape", target,
            "three positive sizes that divide by \(options.multiple)")
        let padding = (0..<3).map { (target[$0] - resampled.shape[$0]) >> 1 }
        self.original = first.grid
        self.oriented = oriented
        self.cropStart = box.start
        self.cropped = cropped
        self.resampled = resampled
        self.prepared = try resampled.window(from: padding.map { -$0 }, shape: target)
        self.padding = padding
        self.ratios = ratios
    }

    /// The box around all brains with a margin; everything where that is nil.
    private static func box(of brains: [Brain], margin: Int?, in shape: [Int]) -> VoxelBox {
        guard let margin else { return VoxelBox(start: [0, 0, 0], shape: shape) }
        let starts = (0..<3).map { axis in max(0, (brains.map { $0.start[axis] }.min() ?? 0) - margin) }
        let ends = (0..<3).map { axis in
            min(shape[axis], (brains.map { $0.start[axis] + $0.shape[axis] }.max() ?? shape[axis]) + margin)
        }
        return VoxelBox(start: starts, shape: zip(ends, starts).map(-))
    }

    /// The network's input, a new volume: `scan`, sequence `index` (from 0), with other axes, cropped, z-scored,
    /// resampled and padded.
    public func image(_ scan: Volume, sequence index: Int = 0) throws(VolumeError) -> Volume {
        try VolumeError.require(
            scan.shape == original.shape, "volume", "of shape \(scan.shape)", "\(original.shape), as the scan")
        guard brains.indices.contains(index), let brain = brains[index] else {
            throw .parameter("sequence", value: "\(index + 1)", expected: "one that was there")
        }
        return try forward(scan.changed(change, on: oriented), brain.standardised)
    }

    /// The network's input of all sequences: 1 x C x D x H x W, 0 in the channel of a missing one.
    public func images(_ scans: [Volume?]) throws(VolumeError) -> Tensor {
        try VolumeError.require(
            scans.map { $0 == nil } == brains.map { $0 == nil }, "images", "\(scans.count)",
            "the \(brains.count) sequences that were prepared")
        // Prepared volumes are new, so that of a single sequence is the input without a copy.
        if scans.count == 1, let scan = scans[0] {
            let volume = try image(scan)
            return try VolumeError.wrapping { try volume.voxels.reshaped([1, 1] + prepared.shape) }
        }
        try prepared.requireMemory(
            scans.count * MemoryLayout<Float>.stride, for: "\(scans.count) sequences of \(prepared.shape.shapeText)")
        let result = try VolumeError.wrapping { try Tensor.zeros([1, scans.count] + prepared.shape) }
        for (index, scan) in scans.enumerated() {
            guard let scan else { continue }
            let volume = try image(scan, sequence: index)
            volume.withValues { values in
                guard let start = values.baseAddress else { return }
                (result.pointer + index * prepared.count).update(from: start, count: prepared.count)
            }
        }
        return result
    }

    /// The network's target, a new volume of class numbers 0 ... `classes` (default 1: wherever the mask is positive),
    /// on the grid of the input.
    ///
    /// Where the voxels become larger or smaller, each gets the class with the largest share (of equal ones the
    /// largest); a lesion, voxels of one class that touch, that would vanish keeps the voxel where its share is
    /// largest. Throws where the mask lies on another grid than the scan, and where a voxel is not finite or beyond the
    /// classes.
    public func mask(_ mask: Volume, classes: Int = 1) throws(VolumeError) -> Volume {
        try original.requireSame(mask.grid, "label", as: "the scan")
        try mask.requireFinite("label")
        let mask = try mask.changed(change, on: oriented)
        guard classes > 1 else { return try resampledClasses(mask, classes: 1) { $0 > 0 ? 1 : 0 } }
        let stray = mask.withValues { $0.first { $0 < 0 || $0 > Float(classes) || $0 != $0.rounded() } }
        if let stray {
            throw .parameter("label", value: "\(stray)", expected: "class numbers from 0 to \(classes)")
        }
        return try resampledClasses(mask, classes: classes) { $0 }
    }

    /// `prediction` (probabilities or another map, in the shape of the network's input) in the scan's own space.
    ///
    /// The padding is cut off, the rest is interpolated linearly to the scan's voxels, and what lies outside the crop
    /// is `outside` (default 0).
    public func restore(_ prediction: Volume, outside: Float = 0) throws(VolumeError) -> Volume {
        try VolumeError.require(
            prediction.shape == prepared.shape, "prediction", prediction.shape.shapeText,
            "\(prepared.shape.shapeText), as the image")
        guard resamples else {
            let whole = try prediction.window(
                from: difference(padding, cropStart), on: oriented,
                within: VoxelBox(start: padding, shape: cropped.shape), padding: outside
            ) { $0 }
            return try whole.changed(change.inverse, on: original)
        }
        let unpadded = try prediction.window(
            from: padding, on: resampled, within: prediction.box, padding: outside
        ) { $0 }
        return try unpadded.resampled(to: cropped, ratios: ratios.map { 1 / $0 })
            .placed(at: cropStart, on: oriented, padding: outside).changed(change.inverse, on: original)
    }

    /// Whether the voxels' size changes.
    var resamples: Bool { ratios != [1, 1, 1] }

    /// The way to the network: in one pass where the resolution stays, else cropped, resampled and padded in turn.
    private func forward(_ volume: Volume, _ change: (Float) -> Float) throws(VolumeError) -> Volume {
        let crop = VoxelBox(start: cropStart, shape: cropped.shape)
        guard resamples else {
            return try volume.window(from: difference(cropStart, padding), on: prepared, within: crop, change)
        }
        return try volume.window(from: cropStart, on: cropped, within: crop, change)
            .resampled(to: resampled, ratios: ratios).placed(at: padding, on: prepared, padding: 0)
    }

    /// The way to the network of class numbers, which `number` gives of a value.
    private func resampledClasses(
        _ mask: Volume, classes: Int, _ number: (Float) -> Float
    ) throws(VolumeError) -> Volume {
        guard resamples else { return try forward(mask, number) }
        let crop = VoxelBox(start: cropStart, shape: cropped.shape)
        return try mask.window(from: cropStart, on: cropped, within: crop, number)
            .classesResampled(to: resampled, ratios: ratios, classes: classes)
            .placed(at: padding, on: prepared, padding: 0)
    }

    private func difference(_ a: [Int], _ b: [Int]) -> [Int] { zip(a, b).map(-) }
}

extension Grid {
    /// Throws where two of the axes stand at another angle than 90 degrees, by more than half a degree: nothing that a
    /// network has learnt of shapes holds there.
    func requireRightAngles() throws(VolumeError) {
        let worst = affine.angles.max { abs($0 - 90) < abs($1 - 90) } ?? 90
        guard !(abs(worst - 90) <= 0.5) else { return }
        throw .parameter(
            "image", value: "sheared: two of its axes stand at \(worst.text(decimals: 2)) degrees",
            expected: "90, as after scan:upright()")
    }
}
