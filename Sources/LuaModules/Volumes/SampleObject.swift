import LuaBridge
import Tensors
import Volumes

/// A scan as a network takes it, and the way back to the scan's own space.
final class SampleObject: LuaObject, CustomStringConvertible {
    let preparation: Preparation
    let image: Tensor
    let label: Tensor?

    /// Prepares scans, and a mask of `classes` class numbers, as `preparation` decided.
    init(_ scans: [Volume?], label: Volume?, classes: Int, _ preparation: Preparation) throws {
        self.preparation = preparation
        image = try preparation.images(scans)
        self.label = try label.map {
            // Prepared volumes are new, so the sample can have their voxels without a copy.
            try preparation.mask($0, classes: classes).voxels.reshaped([1] + preparation.prepared.shape)
        }
    }

    /// "Sample(1x1x48x56x48 of a scan of 155x240x240)".
    var description: String { "Sample(\(image.shape.shapeText) of a scan of \(preparation.original.shape.shapeText))" }

    static let luaType = LuaType(
        "Sample", "A scan prepared for a network, and the way back to the scan's own space.", isReleasable: true,
        methods: [
            LuaFunction(
                "restore", "Brings what a network made of the image into the scan's own space.", this,
                Parameter("prediction", Tensor.self, "D x H x W of the image, behind any dimensions of size 1"),
                Option("outside", Float.self, in: .finite, default: 0, "the value of voxels that the image left out"),
                returns: "a volume in the scan's space",
                example: """
                    local scan = volumes.phantom{size = {12, 12, 12}}; local sample = volumes.prepare(scan); \
                    assert(sample:restore(sample.image).shape[1] == 12)
                    """
            ) { object, prediction, outside -> VolumeObject in
                VolumeObject(try object.preparation.restore(Volume(sharing: prediction), outside: outside))
            },
            ShowMethod.function(
                ofScan: SampleObject.self,
                "Draws slices, or shows a viewer, of the image (of its first sequence), with masks (the label by default), a prediction and an "
                    + "uncertainty over it.",
                example: "volumes.prepare(volumes.phantom{size = {12, 12, 12}}):show(os.tmpname() .. '.png')"),
        ],
        properties: [
            LuaProperty("image", "The network's input, 1 x sequences x D x H x W.", get: \SampleObject.image),
            LuaProperty(
                "label", "The network's target, 1 x D x H x W, class numbers; nil where no label was given.",
                get: \SampleObject.label),
            LuaProperty(
                "spacing", "The distances of the image's voxels in mm: depth, height, width.",
                get: \SampleObject.preparation.prepared.spacing),
        ])
}

extension LuaModule {
    /// Functions that make volumes ready for networks.
    static let volumePreparation = [
        LuaFunction(
            "prepare",
            "Makes a network's input of a scan, or of several sequences: brings axes to one orientation, crops to the brain, "
                + "takes z-scores within it, changes the voxels' size, and pads with 0. A scan whose voxels are all alike is "
                + "an error, and so is a label or sequence on another grid.",
            Parameter(
                "image", Scans.self, "the scan, or the sequences, false for one that is missing (its channel is 0)"),
            Parameter("label", VolumeObject?.self, "the target: wherever it is positive"),
            Option(
                "scale", Double.self, in: .between(1.0 / 64, 64), default: 1,
                "the factor of the resolution; 0.5 halves it"),
            Option(
                "spacing", VoxelSize?.self,
                "instead: the size of the voxels in mm, of all axes or of depth, height, width"
            ).excluding("scale"),
            Option(
                "orientation", OrientationChoice.self, default: OrientationChoice(orientation: .ras),
                "where the axes point: to the right, to the front and up; false: as in the scan"),
            Option(
                "classes", Int.self, in: .between(1, 255), default: 1,
                "the number of classes: with more than 1 the label holds class numbers"),
            Option("multiple", Int.self, in: .between(1, 1024), default: 8, "each side of the result divides by this"),
            Option("crop", Bool.self, default: true, "whether to crop to the brain"),
            Option(
                "margin", Int.self, in: .between(0, 1_048_576), default: 0, "how many voxels to keep around the brain"),
            Option("size", [Int]?.self, in: .count, "a size that the result has in any case: depth, height, width"),
            returns: "a sample, with the tensors `image` and `label`",
            example: "volumes.prepare(volumes.phantom{size = {12, 12, 12}}).image:size(3) % 8 == 0"
        ) { scans, label, scale, spacing, orientation, classes, multiple, crop, margin, size in
            try renaming(["factor": "scale", "shape": "size"]) {
                let preparation = try Preparation(
                    of: scans.volumes,
                    Preparation.Options(
                        orientation: orientation.orientation, spacing: spacing?.values, factor: scale, crop: crop,
                        margin: margin, multiple: multiple, shape: size))
                return try SampleObject(scans.volumes, label: label?.volume, classes: classes, preparation)
            }
        }
    ]
}
