import LuaBridge
import Tensors
import Volumes

extension LuaModule {
    /// The function that changes training examples at random.
    static let volumeAugmentation = [
        LuaFunction(
            "augment",
            "Changes an image at random, and its label alike: flips by default, more by the options. The volume is "
                + "interpolated once (labels: nearest), what comes from outside is 0, and voxels of exactly 0 keep that.",
            Parameter("image", Tensor.self, "... x D x H x W"),
            Parameter("label", Tensor?.self, "... x D x H x W"),
            Option(
                "flip", [Bool].self, default: [true, true, true],
                "which of depth, height and width may be reversed, each with probability 1/2"),
            Option(
                "rotate", LuaEither<Double, [Double]>?.self, in: .between(0, 180),
                "largest angle in degrees, or one for each of the axes depth, height, width; off by default"),
            Option(
                "scale", Double.self, in: .between(0, 9), default: 0, "largest relative change of size, such as 0.2"),
            Option(
                "elastic", Double.self, in: .between(0, 1000), default: 0,
                "standard deviation of a smooth displacement in mm"),
            Option(
                "elastic_cell", Double.self, in: .positive(upTo: 1e6), default: 32,
                "distance in mm of the displacement's control points"
            )
            .needing("elastic"),
            Option(
                "gain", Double.self, in: .shareBelowOne, default: 0,
                "intensities are multiplied by 1 - gain ... 1 + gain"),
            Option(
                "offset", Double.self, in: .between(0, 1e6), default: 0, "-offset ... offset is added to intensities"),
            Option(
                "gamma", Double.self, in: .between(0, 9), default: 0,
                "the exponent of intensities is 1 / (1 + gamma) ... 1 + gamma"),
            Option(
                "noise", Double.self, in: .between(0, 1e6), default: 0, "largest standard deviation of normal noise"),
            Option(
                "dropout", Double.self, in: .shareBelowOne, default: 0,
                "the probability with which each sequence is left out (set to 0); one always stays"),
            Option("probability", Double.self, in: .share, default: 1, "the probability of each change but the flips"),
            Option(
                "spacing", [Double].self, in: .between(1e-3, 1e3), default: [1, 1, 1],
                "mm between voxels, as of a sample or volume"),
            GeneratorOption(), returns: "the image, and the label where one was given",
            example: """
                local image, label = volumes.augment(torch.ones(1, 1, 8, 8, 8), torch.ones(1, 8, 8, 8), \
                {rotate = 15, scale = 0.1, noise = 0.1}); \
                assert(image:size(3) == 8 and label:max():item() == 1)
                """
        ) {
            image, label, flip, rotate, scale, elastic, cell, gain, offset, gamma, noise, dropout, probability,
            spacing, generator
                -> (Tensor, Tensor?) in
            guard flip.count == 3 else {
                throw LuaArgumentError("flip", "a list of 3 booleans expected, got a list of \(flip.count)")
            }
            var augmentation = Augmentation()
            augmentation.flip = flip
            switch rotate {
            case .first(let angle): augmentation.rotation = [angle, angle, angle]
            case .second(let angles): augmentation.rotation = angles
            case nil: break
            }
            augmentation.scaling = scale
            augmentation.elastic = elastic
            augmentation.elasticCell = cell
            augmentation.gain = gain
            augmentation.offset = offset
            augmentation.gamma = gamma
            augmentation.noise = noise
            augmentation.dropout = dropout
            augmentation.probability = probability
            augmentation.spacing = spacing
            return try renaming(["rotation": "rotate", "scaling": "scale", "tensor": "label"]) {
                try augmentation(image, label: label, generator: generator)
            }
        }
    ]
}
