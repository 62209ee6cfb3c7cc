import LuaBridge
import Volumes

private let seed = Option("seed", Int.self, in: .any, default: 1, "the same seed gives the same heads")
private let size = Option(
    "size", [Int].self, in: .between(8, 1024), default: [48, 56, 48], "the numbers of voxels: depth, height, width")

extension DatasetLayout {
    /// The layouts whose phantoms can be scans of a kind that is chosen, as a text of their names.
    fileprivate static let withContrasts = all.filter { layout in
        if case .chosen = layout.phantoms?.contrasts { true } else { false }
    }.map { "'\($0.name)'" }.joined(separator: ", ")
}

extension LuaModule {
    /// Functions that make phantoms.
    static let volumePhantoms = [
        LuaFunction(
            "phantom", "Makes up a head with a disease: to try methods on, not to draw medical conclusions.",
            Option(
                "kind", LuaChoice<Phantom.Disease>.self, default: LuaChoice(.ms),
                "multiple sclerosis (label 1), or a tumour: core 1, oedema 2, rim 4"),
            size, seed,
            Option(
                "spacing", [Double]?.self, in: .between(0.1, 100),
                "the distances of voxels in mm, by default such that the head fits"),
            Option(
                "contrast", LuaChoice<Contrast>?.self, "the kind of scan: by default 'flair' of MS, 't2' of a tumour"),
            Option("skull", Bool.self, default: false, "whether there is a skull around the brain"),
            returns: "the scan and its labels, two volumes",
            example: "volumes.phantom{kind = \"tumour\", size = {16, 16, 16}}.shape[1] == 16"
        ) { kind, size, seed, spacing, contrast, skull -> (VolumeObject, VolumeObject) in
            try renaming(["shape": "size"]) {
                let phantom = try Phantom(
                    kind.value, seed: UInt64(bitPattern: Int64(seed)), shape: size, spacing: spacing, hasSkull: skull)
                let image = try phantom.image(contrast?.value ?? (kind.value == .ms ? .flair : .t2))
                return (VolumeObject(image), VolumeObject(phantom.labels))
            }
        },
        LuaFunction(
            "write_phantoms", "Writes made-up heads into a folder, which it makes where there is none.",
            Parameter("folder", Path.self, "the folder"),
            Option(
                "layout", LayoutChoice<PhantomLayouts>.self, "how the folder is laid out, and what ails the heads"),
            Option("count", Int.self, in: .between(1, 9999), default: 8, "how many heads"), size, seed,
            Option(
                "modalities", [LuaChoice<Contrast>].self, default: [LuaChoice(.t2)],
                "of \(DatasetLayout.withContrasts): the kinds of scans"),
            returns: "the data set of the folder, in which may be more subjects than were written",
            example:
                "#volumes.write_phantoms(os.tmpname() .. \"-ms\", {layout = \"ms\", count = 2, size = {8, 8, 8}}) == 2"
        ) { folder, choice, count, size, seed, modalities -> DatasetObject in
            try renaming(["shape": "size", "contrasts": "modalities"]) {
                DatasetObject(
                    try choice.layout.writePhantoms(
                        to: folder.text, count: count, seed: UInt64(bitPattern: Int64(seed)), shape: size,
                        contrasts: modalities.map(\.value)))
            }
        },
    ]
}
