import Foundation
import Support
import Volumes

extension FuzzTarget {
    /// Scans, and what stands beside them in the folders of data sets.
    static let volumes = [
        FuzzTarget("nifti") { bytes, folder in try read(write(bytes, to: "scan.nii", in: folder), folder) },
        FuzzTarget("nifti-gz") { bytes, folder in try read(write(bytes, to: "scan.nii.gz", in: folder), folder) },
        // The header's bytes, then those of the image.
        FuzzTarget("nifti-pair") { bytes, folder in
            let header = bytes.starts(with: [0x1C, 2]) || bytes.prefix(4).elementsEqual([0, 0, 2, 0x1C]) ? 540 : 348
            _ = try write(bytes.dropFirst(header), to: "scan.img", in: folder)
            try read(write(bytes.prefix(header), to: "scan.hdr", in: folder), folder)
        },
        FuzzTarget("nrrd") { bytes, folder in
            _ = try write([UInt8](repeating: 1, count: 512), to: "data.raw", in: folder)
            try read(write(bytes, to: "scan.nrrd", in: folder), folder)
            try read(write(bytes, to: "scan.nhdr", in: folder), folder)
        },
        FuzzTarget("mgh") { bytes, folder in
            try read(write(bytes, to: bytes.starts(with: [0x1F]) ? "scan.mgz" : "scan.mgh", in: folder), folder)
        },
        FuzzTarget("dicom") { bytes, folder in _ = try DICOMFile(write(bytes, to: "file", in: folder)) },
        FuzzTarget("dataset") { bytes, folder in
            for name in ["dataset.json", "dataset_description.json", "participants.tsv"] {
                _ = try write(bytes, to: name, in: folder)
            }
            for layout in DatasetLayout.all {
                let options = Dictionary(uniqueKeysWithValues: layout.needed.map { ($0, "scan.nii") })
                _ = try? layout.dataset(in: folder, options)
                for areRegions in [false, true] { _ = try? layout.scheme(in: folder, areRegions: areRegions) }
            }
        },
        FuzzTarget("recipe") { bytes, folder in
            let recipe = try Recipe(JSON(parsing: bytes), path: "recipe")
            let again = try? Recipe(recipe.json, path: "recipe")
            try BrokenPromise.unless(again == recipe, "a recipe that was read can be written and read")
        },
    ]

    /// Reads a scan, whole or its first volume, and writes it again as NIfTI, with the header that it had.
    private static func read(_ path: String, _ folder: String) throws {
        let volume = try (try? Volume(contentsOf: path)) ?? Volume(contentsOf: path, frame: 1)
        for version in [1, 2] {
            let copy = "\(folder)/copy.nii"
            do { try volume.write(to: copy, version: version) } catch { continue }
            let again = try? Volume(contentsOf: copy)
            try BrokenPromise.unless(again?.shape == volume.shape, "what was written can be read")
        }
    }
}
