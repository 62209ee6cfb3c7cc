import Support

/// How well lesions were found and segmented: the panoptic quality and its two factors.
///
/// Kirillov et al., "Panoptic segmentation", CVPR 2019, as panoptica (2.1.7) computes it with connected components (26
/// neighbours) and `NaiveThresholdMatching` (Kofler et al., "Panoptica", arXiv 2312.02608). The pairs of a predicted
/// and a true component that overlap are matched in the order of their metric, each component once, down to the
/// overlap. With its true positives TP, RQ = TP / (TP + FP / 2 + FN / 2), SQ is their mean IoU, and PQ = SQ RQ.
///
/// Where there is nothing to find and nothing was found, all are 1 and HD95 is 0; where there is no match otherwise,
/// they are 0 and HD95 is the diagonal of the volume (panoptica: NaN, and infinity).
public struct PanopticQuality: Equatable, Sendable {
    /// What the components of a pair have in common.
    public enum Metric: String, CaseIterable, Sendable {
        /// The intersection over union.
        case iou
        /// The Dice coefficient.
        case dice
    }

    /// How many components were matched, made up and missed; its F1 score is the recognition quality.
    public let counts: LesionCounts
    /// SQ: the mean intersection over union of the matched pairs.
    public let segmentationQuality: Double
    /// The mean Dice coefficient of the matched pairs.
    public let dice: Double
    /// The mean HD95 of the matched pairs in mm: the 95th percentile of the distances of both directions together.
    public let hausdorff95: Double

    /// RQ: the F1 score of the components.
    public var recognitionQuality: Double { counts.f1 }

    /// PQ: the product of segmentation quality and recognition quality.
    public var panopticQuality: Double { segmentationQuality * recognitionQuality }

    /// Compares two masks on the truth's grid: a voxel is in a mask where its value is above `threshold` (default 0.5);
    /// components match where their `metric` (default IoU) is at least `overlap` (default 0.5).
    ///
    /// Throws where shapes differ, a value is NaN, the overlap is not from 0 to 1, memory is short, or the user asked
    /// to stop.
    public init(
        prediction: Volume, truth: Volume, threshold: Float = 0.5, metric: Metric = .iou, overlap: Double = 0.5
    ) throws(VolumeError) {
        try VolumeError.require((0...1).contains(overlap), "overlap", overlap, "a number from 0 to 1")
        try prediction.requireShape(of: truth)
        let predicted = try ConnectedComponents(of: prediction.lesionMask("prediction", above: threshold))
        let actual = try ConnectedComponents(of: truth.lesionMask("truth", above: threshold))
        let pairs = ComponentOverlaps(predicted: predicted.numbers, actual: actual.numbers).pairs
            .map { pair -> (pair: ComponentOverlaps.Pair, iou: Double, dice: Double) in
                let both = predicted.sizes[pair.predicted] + actual.sizes[pair.actual]
                let voxels = Double(pair.voxels)
                return (pair, voxels / (Double(both) - voxels), 2 * voxels / Double(both))
            }
        // Of pairs alike the earlier comes first: the order of a sort is kept.
        let ranked = pairs.enumerated().sorted { first, second in
            let (a, b) =
                metric == .iou ? (first.element.iou, second.element.iou) : (first.element.dice, second.element.dice)
            return (b, first.offset) < (a, second.offset)
        }.map(\.element)
        var isTaken = [Bool](repeating: false, count: predicted.sizes.count)
        var isFound = [Bool](repeating: false, count: actual.sizes.count)
        var (count, ious, dices, distances) = (0, 0.0, 0.0, 0.0)
        for (pair, iou, dice) in ranked where (metric == .iou ? iou : dice) >= overlap {
            guard !isTaken[pair.predicted], !isFound[pair.actual] else { continue }
            guard !Interrupt.isRequested else { throw .interrupted }
            (isTaken[pair.predicted], isFound[pair.actual]) = (true, true)
            count += 1
            ious += iou
            dices += dice
            let box = predicted.boxes[pair.predicted].union(actual.boxes[pair.actual])
            let grid = try Grid(shape: box.shape, affine: truth.affine)
            try grid.requireMemory(2 * MemoryLayout<Float>.stride, for: "the surface of a lesion")
            let surfaces = try SurfaceDistances(
                prediction: box.mask(in: truth.shape) { predicted.numbers[$0] == Int32(pair.predicted + 1) },
                truth: box.mask(in: truth.shape) { actual.numbers[$0] == Int32(pair.actual + 1) }, grid: grid)
            distances += (surfaces.fromPrediction + surfaces.fromTruth).quantile(0.95) ?? 0
        }
        let isEmpty = predicted.sizes.isEmpty && actual.sizes.isEmpty
        counts = LesionCounts(
            truePositives: count, falsePositives: predicted.sizes.count - count,
            falseNegatives: actual.sizes.count - count)
        func mean(_ sum: Double, best: Double, worst: Double) -> Double {
            count > 0 ? sum / Double(count) : isEmpty ? best : worst
        }
        segmentationQuality = mean(ious, best: 1, worst: 0)
        dice = mean(dices, best: 1, worst: 0)
        hausdorff95 = mean(distances, best: 0, worst: truth.grid.diagonal)
    }
}
