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
    /// Throws where the numbers of voxels differ.
    public init(prediction: [Float], truth: [Float], threshold: Float = 0.5) throws(VolumeError) {
        guard prediction.count == truth.count else {
            throw .parameter(
                "prediction", value: "\(prediction.count) voxels", expected: "\(truth.count), as the truth")
        }
        var counts = SIMD4<Int>.zero
        for (p, t) in zip(prediction, truth) {
            counts[(p > threshold ? 1 : 0) + (t > threshold ? 2 : 0)] += 1
        }
        (trueNegatives, falsePositives, falseNegatives, truePositives) = (counts[0], counts[1], counts[2], counts[3])
    }

    /// The Dice similarity coefficient 2 TP / (2 TP + FP + FN): 1 where both masks are empty, 0 where only one is.
    public var dice: Double { ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives) }

    /// The intersection over union TP / (TP + FP + FN): 1 where both masks are empty, 0 where only one is.
    public var iou: Double { ratio(truePositives, truePositives + falsePositives + falseNegatives) }

    private func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 1 : Double(part) / Double(whole) }
}
