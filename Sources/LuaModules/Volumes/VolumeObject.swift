import LuaBridge
import Tensors
import Volumes

private let areLabels = Option(
    "labels", Bool.self, default: false,
    "whether values are labels: each voxel gets the one with the largest share around its centre, and none in between")

/// A volume as scripts hold it.
final class VolumeObject: LuaObject, CustomStringConvertible {
    let volume: Volume

    init(_ volume: Volume) { self.volume = volume }

    /// "Volume(48x56x48, 2.92 x 3 x 2.92 mm, 0 to 812)".
    var description: String {
        let spacing = volume.spacing.map { $0.text(decimals: 2) }.joined(separator: " x ")
        let range = volume.withValues { values in
            let finite = values.lazy.filter(\.isFinite)
            return [finite.min(), finite.max()].map { Double($0 ?? 0).text(decimals: 2) }.joined(separator: " to ")
        }
        let others = volume.nonFiniteCount
        let rest = others == 0 ? "" : ", \(others) not finite"
        return "Volume(\(volume.shape.shapeText), \(spacing) mm, \(range)\(rest))"
    }

    static let luaType = LuaType(
        "Volume", "A scan, a mask or a map: one number a voxel, and where the voxels lie in the world.",
        isReleasable: true,
        methods: [
            LuaFunction(
                "mask", "Tells which voxels are above a threshold: 1 there, 0 elsewhere.", this,
                Parameter("threshold", Float.self, in: .finite, default: 0, "the threshold"),
                returns: "a volume on the same grid",
                example: "volumes.volume(torch.ones(2, 2, 2)):mask(0.5).data:sum():item() == 8"
            ) { object, threshold in VolumeObject(try object.volume.mask(above: threshold)) },
            LuaFunction(
                "resample", "Changes the resolution; the volume stays where it is in the world.", this,
                Parameter(
                    "factor", Double?.self, in: .between(1.0 / 64, 64),
                    "voxels along each axis, as a multiple; 0.5 halves the resolution"),
                Option(
                    "spacing", VoxelSize?.self,
                    "instead of the factor: the size of the voxels in mm, of all axes or of depth, height, width"),
                areLabels, returns: "a volume",
                example: "volumes.volume(torch.ones(4, 4, 4)):resample(0.5).shape[1] == 2"
            ) { object, factor, spacing, areLabels in
                let volume = object.volume
                switch (factor, spacing?.values) {
                case (let factor?, nil):
                    return VolumeObject(
                        areLabels ? try volume.labelsResampled(by: factor) : try volume.resampled(by: factor))
                case (nil, let spacing?):
                    return VolumeObject(
                        areLabels
                            ? try volume.labelsResampled(toSpacing: spacing) : try volume.resampled(toSpacing: spacing))
                default: throw LuaArgumentError("spacing", "either a factor or a spacing expected")
                }
            },
            LuaFunction(
                "resample_like",
                "Brings the volume to the grid of another, anywhere in the world; what lies outside is 0.", this,
                Parameter("like", VolumeObject.self, "the volume whose grid is taken"),
                areLabels, returns: "a volume on the grid of `like`",
                example: """
                    local a = volumes.volume(torch.ones(4, 4, 4)); \
                    local b = volumes.volume(torch.ones(2, 2, 2), {spacing = {2, 2, 2}}); \
                    assert(a:resample_like(b).shape[1] == 2)
                    """
            ) { object, like, areLabels in
                let grid = like.volume.grid
                return VolumeObject(
                    areLabels ? try object.volume.labelsResampled(onto: grid) : try object.volume.resampled(onto: grid))
            },
            LuaFunction(
                "orient", "Permutes and reverses the axes; no value and no place in the world changes.", this,
                Parameter(
                    "orientation", OrientationChoice.self, default: OrientationChoice(orientation: .ras),
                    "where the axes point: to the right, to the front and up"),
                returns: "a volume",
                example: """
                    local v = volumes.volume(torch.ones(2, 3, 4)):orient("PIR"); \
                    assert(v.orientation == "PIR" and v.shape[1] == 4 and v.shape[3] == 3)
                    """
            ) { object, choice in
                guard let orientation = choice.orientation else { return VolumeObject(object.volume) }
                return VolumeObject(try object.volume.oriented(to: orientation))
            },
            LuaFunction(
                "upright",
                "Brings a volume whose axes are oblique or sheared to an upright grid that holds all of it, with cubic voxels "
                    + "of its least spacing.", this,
                returns: "a volume", example: "volumes.volume(torch.ones(4, 4, 4)):upright().orientation == 'RAS'"
            ) { object in VolumeObject(try object.volume.upright()) },
            ShowMethod.function(
                ofScan: VolumeObject.self,
                "Draws slices, or shows a viewer, with masks, a prediction and an uncertainty over the scan.",
                example: """
                    local scan, labels = volumes.phantom{size = {12, 12, 12}}; \
                    scan:show(os.tmpname() .. ".png", {mask = labels:mask(), slices = {6, 7}}); \
                    scan:show(os.tmpname() .. ".html", {viewer = true, mask = {{name = "lesions", volume = labels}}})
                    """),
        ],
        properties: [
            LuaProperty("data", "The values as a new tensor D x H x W.") { (object: VolumeObject) in
                try object.volume.tensor()
            },
            LuaProperty("shape", "The numbers of voxels: depth, height, width.", get: \VolumeObject.volume.shape),
            LuaProperty(
                "spacing", "The distances between voxels in mm: depth, height, width.",
                get: \VolumeObject.volume.spacing),
            LuaProperty("orientation", "Where the axes point along width, height and depth, such as 'RAS'.") {
                (object: VolumeObject) in object.volume.grid.orientation.description
            },
            LuaProperty("oblique", "The largest angle between an axis and that of the world nearest to it, in degrees.")
            {
                (object: VolumeObject) in object.volume.affine.obliqueness
            },
            LuaProperty(
                "affine",
                "Four rows of four numbers that turn (i, j, k, 1), voxels along width, height and depth from 0, into mm.",
                get: \VolumeObject.volume.affine.rows),
        ])
}

extension Affine {
    /// The rows of the 4 x 4 matrix.
    fileprivate var rows: [[Double]] {
        (0..<3).map { [x[$0], y[$0], z[$0], origin[$0]] } + [[0, 0, 0, 1]]
    }
}
