import Foundation
import TestSupport
import Testing
import Volumes

@Suite struct DatasetLayoutTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Writes a volume of eight voxels below the folder.
    private func write(_ path: String, _ values: [Float] = [0, 1, 2, 4, 0, 0, 0, 0]) throws {
        let file = folder.path + "/" + path
        let parent = URL(fileURLWithPath: file).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Volume(values, grid: Grid(shape: [2, 2, 2])).write(to: file)
    }

    @Test(arguments: ["t1", "t1ce", "t2", "flair", "t1n", "t1c", "t2w", "t2f"])
    func mapsTheNamesOfEachYear(modality: String) throws {
        let old = ["t1n": "t1", "t1c": "t1ce", "t2w": "t2", "t2f": "flair"][modality] ?? modality
        let new = ["t1": "t1n", "t1ce": "t1c", "t2": "t2w", "flair": "t2f"][modality] ?? modality
        for (name, file) in [
            ("Brats18_P001_1", "_\(old).nii.gz"), ("BraTS2021_00000", "_\(old).nii.gz"),
            ("BraTS-GLI-00000-000", "-\(new).nii.gz"),
        ] {
            try write("\(name)/\(name)\(file)")
            try write("\(name)/\(name)\(file.prefix(1))seg.nii.gz", [0, 1, 2, 0, 0, 0, 0, 0])
        }
        let data = try DatasetLayout.brats.dataset(in: folder.path, ["modality": modality]).checked()
        #expect(data.subjects.map(\.id) == ["BraTS-GLI-00000-000", "BraTS2021_00000", "Brats18_P001_1"])
        #expect(data.rejected.isEmpty)
        #expect(data.subjects[0].imagePath.hasSuffix("/BraTS-GLI-00000-000-\(new).nii.gz"))
        #expect(data.subjects[1].imagePath.hasSuffix("/BraTS2021_00000_\(old).nii.gz"))
    }

    /// Endings stand for each other: .nii and .nii.gz always, .* for any; of two files of one name one is taken, and
    /// scans go without masks.
    @Test(arguments: [
        ("{id}_i.*", "{id}_m.*", "a.nii b.nii.gz c.mgz"), ("{id}_i.nii", "{id}_m.nii.gz", "a.nii b.nii"),
        ("{id}_i.nii.gz", "", "a.nii b.nii.gz d.nii"), ("{id}_i.mgz", "{id}_m.*", "c.mgz"),
    ])
    func endingsStandForEachOther(image: String, mask: String, expected: String) throws {
        for name in ["a_i.nii", "a_m.nii.gz", "b_i.nii", "b_i.nii.gz", "b_m.nii", "d_i.nii"] { try write(name) }
        try FileManager.default.copyItem(atPath: folder.path("b_m.nii"), toPath: folder.path("c_i.mgz"))
        try FileManager.default.copyItem(atPath: folder.path("b_m.nii"), toPath: folder.path("c_m.nrrd"))
        let data = try DatasetLayout.pairs.dataset(
            in: folder.path, ["image": image, "mask": mask], needsLabels: !mask.isEmpty)
        let found = data.subjects.map { $0.id + $0.imagePath.dropFirst(folder.path.count + 4) }
        #expect(found.joined(separator: " ") == expected)
        #expect(data.subjects.allSatisfy { ($0.labels == nil) == mask.isEmpty })
    }

    @Test func knowsTheLabelsOfEachYear() throws {
        for (name, mark, label) in [
            ("BraTS2021_00000", "_t2", 4), ("BraTS2021_00001", "_t2", 3), ("BraTS-GLI-00000-000", "-t2w", 3),
            ("BraTS-GLI-00001-000", "-t2w", 4),
        ] {
            try write("\(name)/\(name)\(mark).nii.gz")
            try write("\(name)/\(name)\(mark.prefix(1))seg.nii.gz", [0, 1, 2, Float(label), 0, 0, 0, 0])
        }
        let data = try DatasetLayout.brats.dataset(in: folder.path).checked()
        #expect(data.subjects.map(\.id) == ["BraTS-GLI-00000-000", "BraTS2021_00000"])
        let texts = data.rejected.map(\.error.description)
        #expect(texts[0].hasSuffix("/BraTS-GLI-00001-000-seg.nii.gz: label 4 is not among 0, 1, 2, 3"))
        #expect(texts[1].hasSuffix("/BraTS2021_00001_seg.nii.gz: label 3 is not among 0, 1, 2, 4"))
        let rules = try MaskRules(
            known: [0, 1, 2, 3, 4], scheme: LabelScheme([.init("core", [1, 4])], areRegions: false))
        let all = try DatasetLayout.brats.dataset(in: folder.path, rules: rules).checked()
        #expect(all.subjects.count == 4)
        #expect(try all.subjects[1].load().mask?.values == [0, 1, 0, 1, 0, 0, 0, 0])
        #expect(
            throws: VolumeError.parameter(
                "modality", value: "'pd'", expected: "t1, t1ce, t2 or flair, or t1n, t1c, t2w or t2f")
        ) { try DatasetLayout.brats.dataset(in: folder.path, ["modality": "pd"]) }
        #expect(throws: VolumeError.parameter("a", value: "3", expected: "one of the labels 0, 1, 2, 4")) {
            try DatasetLayout.brats.dataset(
                in: folder.path, rules: MaskRules(scheme: LabelScheme([.init("a", [3])], areRegions: false)))
        }
    }

    @Test(arguments: [
        ("images/{id}_0000.nii.gz", "labels/{id}.nii.gz"), ("{id}/scan.nii.gz", "{id}/mask.nii.gz"),
        ("{id}/{id}-t2.nii.gz", "{id}/{id}-seg.nii.gz"), ("a/{id}-{id}.nii", "a/seg/{id}.nii"),
        ("{id}.nii.gz", "masks/m{id}.nii.gz"),
    ])
    func findsPairs(image: String, mask: String) throws {
        for id in ["b", "a.1"] {
            try write(image.replacingOccurrences(of: "{id}", with: id))
            try write(mask.replacingOccurrences(of: "{id}", with: id))
        }
        try write("other.nii.gz.nii")
        try write("images/c_0001.nii.gz")
        try write("a/x-y.nii")
        let data = try DatasetLayout.pairs.dataset(in: folder.path, ["image": image, "mask": mask])
        #expect(data.subjects.map(\.id) == ["a.1", "b"])
        #expect(data.subjects[1].labels?.path == folder.path + "/" + mask.replacingOccurrences(of: "{id}", with: "b"))
    }

    @Test func refusesPatternsThatNameNoSubject() throws {
        for (image, mask) in [("a.nii", "{id}.nii"), ("{id}.nii", "b.nii"), ("/x/{id}.nii", "{id}.nii")] {
            #expect(throws: VolumeError.self) {
                try DatasetLayout.pairs.dataset(in: folder.path, ["image": image, "mask": mask])
            }
        }
        #expect(throws: VolumeError.missing(path: folder.path + "/images")) {
            try DatasetLayout.pairs.dataset(in: folder.path, ["image": "images/{id}.nii", "mask": "{id}.nii"])
        }
        #expect(throws: VolumeError.dataset(folder: folder.path, expected: "files {id}.nii and m/{id}.nii")) {
            try DatasetLayout.pairs.dataset(in: folder.path, ["image": "{id}.nii", "mask": "m/{id}.nii"])
        }
    }
}
