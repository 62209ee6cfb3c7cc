/// The layouts of folders. Opening one looks at the names of files only: a subject that lacks one is among `rejected`,
/// and an error is thrown only where the folder holds no subject that is whole.
extension Dataset {
    /// The subjects of a folder of BRATS: a folder a subject, within HGG and LGG or directly in `folder`.
    ///
    /// The files are named as in 2018 and 2021 (NAME_t2.nii.gz, NAME_seg.nii.gz; labels 0, 1, 2, 4) or, where a
    /// subject's name begins with "BraTS-", as in 2023 (NAME-t2w.nii.gz, NAME-seg.nii.gz; labels 0, 1, 2, 3); .gz may
    /// be missing. `modality` (default "t2") says which scan is used, in the names of either convention.
    public static func brats(
        _ folder: String, modality: String = "t2", rules: MaskRules = .standard
    ) throws(VolumeError) -> Dataset {
        let grades = try Folder.names(in: folder, folders: true).filter { ["HGG", "LGG"].contains($0) }
        var expected: [Subject] = []
        for parent in grades.isEmpty ? [folder] : grades.map({ "\(folder)/\($0)" }) {
            for id in try Folder.names(in: parent, folders: true) {
                let convention = BRATSConvention(subject: id)
                let stem = "\(parent)/\(id)/"
                expected.append(
                    Subject(
                        id: id, imagePath: stem + (try convention.file(of: id, modality)),
                        labelPath: stem + (try convention.file(of: id, "seg")),
                        rules: try rules.knowing(convention.labels)))
            }
        }
        return try found(
            expected, in: folder, "folders NAME with NAME_\(modality).nii.gz and NAME_seg.nii.gz, or as in BRATS 2023")
    }

    /// The subjects of a folder in the layout of the MS data: a folder a patient with mri_crop and mask_crop (.nii or
    /// .nii.gz).
    public static func ms(_ folder: String, rules: MaskRules = .standard) throws(VolumeError) -> Dataset {
        try pairs(folder, image: "{id}/mri_crop.nii.gz", mask: "{id}/mask_crop.nii.gz", rules: rules)
    }

    /// The subjects of a folder of pairs: `image` and `mask` are paths below it with `{id}` for the subject's name, such
    /// as "images/{id}_0000.nii.gz" and "labels/{id}.nii.gz".
    ///
    /// There is a subject for each name that fits the pattern of the images.
    public static func pairs(
        _ folder: String, image: String, mask: String, rules: MaskRules = .standard
    ) throws(VolumeError) -> Dataset {
        let imagePattern = try PathPattern(image, parameter: "image")
        let maskPattern = try PathPattern(mask, parameter: "mask")
        let expected = try imagePattern.ids(in: folder).map { id in
            Subject(
                id: id, imagePath: "\(folder)/\(imagePattern.path(of: id))",
                labelPath: "\(folder)/\(maskPattern.path(of: id))", rules: rules)
        }
        return try found(expected, in: folder, "files \(image) and \(mask)")
    }

    /// The subjects whose files are there, and the others as rejected; where none is whole, the first one's error.
    private static func found(
        _ expected: [Subject], in folder: String, _ layout: String
    ) throws(VolumeError) -> Dataset {
        var (subjects, rejected) = ([Subject](), [RejectedSubject]())
        for subject in expected {
            do throws(VolumeError) {
                subjects.append(
                    Subject(
                        id: subject.id, imagePath: try Folder.volume(subject.imagePath),
                        labelPath: try Folder.volume(subject.labelPath), rules: subject.rules))
            } catch {
                rejected.append(RejectedSubject(id: subject.id, error: error))
            }
        }
        guard !subjects.isEmpty else { throw rejected.first?.error ?? .dataset(folder: folder, expected: layout) }
        return Dataset(subjects, rejected: rejected)
    }
}
