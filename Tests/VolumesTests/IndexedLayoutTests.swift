import Foundation
import Support
import TestSupport
import Testing
import Volumes

/// The layouts of nnU-Net, of the Medical Segmentation Decathlon and of BIDS.
@Suite struct IndexedLayoutTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ paths: String..., values: [Float] = [0, 1, 2, 3, 0, 0, 0, 0]) throws {
        for path in paths {
            try FileSystem.makeFolder(folder.path(path).parentPath)
            try Volume(values, grid: Grid(shape: [2, 2, 2])).write(to: folder.path(path))
        }
    }

    private func index(_ text: String) throws { try folder.write(Array(text.utf8), to: "dataset.json") }

    private static let regions = """
        {"channel_names": {"1": "FLAIR", "0": "T1"}, "file_ending": ".nii.gz", "numTraining": 2,
         "labels": {"background": 0, "whole": [1, 2, 3], "core": [2, 3], "enhancing": 3}}
        """

    @Test func readsChannelsAndRegionsOfNnUNet() throws {
        try index(Self.regions)
        for id in ["a", "b_1"] {
            try write("imagesTr/\(id)_0000.nii.gz", "imagesTr/\(id)_0001.nii.gz", "labelsTr/\(id).nii.gz")
        }
        try write("imagesTs/c_0000.nii.gz", "imagesTs/c_0001.nii.gz")
        let layout = DatasetLayout.nnunet
        let regions = try layout.scheme(in: folder.path, areRegions: true)
        #expect(regions.names == ["whole", "core", "enhancing"] && regions.outputCount == 3)
        let data = try layout.dataset(in: folder.path, rules: MaskRules(scheme: regions)).checked()
        #expect(data.subjects.map(\.id) == ["a", "b_1"] && data.rejected.isEmpty)
        #expect(data.sequences == ["T1", "FLAIR"])
        #expect(data.subjects[0].scans[1].path.hasSuffix("imagesTr/a_0001.nii.gz"))
        #expect(data.subjects[0].rules.known == [0, 1, 2, 3])
        #expect(try data.subjects[0].load().scans.count == 2)
        // Test images are listed where they are asked for, and may lack a mask where that is said.
        #expect(throws: VolumeError.missing(path: folder.path("labelsTs/c.nii.gz"))) {
            try layout.dataset(in: folder.path, ["part": "test"])
        }
        let test = try layout.dataset(in: folder.path, ["part": "test"], needsLabels: false)
        #expect(test.subjects.map(\.id) == ["c"] && test.subjects[0].labels == nil)
        let all = try layout.dataset(in: folder.path, ["part": "all"], needsLabels: false)
        #expect(all.subjects.map(\.id) == ["a", "b_1", "c"])
        #expect(throws: VolumeError.parameter("part", value: "'val'", expected: "'train', 'test' or 'all'")) {
            try layout.dataset(in: folder.path, ["part": "val"])
        }
        let error = #expect(throws: VolumeError.self) { try layout.scheme(in: folder.path, areRegions: false) }
        #expect("\(error, default: "")".contains("dataset.json: labels, 'whole' is [1,2,3]: expected one label"))
    }

    @Test func readsTheListOfNnUNet() throws {
        try index(
            """
            {"channel_names": {"0": "T1"}, "labels": {"background": 0, "a": 1, "b": 2, "c": 3},
             "dataset": {"one": {"images": ["x/scan.nii.gz"], "label": "x/mask.nii.gz"}}}
            """)
        try write("x/scan.nii.gz", "x/mask.nii.gz")
        let classes = try DatasetLayout.nnunet.scheme(in: folder.path, areRegions: false)
        let data = try DatasetLayout.nnunet.dataset(in: folder.path, rules: MaskRules(scheme: classes)).checked()
        #expect(data.subjects.map(\.id) == ["one"])
        #expect(try data.subjects[0].load().mask?.values == [0, 1, 2, 3, 0, 0, 0, 0])
    }

    @Test func readsModalitiesOfTheDecathlonAsFrames() throws {
        try index(
            """
            {"modality": {"0": "FLAIR", "1": "T1w"}, "labels": {"0": "background", "1": "oedema", "2": "core", "3": "rim"},
             "training": [{"image": "./imagesTr/A_1.nii.gz", "label": "./labelsTr/A_1.nii.gz"}],
             "test": ["./imagesTs/A_2.nii.gz"]}
            """)
        try write("labelsTr/A_1.nii.gz")
        for name in ["imagesTr/A_1.nii.gz", "imagesTs/A_2.nii.gz"] {
            try FileSystem.makeFolder(folder.path(name).parentPath)
            let nifti = HandMadeNifti(dim: [4, 2, 2, 2, 2, 1, 1, 1], pixdim: [1, 1, 1, 1, 1, 1, 1, 1])
            try folder.write(nifti.header + nifti.data((0..<16).map { Float($0) }), to: name)
        }
        let layout = DatasetLayout.decathlon
        let data = try layout.dataset(in: folder.path).checked()
        #expect(data.subjects.map(\.id) == ["A_1"] && data.sequences == ["FLAIR", "T1w"])
        let (scans, mask) = try data.subjects[0].load()
        #expect(scans[0]?.values == (0..<8).map { Float($0) } && scans[1]?.values == (8..<16).map { Float($0) })
        #expect(mask?.values == [0, 1, 1, 1, 0, 0, 0, 0])
        #expect(try layout.scheme(in: folder.path, areRegions: false).names == ["oedema", "core", "rim"])
        let test = try layout.dataset(in: folder.path, ["part": "test"], needsLabels: false)
        #expect(test.subjects.map(\.id) == ["A_2"] && test.subjects[0].scans.map(\.frame) == [1, 2])
    }

    @Test func readsSessionsAndDerivativesOfBIDS() throws {
        for place in ["sub-01/ses-1/anat/sub-01_ses-1", "sub-01/ses-2/anat/sub-01_ses-2", "sub-02/anat/sub-02"] {
            try write("\(place)_T1w.nii.gz", "\(place)_acq-3D_FLAIR.nii", "\(place)_ce-gadolinium_T1w.nii.gz")
            try write(
                "derivatives/manual/\(place)_label-lesion_mask.nii.gz",
                "derivatives/manual/\(place)_desc-brain_mask.nii.gz")
        }
        try write("sub-03/anat/sub-03_T1w.nii.gz", "sub-03/anat/sub-03_FLAIR.nii.gz")
        let layout = DatasetLayout.bids
        let data = try layout.dataset(in: folder.path, ["modality": "T1w, FLAIR, t1ce"], missing: .zeros)
        #expect(data.subjects.map(\.id) == ["sub-01_ses-1", "sub-01_ses-2", "sub-02"])
        #expect(data.sequences == ["T1w", "FLAIR", "T1ce"])
        #expect(data.subjects[2].scans[1].path.hasSuffix("sub-02/anat/sub-02_acq-3D_FLAIR.nii"))
        #expect(data.subjects[2].labels?.path.hasSuffix("sub-02_label-lesion_mask.nii.gz") == true)
        #expect(data.rejected.map(\.id) == ["sub-03"])
        let missing = folder.path("derivatives/manual/sub-03/anat/sub-03_dseg.nii.gz")
        #expect(data.rejected[0].error == .missing(path: missing))
        #expect(try layout.dataset(in: folder.path, needsLabels: false).subjects.last?.labels == nil)
        // A second mask, in another derivative: one has to be chosen.
        try write("derivatives/auto/sub-02/anat/sub-02_dseg.nii.gz")
        let double = try layout.dataset(in: folder.path)
        #expect(double.subjects.count == 2)
        let text = double.rejected.first { $0.id == "sub-02" }?.error.description ?? ""
        #expect(text.contains("expected one mask, not ") && text.hasSuffix("choose by `derivative` or `mask_label`"))
        // Its scans can be used without.
        let unmasked = try layout.dataset(in: folder.path, needsLabels: false).subjects.first { $0.id == "sub-02" }
        #expect(unmasked?.labels == nil && unmasked?.labelsError?.description == text)
        for options in [["derivative": "manual"], ["mask_label": "lesion"]] {
            #expect(try layout.dataset(in: folder.path, options).subjects.count == 3)
        }
        #expect(throws: VolumeError.missing(path: folder.path("derivatives/none"))) {
            try layout.dataset(in: folder.path, ["derivative": "none"])
        }
        try write("sub-02/anat/sub-02_run-2_T1w.nii.gz")
        let runs = try layout.dataset(in: folder.path, ["derivative": "manual"]).rejected.map(\.error.description)
        #expect(
            runs.contains {
                $0.contains("expected one scan T1w, not sub-02_T1w.nii.gz, sub-02_run-2_T1w.nii.gz")
                    || $0.contains("expected one scan T1w, not sub-02_run-2_T1w.nii.gz, sub-02_T1w.nii.gz")
            })
    }

    @Test(arguments: [
        ("index\tname\n0\tbackground\n1\tgrey\n2\twhite matter\n", ["grey", "white matter"], ""),
        ("name\tindex\r\ngrey\t1\r\n", ["grey"], ""), ("index\n1\n", [], "line 1 is"), ("", [], "line 1 is"),
        ("index\tname\n1\n", [], "line 2 is '1'"), ("index\tname\nx\tgrey\n", [], "line 2 is 'x grey'"),
        ("index\tname\n1\ta\n1\tb\n", [], "line 3 is '1 b'"), ("index\tname\n1\ta\n2\ta\n", [], "line 3 is '2 a'"),
    ])
    func readsTheLabelsOfBIDS(text: String, names: [String], expected: String) throws {
        try FileSystem.makeFolder(folder.path("derivatives/manual"))
        try folder.write(Array(text.utf8), to: "derivatives/manual/dseg.tsv")
        do throws(VolumeError) {
            let scheme = try DatasetLayout.bids.scheme(in: folder.path, areRegions: false)
            #expect(scheme.names == names)
        } catch {
            #expect(!expected.isEmpty && "\(error)".contains("/derivatives/manual/dseg.tsv: \(expected)"))
        }
    }

    /// Whatever the bytes of an index are, it ends in a data set or in an error that names a file or a parameter.
    @Test func survivesDamagedIndices() throws {
        try write("imagesTr/a_0000.nii.gz", "imagesTr/a_0001.nii.gz", "labelsTr/a.nii.gz")
        let bytes = Array(Self.regions.utf8)
        let generator = RandomGenerator(seed: 9)
        for _ in 0..<300 {
            var damaged = bytes
            for _ in 0...generator.below(3) {
                damaged[generator.below(bytes.count)] = UInt8(
                    generator.below(4) == 0 ? generator.below(256) : 48 + generator.below(75))
            }
            try folder.write(damaged, to: "dataset.json")
            for layout in [DatasetLayout.nnunet, .decathlon] {
                do throws(VolumeError) {
                    _ = try layout.dataset(in: folder.path, needsLabels: false)
                    _ = try layout.scheme(in: folder.path, areRegions: true)
                } catch {
                    #expect("\(error)".contains(folder.path) || "\(error)".contains("regions"))
                }
            }
        }
    }
}
