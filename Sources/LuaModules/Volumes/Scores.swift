import LuaBridge
import Tensors
import Volumes

/// The parameters of functions that compare a mask with the truth.
enum ComparedMasks {
    static let prediction = Parameter("prediction", VolumeArgument.self, "a volume or a tensor")
    static let truth = Parameter("truth", VolumeArgument.self, "a volume or a tensor of the same shape")
    static let threshold = Option(
        "threshold", Float.self, in: .finite, default: 0.5, "voxels above it are in a mask")
    static let spacing = Option(
        "spacing", VoxelSpacing?.self,
        "the distances of voxels in mm (depth, height, width); by default those of the truth or of the prediction if it "
            + "is a volume, or else 1")
    static let tolerance = Option(
        "tolerance", Double.self, in: .notNegative, default: 2,
        "of surface_dice: the distance in mm that is still accepted")
}

extension LuaModule {
    /// Functions that compare masks.
    static let volumeScores = [
        score(
            "dice",
            "The Dice similarity coefficient 2 TP / (2 TP + FP + FN): 1 where both masks are empty, 0 where one is."
        ) { $0.dice },
        score("iou", "The intersection over union TP / (TP + FP + FN): 1 where both masks are empty, 0 where one is.") {
            $0.iou
        },
        LuaFunction(
            "scores",
            """
            All measures of a segmentation: overlap, and distances between surfaces as MONAI defines them. \
            `volumes.empty_mask_rule` says what they are where a mask is empty.
            """, ComparedMasks.prediction, ComparedMasks.truth,
            ComparedMasks.spacing, ComparedMasks.tolerance, ComparedMasks.threshold,
            returns: "a table with the fields dice, iou, sensitivity, precision, hd95 (in mm), surface_dice, and in ml "
                + "volume_prediction, volume_truth and volume_error (predicted minus true)",
            example: "volumes.scores(torch.ones(2, 2, 2), torch.ones(2, 2, 2), {spacing = {3, 1, 1}}).hd95 == 0"
        ) { prediction, truth, spacing, tolerance, threshold in
            let (prediction, truth) = try comparedVolumes(prediction, truth, spacing)
            let (predicted, actual) = (try prediction.voxels.numbers(), try truth.voxels.numbers())
            let overlap = try SegmentationScore(prediction: predicted, truth: actual, threshold: threshold)
            let surfaces = try SurfaceDistances(
                prediction: predicted, truth: actual, grid: truth.grid, threshold: threshold)
            let voxel = abs(truth.affine.determinant)
            let volumes = (overlap.predictedVolume(voxel: voxel), overlap.trueVolume(voxel: voxel))
            return [
                "dice": overlap.dice, "iou": overlap.iou, "sensitivity": overlap.sensitivity,
                "precision": overlap.precision, "hd95": surfaces.hausdorff95,
                "surface_dice": try surfaces.dice(tolerance: tolerance), "volume_prediction": volumes.0,
                "volume_truth": volumes.1, "volume_error": volumes.0 - volumes.1,
            ]
        },
    ]

    /// The function that tells how well predicted probabilities agree with frequencies.
    static let volumeCalibration = LuaFunction(
        "calibration",
        "Compares predicted probabilities with how often voxels are in the mask: the reliability curve, and its error. Of "
            + "several classes judge each region by itself: the sum of its classes' probabilities, and their mask.",
        Parameter("probability", VolumeArgument.self, "each voxel's probability of being in the mask, from 0 to 1"),
        ComparedMasks.truth,
        Option(
            "bins", Int.self, in: .between(1, 10_000), default: 15, "how many ranges of probability, of equal width"),
        ComparedMasks.threshold,
        returns: "a table with the fields ece (the expected calibration error) and bins, a list of {lower, upper, "
            + "count, confidence, frequency}; without voxels a bin has no confidence (mean probability) and no frequency",
        example: "volumes.calibration(torch.full({2, 2, 2}, 0.75), torch.ones(2, 2, 2), {bins = 10}).ece == 0.25"
    ) { probability, truth, bins, threshold in
        try probability.requireGrid(of: truth, "probability")
        let (probability, truth) = (probability.voxels, truth.voxels)
        try requireSameShape(withoutOnes(probability), withoutOnes(truth), name: "probability")
        let calibration = try Calibration(
            probability: probability.numbers(), truth: truth.numbers(), bins: bins, threshold: threshold)
        let curve = calibration.bins.map { bin in
            LuaRecord([
                "lower": bin.lower, "upper": bin.upper, "count": bin.count, "confidence": bin.meanConfidence,
                "frequency": bin.observedFrequency,
            ])
        }
        return LuaRecord(["ece": calibration.expectedError, "bins": curve])
    }

    private static func score(
        _ name: String, _ summary: String, _ value: @escaping (SegmentationScore) -> Double
    ) -> LuaFunction {
        LuaFunction(
            name, summary, ComparedMasks.prediction, ComparedMasks.truth, ComparedMasks.threshold, returns: "a number",
            example: "volumes.\(name)(torch.ones(2, 2, 2), torch.ones(2, 2, 2)) == 1"
        ) { prediction, truth, threshold in
            try prediction.requireGrid(of: truth, "prediction")
            let (prediction, truth) = (prediction.voxels, truth.voxels)
            try requireSameShape(withoutOnes(prediction), withoutOnes(truth))
            return value(
                try SegmentationScore(prediction: prediction.numbers(), truth: truth.numbers(), threshold: threshold))
        }
    }

    /// The shape without dimensions of size 1, so that a network's output can be compared with a mask from a file.
    private static func withoutOnes(_ tensor: Tensor) -> [Int] { tensor.shape.filter { $0 != 1 } }

    private static func requireSameShape(
        _ shape: [Int], _ truth: [Int], name: String = "prediction"
    ) throws(VolumeError) {
        guard shape == truth else {
            throw .parameter(name, value: "of shape \(shape.shapeText)", expected: "\(truth.shapeText), as the truth")
        }
    }
}
