import LuaBridge
import Volumes

/// A data set as scripts hold it.
final class DatasetObject: LuaObject, CustomStringConvertible {
    let dataset: Dataset

    init(_ dataset: Dataset) { self.dataset = dataset }

    /// "Dataset(12 subjects)".
    var description: String { "Dataset(\(dataset.subjects.count) subjects)" }

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
                Option("train", Int.self, "how many to train on"), Option("test", Int.self, "how many to test on"),
                Option("seed", Int.self, default: 1, "the same seed gives the same subjects"),
                returns: "two lists of subjects",
                example: "local train, test = \(example):split{train = 5, test = 3}; assert(#train == 5 and #test == 3)"
            ) { object, train, test, seed in
                let parts = try object.dataset.split(train: train, test: test, seed: UInt64(bitPattern: Int64(seed)))
                return (parts.train.subjects.map(SubjectObject.init), parts.test.subjects.map(SubjectObject.init))
            }
        ],
        metamethods: [
            LuaFunction("__len", "The number of subjects.", this) { object in
                object.dataset.subjects.count
            },
            LuaFunction("__index", "A subject; nil where there is none.", this, Parameter("position", Int.self, "")) {
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
                "load", "Reads the scan, and the mask of the target: 1 wherever a label is positive.", this,
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
            "dataset", "Finds the subjects of a folder.", Parameter("folder", String.self, "the folder"),
            Option(
                "layout", LuaChoice<DatasetLayout>.self,
                "'ms': NAME/mri_crop and mask_crop; 'brats': NAME/NAME_t2 and NAME_seg, within HGG and LGG or not"),
            Option("modality", String.self, default: "t2", "of 'brats': which scan"), returns: "the data set",
            example: """
                local folder = os.tmpname() .. "-brats"; \
                volumes.write_phantoms(folder, {layout = "brats", count = 4, size = {8, 8, 8}}); \
                assert(#volumes.dataset(folder, {layout = "brats"}) == 4)
                """
        ) { folder, layout, modality -> DatasetObject in
            switch layout.value {
            case .ms: DatasetObject(try Dataset.ms(folder))
            case .brats: DatasetObject(try Dataset.brats(folder, modality: modality))
            }
        }
    ]
}
