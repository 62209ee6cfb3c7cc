import Support

extension DatasetLayout {
    /// The layout of the Medical Segmentation Decathlon: dataset.json with `modality`, `labels` and the lists
    /// `training` and `test` of files; where there are several modalities, they are the frames of one file.
    ///
    /// Source: Antonelli et al., The Medical Segmentation Decathlon, Nature Communications 13, 4128 (2022).
    public static let decathlon = DatasetLayout(
        "decathlon", "what dataset.json lists, as in the Medical Segmentation Decathlon", options: PartOption.self,
        labels: "those that dataset.json names",
        phantoms: PhantomFiles(
            .tumour, contrasts: .fixed(.t2),
            image: { number, _ in "imagesTr/\(phantom(number))" }, labels: { number in "labelsTr/\(phantom(number))" },
            index: { count, _ in
                (
                    DatasetIndex.name,
                    JSON.record([
                        "modality": .record(["0": .string("T2")]),
                        "labels": .record([
                            "0": .string("background"), "1": .string("core"), "2": .string("oedema"),
                            "4": .string("enhancing"),
                        ]),
                        "training": .array(
                            (1...count).map { number in
                                .record([
                                    "image": .string("./imagesTr/\(phantom(number))"),
                                    "label": .string("./labelsTr/\(phantom(number))"),
                                ])
                            }),
                        "test": .array([]),
                    ]).description
                )
            }),
        expected: { _ in expected },
        listing: { folder, value, rules throws(VolumeError) in
            let part = try DatasetPart(named: value(.part))
            let index = try DatasetIndex(in: folder, expected: expected)
            let sequences = try index.sequences("modality")
            let rules = try index.rules(rules)
            var subjects: [Subject] = []
            for field in (part.hasTraining ? ["training"] : []) + (part.hasTest ? ["test"] : []) {
                guard let list = index[field]?.elements else {
                    throw index.wrong(field, index[field], expected: "a list of files")
                }
                for (number, entry) in list.enumerated() {
                    let place = "\(field)[\(number)]"
                    let image = try index.file(entry.text == nil ? entry["image"] : entry, place)
                    let mask = try entry["label"].map { label throws(VolumeError) in
                        ScanFile(name: "labels", path: try index.file(label, place))
                    }
                    let scans = sequences.enumerated().map { number, name in
                        ScanFile(name: name, path: image, frame: sequences.count > 1 ? number + 1 : nil)
                    }
                    subjects.append(Subject(id: name(of: image), scans: scans, labels: mask, rules: rules))
                }
            }
            if let twice = Dictionary(grouping: subjects, by: \.id).filter({ $0.value.count > 1 }).keys.min() {
                throw index.wrong("training, test", .string(twice), expected: "each subject once")
            }
            return Dataset(subjects)
        },
        scheme: { folder, areRegions throws(VolumeError) in
            try DatasetIndex(in: folder, expected: expected).scheme(areRegions: areRegions)
        })

    private static let expected = "\(DatasetIndex.name) with training images and labels"

    private static func phantom(_ number: Int) -> String { "phantom_\(number.padded(to: 3)).nii.gz" }

    /// The name of a file without .nii or .nii.gz.
    private static func name(of path: String) -> String {
        let name = path.lastPathPart
        for ending in [".nii.gz", ".nii"] where name.hasSuffix(ending) { return String(name.dropLast(ending.count)) }
        return name
    }
}
