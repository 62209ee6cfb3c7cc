import LuaBridge
import Tensors
import Volumes

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
    ]

    private static func score(
        _ name: String, _ summary: String, _ value: @escaping (SegmentationScore) -> Double
    ) -> LuaFunction {
        LuaFunction(
            name, summary, Parameter("prediction", VolumeArgument.self, "a volume or a tensor"),
            Parameter("truth", VolumeArgument.self, "a volume or a tensor of the same shape"),
            Option("threshold", Float.self, default: 0.5, "voxels above it are in a mask"), returns: "a number",
            example: "volumes.\(name)(torch.ones(2, 2, 2), torch.ones(2, 2, 2)) == 1"
        ) { prediction, truth, threshold in
            let (prediction, truth) = (try prediction.tensor(), try truth.tensor())
            // Dimensions of size 1 do not matter: a network's output and a mask in a file compare.
            guard prediction.shape.filter({ $0 != 1 }) == truth.shape.filter({ $0 != 1 }) else {
                throw VolumeError.parameter(
                    "prediction", value: "of shape \(prediction.shape.shapeText)",
                    expected: "\(truth.shape.shapeText), as the truth")
            }
            return value(
                try SegmentationScore(prediction: prediction.values, truth: truth.values, threshold: threshold))
        }
    }
}
