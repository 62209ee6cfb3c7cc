import Support

extension DatasetLayout {
    /// The layout of nnU-Net: dataset.json with `channel_names`, `labels` and `file_ending`, scans in
    /// imagesTr/NAME_0000 (a number for each channel) and masks in labelsTr/NAME; test images in imagesTs.
    ///
    /// Where the index has a `dataset`, that lists the files of each subject. `modality` may stand for `channel_names`,
    /// as in the first version. Labels that are lists are regions.
    ///
    /// Source: nnU-Net, documentation/dataset_format.md.
    public static let nnunet = DatasetLayout(
        "nnunet", "dataset.json, imagesTr/NAME_0000 and labelsTr/NAME, as nnU-Net has them", options: PartOption.self,
        labels: "those that dataset.json names",
        phantoms: PhantomFiles(
            .tumour, contrasts: .fixed(.t2),
            image: { number, _ in "imagesTr/\(phantom(number))_0000.nii.gz" },
            labels: { number in "labelsTr/\(phantom(number)).nii.gz" },
            index: { count, _ in
                (
                    DatasetIndex.name,
                    JSON.record([
                        "channel_names": .record(["0": .string("T2")]),
                        "labels": .record([
                            "background": .number(0), "core": .number(1), "oedema": .number(2), "enhancing": .number(4),
                        ]),
                        "numTraining": .number(Double(count)), "file_ending": .string(".nii.gz"),
                    ]).description
                )
            }),
        expected: { value in "\(DatasetIndex.name), \(images(value(.part))) and labelsTr/NAME" },
        listing: { folder, value, rules throws(VolumeError) in
            let part = try DatasetPart(named: value(.part))
            let index = try index(of: folder)
            let ending = try index.text("file_ending") ?? ".nii.gz"
            guard [".nii", ".nii.gz", ".nrrd", ".nhdr", ".mgh", ".mgz"].contains(ending) else {
                throw index.wrong("file_ending", index["file_ending"], expected: "that of NIfTI, NRRD or MGH files")
            }
            let sequences = try index.sequences(index["channel_names"] == nil ? "modality" : "channel_names")
            let rules = try index.rules(rules)
            if let listed = index["dataset"] {
                guard let members = listed.members else { throw index.wrong("dataset", listed, expected: "an object") }
                return Dataset(
                    try members.map { member throws(VolumeError) in
                        try subject(member, of: index, sequences, rules)
                    })
            }
            var subjects: [Subject] = []
            for letters in (part.hasTraining ? ["Tr"] : []) + (part.hasTest ? ["Ts"] : []) {
                let images = sequences.enumerated().map { number, name in
                    (name: name, path: "images\(letters)/{id}_\(number.padded(to: 4))\(ending)")
                }
                subjects += try PathPattern.subjects(
                    in: folder, images: images, mask: "labels\(letters)/{id}\(ending)", rules: rules, byAll: true)
            }
            return Dataset(subjects)
        },
        scheme: { folder, areRegions throws(VolumeError) in try index(of: folder).scheme(areRegions: areRegions) })

    private static func index(of folder: String) throws(VolumeError) -> DatasetIndex {
        try DatasetIndex(in: folder, expected: "\(DatasetIndex.name), imagesTr/NAME_0000 and labelsTr/NAME")
    }

    private static func images(_ part: String) -> String {
        part == "test" ? "imagesTs/NAME_0000" : "imagesTr/NAME_0000"
    }

    private static func phantom(_ number: Int) -> String { "phantom_\(number.padded(to: 3))" }

    /// The subject that an entry of `dataset` lists.
    private static func subject(
        _ entry: JSON.Member, of index: DatasetIndex, _ sequences: [String], _ rules: MaskRules
    ) throws(VolumeError) -> Subject {
        let place = "dataset, '\(entry.name.shown)'"
        let images = entry.value["images"]?.elements ?? []
        guard images.count == sequences.count else {
            throw index.wrong(place, entry.value, expected: "images of the \(sequences.count) channels")
        }
        let scans = try zip(sequences, images).map { name, image throws(VolumeError) in
            ScanFile(name: name, path: try index.file(image, place))
        }
        let labels = try entry.value["label"].map { label throws(VolumeError) in
            ScanFile(name: "labels", path: try index.file(label, place))
        }
        return Subject(id: entry.name, scans: scans, labels: labels, rules: rules)
    }
}
