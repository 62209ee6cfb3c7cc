import LuaBridge
import Volumes

/// A data set as scripts hold it.
final class DatasetObject: LuaObject, CustomStringConvertible {
    let dataset: Dataset

    init(_ dataset: Dataset) { self.dataset = dataset }

    /// "Dataset(12 subjects)", or "Dataset(12 subjects, 1 rejected)".
    var description: String {
        let rejected = dataset.rejected.count
        return "Dataset(\(dataset.subjects.count) subjects\(rejected > 0 ? ", \(rejected) rejected" : ""))"
    }

    /// Subject `position`, from 1, or from -1 backwards; nil where there is none.
    func subject(_ position: Int) -> SubjectObject? {
        let subjects = dataset.subjects
        let index = position < 0 ? subjects.count &+ position : position &- 1
        return subjects.indices.contains(index) ? SubjectObject(subjects[index]) : nil
    }

    /// A head's folder, for examples.
    private static let example = "volumes.write_phantoms(os.tmpname() .. \"-ms\", {layout = \"ms\", size = {8, 8, 8}})"

    static let luaType = LuaType(
        "Dataset", "The subjects of a folder, in the order of their names: #d of them, d[1] the first, d[-1] the last.",
        methods: [
            LuaFunction(
                "split",
                "Draws subjects to train and to test on. The test subjects depend on `seed` and `test` alone.", this,
                Option("train", Int.self, in: .countOrNone, "how many to train on"),
                Option("test", Int.self, in: .countOrNone, "how many to test on"),
                Option("seed", Int.self, in: .any, default: 1, "the same seed gives the same subjects"),
                returns: "two lists of subjects",
                example: "local train, test = \(example):split{train = 5, test = 3}; assert(#train == 5 and #test == 3)"
            ) { object, train, test, seed in
                let parts = try object.dataset.split(train: train, test: test, seed: UInt64(bitPattern: Int64(seed)))
                return (parts.train.subjects.map(SubjectObject.init), parts.test.subjects.map(SubjectObject.init))
            },
            LuaFunction(
                "check",
                "Reads every file once; subjects that do not load are `rejected` in the result. Opening reads names only.",
                this, returns: "the data set of those that load",
                example: "local d = \(example):check(); assert(#d == 8 and #d.rejected == 0)"
            ) { object in DatasetObject(try object.dataset.checked()) },
        ],
        properties: [
            LuaProperty("rejected", "The subjects that cannot be used: a list of {id, error}, the error as text.") {
                (object: DatasetObject) in
                object.dataset.rejected.map { ["id": $0.id, "error": $0.error.description] }
            }
        ],
        metamethods: [
            LuaFunction("__len", "The number of subjects.", this) { object in
                object.dataset.subjects.count
            },
            LuaFunction(
                "__index", "A subject; nil where there is none.", this, Parameter("position", Int.self, in: .any, "")
            ) {
                object, position in object.subject(position)
            },
        ])
}

/// A subject as scripts hold it.
final class SubjectObject: LuaObject, CustomStringConvertible {
    let subject: Subject

    init(_ subject: Subject) { self.subject = subject }

    /// "Subject(NAME)".
    var description: String { "Subject(\(subject.id))" }

    static let luaType = LuaType(
        "Subject", "One subject of a data set; its files are read when they are asked for.",
        methods: [
            LuaFunction(
                "load",
                "Reads the scan, and the mask of the target: 1 wherever a label is positive, or is one of `foreground`.",
                this,
                returns: "two volumes",
                example: """
                    local d = volumes.write_phantoms(os.tmpname() .. "-ms", {layout = "ms", count = 1, size = {8, 8, 8}}); \
                    local image, mask = d[1]:load(); assert(image.shape[1] == 8 and mask.data:max():item() <= 1)
                    """
            ) { object in
                let (image, mask) = try object.subject.load()
                return (VolumeObject(image), VolumeObject(mask))
            }
        ],
        properties: [
            LuaProperty("id", "The subject's name.") { (object: SubjectObject) in object.subject.id },
            LuaProperty("image_path", "The file of the scan.") { (object: SubjectObject) in object.subject.imagePath },
            LuaProperty("label_path", "The file of the labels.") { (object: SubjectObject) in object.subject.labelPath
            },
        ])
}

extension LuaModule {
    /// Functions that open data sets.
    static let volumeDatasets = [
        LuaFunction(
            "dataset",
            "Finds the subjects of a folder; a subject that lacks a file is among the data set's `rejected`.",
            Parameter("folder", Path.self, "the folder"),
            Option(
                "layout", LuaChoice<DatasetLayout>?.self,
                "'ms': NAME/mri_crop and mask_crop; 'brats': NAME/NAME_t2 and NAME_seg (2018, 2021), or "
                    + "BraTS-NAME/BraTS-NAME-t2w and -seg (2023), within HGG and LGG or not"),
            Option("modality", String.self, default: "t2", "of 'brats': which scan, in the names of any year"),
            Option("image", Path?.self, "without a layout: the path of a scan, {id} for the subject's name"),
            Option("mask", Path?.self, "without a layout: the path of its mask, such as 'labels/{id}.nii.gz'"),
            Option(
                "labels", [Int]?.self, in: .countOrNone,
                "the labels that may occur: by default 0, 1, 2, 4 (2023: 0, 1, 2, 3) of 'brats', else any"),
            Option(
                "foreground", [Int]?.self, in: .countOrNone,
                "the labels that are the target; by default all positive ones"),
            Option(
                "tolerance", Double.self, in: .notNegative, default: 0.1, "how many voxels scan and mask may lie apart"),
            returns: "the data set",
            example: """
                local folder = os.tmpname() .. "-brats"; \
                volumes.write_phantoms(folder, {layout = "brats", count = 4, size = {8, 8, 8}}); \
                assert(#volumes.dataset(folder, {layout = "brats"}) == 4); \
                local pairs = volumes.dataset(folder .. "/HGG", {image = "{id}/{id}_t2.nii.gz", mask = "{id}/{id}_seg.nii.gz"}); \
                assert(#pairs == 3)
                """
        ) { folder, layout, modality, image, mask, labels, foreground, tolerance -> DatasetObject in
            try renaming(["known": "labels"]) {
                let rules = try MaskRules(known: labels, foreground: foreground, tolerance: tolerance)
                switch (layout?.value, image, mask) {
                case (.ms, nil, nil): return DatasetObject(try Dataset.ms(folder.text, rules: rules))
                case (.brats, nil, nil):
                    return DatasetObject(try Dataset.brats(folder.text, modality: modality, rules: rules))
                case (nil, let image?, let mask?):
                    return DatasetObject(
                        try Dataset.pairs(
                            folder.text, image: image.text, mask: mask.text, rules: rules))
                default: throw LuaArgumentError("layout", "either a layout or both image and mask expected")
                }
            }
        }
    ]
}
