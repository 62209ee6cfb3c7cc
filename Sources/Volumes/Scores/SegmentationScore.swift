import Support
/// How well a predicted mask agrees with the truth: the counts of the four cases, and what is computed from them.
public struct SegmentationScore: Equatable, Sendable {
    /// Voxels in both masks.
    public let truePositives: Int
    /// Voxels in the prediction alone.
    public let falsePositives: Int
    /// Voxels in the truth alone.
    public let falseNegatives: Int
    /// Voxels in neither.
    public let trueNegatives: Int

    /// Compares `prediction` with `truth`: a voxel is in a mask where its value is above `threshold` (default 0.5).
    ///
    /// Throws where the numbers of voxels differ, and where a value is NaN.
    public init(prediction: [Float], truth: [Float], threshold: Float = 0.5) throws(VolumeError) {
        try VolumeError.require(
            prediction.count == truth.count, "prediction", "\(prediction.count) voxels", "\(truth.count), as the truth")
        for (name, values) in [("prediction", prediction), ("truth", truth)] {
            let wrong = values.count { $0.isNaN }
            try VolumeError.require(wrong == 0, name, "NaN in \(wrong) voxels", "numbers")
        }
        var counts = SIMD4<Int>.zero
        for (p, t) in zip(prediction, truth) {
            counts[(p > threshold ? 1 : 0) + (t > threshold ? 2 : 0)] += 1
        }
        (trueNegatives, falsePositives, falseNegatives, truePositives) = (counts[0], counts[1], counts[2], counts[3])
    }

    /// The Dice similarity coefficient 2 TP / (2 TP + FP + FN).
    ///
    /// Here and below, `EmptyMaskRule` decides where a mask is empty.
    public var dice: Double { ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives) }

    /// The intersection over union (Jaccard index) TP / (TP + FP + FN).
    public var iou: Double { ratio(truePositives, truePositives + falsePositives + falseNegatives) }

    /// The sensitivity (recall, true positive rate) TP / (TP + FN): the share of the truth that was found.
    public var sensitivity: Double { ratio(truePositives, truePositives + falseNegatives) }

    /// The precision (positive predictive value) TP / (TP + FP): the share of the prediction that is true.
    public var precision: Double { ratio(truePositives, truePositives + falsePositives) }

    /// The volume of the prediction in ml, its voxels being of `voxel` mm^3.
    public func predictedVolume(voxel: Double) -> Double { Double(truePositives + falsePositives) * voxel / 1000 }

    /// The volume of the truth in ml, its voxels being of `voxel` mm^3.
    public func trueVolume(voxel: Double) -> Double { Double(truePositives + falseNegatives) * voxel / 1000 }

    private func ratio(_ part: Int, _ whole: Int) -> Double {
        EmptyMaskRule.value(
            predictionIsEmpty: truePositives + falsePositives == 0, truthIsEmpty: truePositives + falseNegatives == 0)
            ?? Double(part) / Double(whole)
    }
}

/// What the measures of a segmentation are where a mask is empty: one rule for all of them.
///
/// Two empty masks agree, so every measure has its best value; if only one is empty, nothing agrees, and every measure
/// has its worst value. The formulas alone would give 0 / 0 or an infinite distance there. Leaving such volumes out
/// would favour a method that predicts nothing where it is unsure, and an infinity would hide all other volumes of a
/// mean.
public enum EmptyMaskRule {
    /// The rule in words, to be printed beside results.
    public static let text = """
        Empty masks: where prediction and truth are both empty they agree, and Dice, IoU, sensitivity, precision and \
        surface Dice are 1, HD95 is 0 mm; where only one of them is empty these are 0, and HD95 is the diagonal of the \
        volume in mm.
        """

    /// The value of a measure whose best and worst values are given; nil where neither mask is empty.
    static func value(
        predictionIsEmpty: Bool, truthIsEmpty: Bool, best: Double = 1, worst: Double = 0
    ) -> Double? {
        switch (predictionIsEmpty, truthIsEmpty) {
        case (true, true): best
        case (false, false): nil
        default: worst
        }
    }
}
