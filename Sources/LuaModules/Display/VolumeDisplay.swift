import Figures
import LuaBridge
import Report
import Sessions
import Support
import Tensors
import Volumes

/// An object that is a scan, or has one: how it looks, as slices or in a viewer.
protocol ScanObject: LuaObject, DisplayedObject, CustomStringConvertible {
    /// The scan, to be read.
    var scan: Volume { get throws }
    /// What is shown as the mask where none is given.
    var ownMask: VolumeArgument? { get }
}

extension ScanObject {
    /// The slices that `show` draws.
    func figure(title: String = "", _ options: SliceOptions = SliceOptions()) throws -> any Figure {
        let scan = try scan
        var options = options
        options.mask = options.mask ?? ownMask
        return try ShowMethod.montage(of: scan.voxels, title: title, options, spacing: scan.spacing)
    }

    /// The slices of `show`.
    var richForm: RichForm? {
        get throws { .figure(try figure(title: description)) }
    }

    /// The viewer of the scan, and of what lies over it.
    func viewer(_ overlays: ViewerOverlays) throws -> VolumeViewer {
        let scan = try scan
        let mask = overlays.mask ?? ownMask.map { VolumeList(volumes: [("mask", $0)]) }
        let given: [(name: String, role: VolumeViewer.Role, list: VolumeList?)] = [
            ("mask", .mask, mask), ("prediction", .prediction, overlays.prediction),
            ("uncertainty", .uncertainty, overlays.uncertainty.map { VolumeList(volumes: [("", $0)]) }),
        ]
        let layers = try given.flatMap { option, role, list in
            try (list?.volumes ?? []).map { name, volume in
                VolumeViewer.Overlay(name.isEmpty ? option : name, role, try volume.voxels(on: scan.grid, option))
            }
        }
        let affine = scan.affine
        let frame = try VoxelFrame(shape: scan.shape, x: affine.x, y: affine.y, z: affine.z, origin: affine.origin)
        return try VolumeViewer(scan: scan.voxels, frame: frame, overlays: layers, classes: overlays.classes)
    }

    /// Shows the viewer in the notebook, or writes it to the page that `place` names.
    func showViewer(_ overlays: ViewerOverlays, in place: (value: Path?, sink: DisplaySink)) throws {
        if let file = place.value {
            guard let ending = [".html", ".htm"].first(where: file.text.lowercased().hasSuffix) else {
                throw LuaArgumentError(
                    "file", "a name that ends in .html expected for a viewer, got '\(file.text.shown)'")
            }
            let name = file.text.lastPathPart
            let page = ReportPage(title: String(name.dropLast(ending.count)), subtitle: description)
            page.addViewer(try viewer(overlays))
            return try page.write(to: file.text)
        }
        guard let show = place.sink.show else {
            throw LuaArgumentError("file", "the name of a page, such as 'scan.html', expected outside of notebooks")
        }
        let html = try viewer(overlays).output(picture: figure(overlays.slices), text: description)
        show(try RichForm.html(html).bundle(text: description), nil)
    }
}

extension VolumeObject: ScanObject {
    var scan: Volume { volume }
    var ownMask: VolumeArgument? { nil }

    /// The shape.
    var displaySize: DisplaySize? { DisplaySize(shape: volume.shape) }
}

extension SampleObject: ScanObject {
    var scan: Volume {
        get throws { try Volume(sharing: image.select(2, 1), affine: preparation.prepared.affine) }
    }
    /// The label.
    var ownMask: VolumeArgument? { label.map { .second($0) } }
}

/// What lies over a scan in a viewer; nil for nothing, or for the object's own mask.
struct ViewerOverlays {
    var mask: VolumeList?
    var prediction: VolumeList?
    var uncertainty: VolumeArgument?
    /// The names of the classes of masks and predictions, from 1.
    var classes: [String] = []

    static let mask = Option(
        "mask", VolumeList?.self,
        "voxels to outline: numbers of classes, else those above 0.5; in a viewer also several, with names")
    static let prediction = Option(
        "prediction", VolumeList?.self,
        "voxels to tint in a viewer: numbers of classes, or probabilities; several, too, with names")
    static let uncertainty = Option(
        "uncertainty", VolumeArgument?.self,
        "a map to lay over the scan, in colours from 0 to its largest value; in a viewer hidden at first where there is a "
            + "prediction")
    static let classes = Option(
        "classes", [String].self, default: [], "the names of the classes of masks and predictions, from 1")

    /// Of each kind the first, as slices show it.
    var slices: SliceOptions {
        SliceOptions(mask: (mask?.volumes.first ?? prediction?.volumes.first)?.volume, uncertainty: uncertainty)
    }
}

/// A volume or a tensor, or a list of these with names, {{name =, volume =}, ...}.
struct VolumeList: LuaDecodable {
    /// The volumes; the name is empty where there is only one, without a name.
    let volumes: [(name: String, volume: VolumeArgument)]

    static let luaTypeName = "Volume, Tensor or list of tables {name, volume}"

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> VolumeList {
        if let volume = try? VolumeArgument.decode(stack, at: index) { return VolumeList(volumes: [("", volume)]) }
        guard stack.typeName(at: index) == "table" else { throw LuaMismatch(expected: luaTypeName, stack, at: index) }
        return VolumeList(volumes: try [Named].decode(stack, at: index).map { ($0.name, $0.volume) })
    }

    private struct Named: PlotRow {
        static let fields = ["name", "volume"]
        let name: String
        let volume: VolumeArgument

        init(_ fields: LuaFields) throws { (name, volume) = (try fields.get("name"), try fields.get("volume")) }
    }
}

extension LuaEither where First == VolumeObject, Second == Tensor {
    /// The voxels, to be read, where they lie on the scan's `grid`; a tensor only has to have its shape. An error names
    /// the option `name`.
    fileprivate func voxels(on grid: Grid, _ name: String) throws -> Tensor {
        let volume =
            switch self {
            case .first(let object): object.volume
            case .second(let tensor):
                try renaming(["tensor": name]) { try Volume(sharing: tensor, affine: grid.affine) }
            }
        try grid.requireSame(volume.grid, name, as: "the scan")
        return volume.voxels
    }
}
