import Foundation
import Support

/// The subjects of one data set, in the order of their names.
public struct Dataset: Equatable, Sendable {
    /// The subjects, sorted by name.
    public let subjects: [Subject]

    /// Makes a data set of `subjects`, which it sorts by name.
    public init(_ subjects: [Subject]) {
        self.subjects = subjects.sorted { $0.id < $1.id }
    }

    /// The subjects of a folder in the layout of BRATS 2018: NAME/NAME_t1, _t1ce, _t2, _flair and _seg (.nii or
    /// .nii.gz), within HGG and LGG or directly in `folder`.
    ///
    /// `modality` (default "t2") says which scan is used. Throws where there are no subjects, and where a subject lacks
    /// a file, which is named.
    public static func brats(_ folder: String, modality: String = "t2") throws(VolumeError) -> Dataset {
        let grades = try folders(in: folder).filter { ["HGG", "LGG"].contains($0) }.map { "\(folder)/\($0)" }
        var subjects: [Subject] = []
        for parent in grades.isEmpty ? [folder] : grades {
            for id in try folders(in: parent) {
                let stem = "\(parent)/\(id)/\(id)_"
                subjects.append(
                    Subject(id: id, imagePath: try nifti(stem + modality), labelPath: try nifti(stem + "seg")))
            }
        }
        guard !subjects.isEmpty else {
            throw .dataset(folder: folder, expected: "folders NAME with NAME_\(modality).nii.gz and NAME_seg.nii.gz")
        }
        return Dataset(subjects)
    }

    /// The subjects of a folder in the layout of the MS data: a folder a patient with mri_crop and mask_crop (.nii or
    /// .nii.gz).
    ///
    /// Throws where there are no subjects, and where a subject lacks a file, which is named.
    public static func ms(_ folder: String) throws(VolumeError) -> Dataset {
        var subjects: [Subject] = []
        for id in try folders(in: folder) {
            let stem = "\(folder)/\(id)/"
            subjects.append(
                Subject(id: id, imagePath: try nifti(stem + "mri_crop"), labelPath: try nifti(stem + "mask_crop")))
        }
        guard !subjects.isEmpty else {
            throw .dataset(folder: folder, expected: "folders with mri_crop.nii.gz and mask_crop.nii.gz")
        }
        return Dataset(subjects)
    }

    /// Draws `train` and `test` different subjects at random.
    ///
    /// The test subjects depend on `seed` and `test` alone, and those of a smaller `train` are among those of a larger,
    /// so results for several sizes of the training set compare. Throws where there are too few subjects.
    public func split(train: Int, test: Int, seed: UInt64) throws(VolumeError) -> (train: Dataset, test: Dataset) {
        guard train >= 0, test >= 0, train <= subjects.count, test <= subjects.count - train else {
            throw .parameter(
                "train, test", value: "\(train), \(test)", expected: "together at most \(subjects.count) subjects")
        }
        let order = RandomGenerator(seed: seed).permutation(subjects.count).map { subjects[$0] }
        return (Dataset(Array(order[test..<(test + train)])), Dataset(Array(order[..<test])))
    }

    /// The names of the visible folders in `folder`, sorted.
    private static func folders(in folder: String) throws(VolumeError) -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
            throw .missing(path: folder)
        }
        guard isFolder.boolValue else { throw .dataset(folder: folder, expected: "a folder, not a file") }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw .system(path: folder, reason: error.localizedDescription)
        }
        return names.filter { name in
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
            return exists && isFolder.boolValue && !name.hasPrefix(".")
        }.sorted()
    }

    /// The NIfTI file of that name before .nii or .nii.gz.
    private static func nifti(_ stem: String) throws(VolumeError) -> String {
        let candidates = [stem + ".nii.gz", stem + ".nii"]
        guard let path = candidates.first(where: FileManager.default.fileExists) else {
            throw .missing(path: stem + ".nii.gz")
        }
        return path
    }
}
