extension DatasetLayout {
    /// Any folder in which a path with the subject's name leads to the scan and another to the mask, such as
    /// "images/{id}_0000.nii.gz" and "labels/{id}.nii.gz"; there is a subject for each name that fits that of the scan.
    public static let pairs = DatasetLayout(
        "pairs", "the paths that `image` and `mask` give (the layout where none is named)", options: PairsOption.self,
        labels: nil, phantoms: nil,
        expected: { value in "files \(value(.image)) and \(value(.mask))" },
        subjects: { folder, value, rules throws(VolumeError) in
            try PathPattern.subjects(in: folder, image: value(.image), mask: value(.mask), rules: rules)
        })
}

private enum PairsOption: String, LayoutOption {
    case image, mask

    var summary: String {
        switch self {
        case .image: "the path of a scan, {id} for the subject's name"
        case .mask: "the path of its mask, such as 'labels/{id}.nii.gz'"
        }
    }

    var defaultValue: String? { nil }
}
