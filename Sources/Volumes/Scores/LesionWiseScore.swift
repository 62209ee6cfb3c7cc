import Support

/// How well each lesion was segmented, by the rule of BraTS 2023.
///
/// As `get_LesionWiseResults` of https://github.com/rachitsaluja/BraTS-2023-Metrics; described in Moawad et al., "The
/// brain tumor segmentation (BraTS-METS) challenge 2023", arXiv 2306.00838. The true mask is dilated `dilation` times by
/// 18 neighbours; what is one component then (26 neighbours) is one lesion. The components of the prediction that touch
/// the dilated lesion are its prediction, perhaps that of several lesions at once; those that touch none are false
/// positives. Dice and HD95 (`SurfaceElementDistances`) of lesions above `minVolume` are added up, where a missed lesion
/// has Dice 0 and the HD95 `penalty`, and so has a false positive; both sums are divided by the number of lesions and
/// false positives. Without either, Dice is 1 and HD95 0.
public struct LesionWiseScore: Equatable, Sendable {
    /// The numbers of the rule.
    public struct Options: Equatable, Sendable {
        /// How often the truth is dilated: 3 of gliomas (default), 1 of meningiomas and metastases.
        public var dilation = 3
        /// True lesions of up to this volume in mm^3 are left out: 50 by default, 2 of metastases.
        public var minVolume = 50.0
        /// The HD95 of a missed lesion or of a false positive in mm: 374 by default, the diagonal of BraTS' volumes.
        public var penalty = 374.0

        /// The numbers of gliomas.
        public init() {}
    }

    /// One true lesion.
    public struct Lesion: Equatable, Sendable {
        /// Its volume in mm^3.
        public let volume: Double
        /// The Dice coefficient with its prediction; 0 where it was missed.
        public let dice: Double
        /// The 95th percentile of the Hausdorff distance to its prediction in mm; the penalty where it was missed.
        public let hausdorff95: Double
    }

    /// How many lesions were found and missed, of those above the least volume, and how many were made up.
    public let counts: LesionCounts
    /// The true lesions above the least volume, in the order of their first voxels.
    public let lesions: [Lesion]
    /// The sum of the lesions' Dice over the number of lesions and false positives.
    public let dice: Double
    /// The sum of the HD95 of lesions and false positives over their number, in mm.
    public let hausdorff95: Double

    /// Compares two masks on the truth's grid; a voxel is in a mask where its value is above `threshold` (default 0.5).
    ///
    /// Throws where shapes differ, a value is NaN, a number of the options is negative or not finite, memory is short,
    /// or the user asked to stop.
    public init(
        prediction: Volume, truth: Volume, threshold: Float = 0.5, options: Options = Options()
    ) throws(VolumeError) {
        for (name, value) in [("min_volume", options.minVolume), ("penalty", options.penalty)] {
            try VolumeError.require(value >= 0 && value.isFinite, name, value, "a finite number, 0 or more")
        }
        try prediction.requireShape(of: truth)
        let (shape, voxel) = (truth.shape, abs(truth.affine.determinant))
        let predicted = try ConnectedComponents(of: prediction.lesionMask("prediction", above: threshold))
        let mask = try truth.lesionMask("truth", above: threshold)
        // A lesion's own dilation is the component of the dilated mask that it lies in.
        let areas = try ConnectedComponents(of: mask.dilated(steps: options.dilation))
        var (sizes, hits) = (
            [Int](repeating: 0, count: areas.sizes.count), [Int](repeating: 0, count: areas.sizes.count)
        )
        mask.withValues { mask in
            for (index, value) in mask.enumerated() where value > 0 {
                let area = Int(areas.numbers[index]) - 1
                sizes[area] += 1
                if predicted.numbers[index] > 0 { hits[area] += 1 }
            }
        }
        let pairs = ComponentOverlaps(predicted: predicted.numbers, actual: areas.numbers).pairs
        let partners = Dictionary(grouping: pairs, by: \.actual).mapValues { $0.map(\.predicted) }
        var lesions: [Lesion] = []
        var found = 0
        for (area, size) in sizes.enumerated() where Double(size) * voxel > options.minVolume {
            guard !Interrupt.isRequested else { throw .interrupted }
            guard let parts = partners[area] else {
                lesions.append(Lesion(volume: Double(size) * voxel, dice: 0, hausdorff95: options.penalty))
                continue
            }
            found += 1
            let box = parts.reduce(areas.boxes[area]) { $0.union(predicted.boxes[$1]) }
            let numbers = Set(parts.map { Int32($0 + 1) })
            let grid = try Grid(shape: box.shape, affine: truth.affine)
            try grid.requireMemory(2 * MemoryLayout<Float>.stride, for: "the surface of a lesion")
            let distances = try SurfaceElementDistances(
                prediction: box.mask(in: shape) { numbers.contains(predicted.numbers[$0]) },
                truth: mask.withValues { mask in
                    box.mask(in: shape) { mask[$0] > 0 && areas.numbers[$0] == Int32(area + 1) }
                }, grid: grid)
            let voxels = size + parts.reduce(0) { $0 + predicted.sizes[$1] }
            lesions.append(
                Lesion(
                    volume: Double(size) * voxel, dice: Double(2 * hits[area]) / Double(voxels),
                    hausdorff95: distances.hausdorff95))
        }
        self.lesions = lesions
        counts = LesionCounts(
            truePositives: found, falsePositives: predicted.sizes.count - Set(pairs.map(\.predicted)).count,
            falseNegatives: lesions.count - found)
        let all = Double(lesions.count + counts.falsePositives)
        let distance = lesions.reduce(Double(counts.falsePositives) * options.penalty) { $0 + $1.hausdorff95 }
        (dice, hausdorff95) = all == 0 ? (1, 0) : (lesions.reduce(0) { $0 + $1.dice } / all, distance / all)
    }
}
