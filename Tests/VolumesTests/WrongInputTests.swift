import Foundation
import Support
import TestSupport
import Testing
import Volumes

/// What people bring along by mistake: each is one error that names the file and what is wrong in it.
@Suite struct WrongInputTests {
    /// A wrong input: what it is, the file that the error names, what it says of it, and how it comes about.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let file: String
        let expected: String
        let make: @Sendable (TemporaryFolder) throws -> VolumeError?

        init(
            _ name: String, _ file: String, _ expected: String,
            _ make: @escaping @Sendable (TemporaryFolder) throws -> VolumeError?
        ) {
            (testDescription, self.file, self.expected, self.make) = (name, file, expected, make)
        }
    }

    /// The error of reading a file of these bytes.
    private static func read(_ bytes: [UInt8], _ name: String, in folder: TemporaryFolder) throws -> VolumeError? {
        let path = try folder.write(bytes, to: name)
        do throws(VolumeError) { _ = try Volume(contentsOf: path) } catch { return error }
        return nil
    }

    private static func nifti(
        in folder: TemporaryFolder, _ change: (inout HandMadeNifti) -> Void
    ) throws -> VolumeError? {
        var nifti = HandMadeNifti()
        change(&nifti)
        return try read(nifti.header + [UInt8](repeating: 0, count: 2048), "scan.nii", in: folder)
    }

    private static func write(_ path: String, _ values: [Float], in folder: TemporaryFolder, at z: Double = 0) throws {
        try FileSystem.makeFolder(folder.path(path).parentPath)
        let grid = try Grid(
            shape: [1, 1, values.count], affine: Affine(x: [1, 0, 0], y: [0, 1, 0], z: [0, 0, 1], origin: [0, 0, z]))
        try Volume(values, grid: grid).write(to: folder.path(path))
    }

    /// The error with which a layout rejects the first subject, or refuses the folder.
    private static func dataset(
        _ layout: DatasetLayout, in folder: TemporaryFolder, _ options: [String: String] = [:],
        rules: MaskRules = .standard
    ) throws -> VolumeError? {
        do throws(VolumeError) {
            return try layout.dataset(in: folder.path, options, rules: rules).checked().rejected.first?.error
        } catch { return error }
    }

    private static func index(_ text: String, in folder: TemporaryFolder) throws -> VolumeError? {
        try folder.write(Array(text.utf8), to: "dataset.json")
        return try dataset(.nnunet, in: folder)
    }

    private static let pairs = ["image": "{id}_scan.nii", "mask": "{id}_mask.nii"]
    private static let nrrd = "NRRD0004\ntype: uchar\ndimension: 3\nsizes: 2 1 1\nspacings: 1 1 1\n"

    static let mistakes = [
        Mistake("a mask on another grid", "a_mask.nii", "lies up to 5 mm from") { folder in
            try write("a_scan.nii", [1, 2], in: folder)
            try write("a_mask.nii", [0, 1], in: folder, at: 5)
            return try dataset(.pairs, in: folder, pairs)
        },
        Mistake("a mask of another size", "a_mask.nii", "1x1x3 voxels, but") { folder in
            try write("a_scan.nii", [1, 2], in: folder)
            try write("a_mask.nii", [0, 1, 0], in: folder)
            return try dataset(.pairs, in: folder, pairs)
        },
        Mistake("a mask in other axes", "a_mask.nii", "lies where ") { folder in
            try write("a_scan.nii", [1, 2], in: folder)
            let affine = Affine(x: [-1, 0, 0], y: [0, 1, 0], z: [0, 0, 1], origin: [1, 0, 0])
            try Volume([0, 1], grid: Grid(shape: [1, 1, 2], affine: affine)).write(to: folder.path("a_mask.nii"))
            let error = try dataset(.pairs, in: folder, pairs)
            #expect(error?.description.contains("a_scan.nii does, but its axes are LAS, not RAS") == true)
            return error
        },
        Mistake("several volumes in a file", "scan.nii", "holds 5 volumes (dimensions [4, 3, 2, 5]): choose one") {
            folder in
            try nifti(in: folder) { $0.dim = [4, 4, 3, 2, 5, 1, 1, 1] }
        },
        Mistake("colours", "scan.nii", "voxels of type NIFTI_TYPE_RGB24 (code 128) are not supported") { folder in
            try nifti(in: folder) { ($0.type, $0.bits) = (128, 24) }
        },
        Mistake("complex numbers", "scan.nii", "voxels of type NIFTI_TYPE_COMPLEX64 (code 32) are not supported") {
            folder in
            try nifti(in: folder) { ($0.type, $0.bits) = (32, 64) }
        },
        Mistake("a position that is no number", "scan.nii", "srow_x is [1.0, 0.0, 0.0, nan]: expected finite") {
            folder in
            try nifti(in: folder) { $0.sform = (1, [1, 0, 0, .nan, 0, 1, 0, 0, 0, 0, 1, 0]) }
        },
        Mistake("two masks of a subject", "derivatives/b/sub-1/anat", "expected one mask, not ") { folder in
            for path in [
                "sub-1/anat/sub-1_T1w.nii.gz", "derivatives/b/sub-1/anat/sub-1_dseg.nii.gz",
                "derivatives/c/sub-1/anat/sub-1_dseg.nii.gz",
            ] { try write(path, [0, 1], in: folder) }
            return try dataset(.bids, in: folder)
        },
        Mistake("a label that is not known", "a_mask.nii", "label 7 is not among 0, 1") { folder in
            try write("a_scan.nii", [1, 2], in: folder)
            try write("a_mask.nii", [0, 7], in: folder)
            return try dataset(.pairs, in: folder, pairs, rules: MaskRules(known: [0, 1]))
        },
        Mistake("a DICOM file", "scan.nii", "a DICOM file: volumes.import_dicom makes NIfTI files") { folder in
            try read(HandMadeDICOM().bytes, "scan.nii", in: folder)
        },
        Mistake("an empty mask file", "a_mask.nii", "the file ends within the header, after 0 bytes") { folder in
            try write("a_scan.nii", [1, 2], in: folder)
            try folder.write([], to: "a_mask.nii")
            return try dataset(.pairs, in: folder, pairs)
        },
        Mistake("a sequence that is missing", "Brats1/Brats1_flair.nii.gz", "no such file or folder") { folder in
            for name in ["t1", "seg"] { try write("Brats1/Brats1_\(name).nii.gz", [0, 1], in: folder) }
            return try dataset(.brats, in: folder, ["modality": "t1, flair"])
        },
        Mistake("a file that was cut off", "a.nii.gz", "the compressed data are cut off") { folder in
            try write("whole.nii.gz", (0..<4000).map { Float($0 * 7919 % 4099) }, in: folder)
            return try read(Array(folder.bytes("whole.nii.gz").dropLast(50)), "a.nii.gz", in: folder)
        },
        Mistake("another kind of file", "scan.nii", "not a volume: it begins neither as") { folder in
            try read(Array("GIF89a and so on".utf8), "scan.nii", in: folder)
        },
        Mistake("half of a pair", "scan.nii", "the magic string is 'ni1', expected 'n+1'") { folder in
            try nifti(in: folder) { $0.magic = Array("ni1".utf8) + [0] }
        },
        Mistake("a file of Analyze", "scan.nii", "there is no magic string 'n+1', as in Analyze") { folder in
            try nifti(in: folder) { $0.magic = [0, 0, 0, 0] }
        },
        Mistake("colours of NRRD", "a.nrrd", "voxels of type RGB-color are not supported") { folder in
            let header = "NRRD0004\ntype: uchar\ndimension: 4\nsizes: 3 2 1 1\nkinds: RGB-color domain domain domain\n"
            return try read(Array((header + "encoding: raw\n\n").utf8) + [1, 2, 3, 4, 5, 6], "a.nrrd", in: folder)
        },
        Mistake("no voxels along an axis", "scan.nii", "the dimensions [4, 0, 2] are not") { folder in
            try nifti(in: folder) { $0.dim[2] = 0 }
        },
        Mistake("data of a header that are missing", "a.nhdr", "data file is 'a.raw': expected a file, but ") {
            folder in
            try read(Array((nrrd + "encoding: raw\ndata file: a.raw\n").utf8), "a.nhdr", in: folder)
        },
        Mistake("an encoding that is not read", "a.nrrd", "encoding is 'bzip2': expected raw, gzip or ascii") {
            folder in
            try read(Array((nrrd + "encoding: bzip2\n\n").utf8) + [1, 2], "a.nrrd", in: folder)
        },
        Mistake("bits of MGH", "a.mgz", "voxels of type 5 of MGH are not supported") { folder in
            let header: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 5]
            return try read(header + [UInt8](repeating: 0, count: 300), "a.mgz", in: folder)
        },
        Mistake("an index that is no JSON", "dataset.json", "text is no JSON (") { try index("{\"labels\": ", in: $0) },
        Mistake("an index without channels", "dataset.json", "channel_names is {}: expected") {
            try index("{\"channel_names\": {}}", in: $0)
        },
        Mistake("an index of another format", "dataset.json", "file_ending is \".mha\": expected that of NIfTI") {
            try index("{\"file_ending\": \".mha\"}", in: $0)
        },
        Mistake("an index that lists a missing file", "x/scan.nii", "no such file or folder") { folder in
            try index(
                """
                {"channel_names": {"0": "T1"}, "labels": {"a": 1},
                 "dataset": {"one": {"images": ["x/scan.nii"], "label": "x/mask.nii"}}}
                """, in: folder)
        },
        Mistake("an index that names a label twice", "dataset.json", "labels, 'b' is 1: expected a label that has no") {
            try index("{\"channel_names\": {\"0\": \"T1\"}, \"labels\": {\"a\": 1, \"b\": 1}}", in: $0)
        },
        Mistake("an index with a name twice", "dataset.json", "text is no JSON (the name 'a' comes twice at byte ") {
            try index("{\"labels\": {\"a\": 1, \"a\": 2}}", in: $0)
        },
        Mistake("an index with a label to ignore", "dataset.json", "labels, 'ignore' is 2: expected no label") {
            try index("{\"channel_names\": {\"0\": \"T1\"}, \"labels\": {\"a\": 1, \"ignore\": 2}}", in: $0)
        },
        Mistake("a folder for a file", "scan.nii", "is a folder, not a file") { folder in
            try FileSystem.makeFolder(folder.path("scan.nii"))
            do throws(VolumeError) { _ = try Volume(contentsOf: folder.path("scan.nii")) } catch { return error }
            return nil
        },
        Mistake("another format to write", "scan.nrrd", "only NIfTI is written: the name does not end in .nii") {
            folder in
            do throws(VolumeError) {
                try Volume([1], grid: Grid(shape: [1, 1, 1])).write(to: folder.path("scan.nrrd"))
            } catch { return error }
            return nil
        },
    ]

    @Test(arguments: mistakes) func namesFileAndField(mistake: Mistake) throws {
        let folder = try TemporaryFolder()
        let text = try #require(try mistake.make(folder)).description
        #expect(text.hasPrefix("\(folder.path)/\(mistake.file): \(mistake.expected)"), "\(text)")
    }
}
