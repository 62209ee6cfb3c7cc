extension DatasetLayout {
    /// The layout of the MS data: a folder per patient, in it scan and mask.
    public static let ms = DatasetLayout(
        "ms", "NAME/mri_crop and mask_crop", options: NoOption.self, labels: nil,
        phantoms: PhantomFiles(
            .ms, contrasts: .fixed(.flair),
            image: { number, _ in "\(number.padded(to: 3))01/mri_crop.nii.gz" },
            labels: { number in "\(number.padded(to: 3))01/mask_crop.nii.gz" },
            index: nil),
        expected: { _ in "files \(image) and \(mask)" },
        subjects: { folder, _, rules throws(VolumeError) in
            try PathPattern.subjects(in: folder, images: [("flair", image)], mask: mask, rules: rules)
        })

    private static let image = "{id}/mri_crop.nii.gz"
    private static let mask = "{id}/mask_crop.nii.gz"
}
