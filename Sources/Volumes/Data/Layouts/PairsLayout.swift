extension DatasetLayout {
    /// Any folder in which a path with the subject's name leads to the scan and another to the mask, such as
    /// "images/{id}_0000.nii.gz" and "labels/{id}.nii.gz", or ".*" for any ending; there is a subject for each name
    /// that fits that of the scan.
    public static let pairs = DatasetLayout(
        "pairs", "the paths that `image` and, where there are masks, `mask` give (the layout where none is named)",
        options: PairsOption.self,
        labels: nil, phantoms: nil,
        expected: { value in
            "files \(value(.image))" + (value(.mask).isEmpty ? "" : " and \(value(.mask))")
        },
        subjects: { folder, value, rules throws(VolumeError) in
            let paths = try value(.image).listed("image")
            let names = value(.sequences).isEmpty ? [] : try value(.sequences).listed("sequences")
            try VolumeError.require(
                names.isEmpty || names.count == paths.count, "sequences", names.count,
                "a name for each of the \(paths.count) paths of scans")
            let images = paths.indices.map { index in
                (names.isEmpty ? paths.count == 1 ? "image" : "image\(index + 1)" : names[index], paths[index])
            }
            return try PathPattern.subjects(in: folder, images: images, mask: value(.mask), rules: rules)
        })
}

private enum PairsOption: String, LayoutOption {
    case image, mask, sequences

    var summary: String {
        switch self {
        case .image:
            "the path of a scan, {id} for the subject's name and .* for any ending, or the paths of several sequences"
        case .mask: "the path of its mask, such as 'labels/{id}.nii.gz'; '' for scans without"
        case .sequences: "the names of the sequences, such as 't1, flair'"
        }
    }

    var defaultValue: String? { self == .image ? nil : "" }
}
