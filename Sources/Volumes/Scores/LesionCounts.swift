import Support

/// How many lesions were found, were made up, and were missed.
public struct LesionCounts: Equatable, Sendable {
    /// True lesions that were found.
    public let truePositives: Int
    /// Predicted lesions that are none.
    public let falsePositives: Int
    /// True lesions that were missed.
    public let falseNegatives: Int

    /// The F1 score 2 TP / (2 TP + FP + FN); 1 where there are no lesions at all.
    public var f1: Double {
        let whole = 2 * truePositives + falsePositives + falseNegatives
        return whole == 0 ? 1 : Double(2 * truePositives) / Double(whole)
    }
}

/// The components of a prediction and those of the truth that have voxels in common.
struct ComponentOverlaps {
    /// Two components that overlap: their indices from 0, and the number of voxels in both.
    struct Pair {
        let predicted: Int, actual: Int, voxels: Int
    }

    /// The pairs, ordered by the predicted component and then by the true one.
    let pairs: [Pair]

    /// Finds the pairs of components in which voxels are numbered from 1, or 0 outside all of them.
    init(predicted: [Int32], actual: [Int32]) {
        var counts: [SIMD2<Int32>: Int] = [:]
        // Neighbours mostly belong to the same pair, so the dictionary is asked once a run.
        var (current, length) = (SIMD2<Int32>.zero, 0)
        for (p, a) in zip(predicted, actual) where p > 0 && a > 0 {
            let pair = SIMD2(p, a)
            if pair == current {
                length += 1
            } else {
                if length > 0 { counts[current, default: 0] += length }
                (current, length) = (pair, 1)
            }
        }
        if length > 0 { counts[current, default: 0] += length }
        pairs = counts.map { Pair(predicted: Int($0.key.x) - 1, actual: Int($0.key.y) - 1, voxels: $0.value) }
            .sorted { ($0.predicted, $0.actual) < ($1.predicted, $1.actual) }
    }
}

extension Volume {
    /// The mask of the voxels above `threshold` of this volume, the parameter `name`; throws where a value is NaN.
    func lesionMask(_ name: String, above threshold: Float) throws(VolumeError) -> Volume {
        let wrong = withValues { $0.count { $0.isNaN } }
        try VolumeError.require(wrong == 0, name, "NaN in \(wrong) voxels", "numbers")
        return try mask(above: threshold)
    }

    /// Throws where this volume, the prediction, has another shape than `truth`.
    func requireShape(of truth: Volume) throws(VolumeError) {
        try VolumeError.require(
            shape == truth.shape, "prediction", "of shape \(shape.shapeText)", "\(truth.shape.shapeText), as the truth")
    }
}
