import LuaBridge
import Volumes

/// A data set as scripts hold it.
final class DatasetObject: LuaObject, CustomStringConvertible {
    let dataset: Dataset

    init(_ dataset: Dataset) { self.dataset = dataset }

    /// "Dataset(12 subjects)", or "Dataset(12 subjects, 1 rejected, shift: thickness 5 mm)".
    var description: String {
        let rejected = dataset.rejected.count
        let shift = dataset.shift.map { ", shift: \($0)" } ?? ""
        return "Dataset(\(dataset.subjects.count) subjects\(rejected > 0 ? ", \(rejected) rejected" : "")\(shift))"
    }

    /// Subject `position`, from 1, or from -1 backwards; nil where there is none.
    func subject(_ position: Int) -> SubjectObject? {
        let subjects = dataset.subjects
        let index = position < 0 ? subjects.count &+ position : position &- 1
        return subjects.indices.contains(index) ? SubjectObject(subjects[index]) : nil
    }

    /// An expression that gives a small data set of phantoms, for examples.
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
            },
            LuaProperty("sequences", "The names of the scans of each subject.") { (object: DatasetObject) in
                object.dataset.sequences
            },
            LuaProperty("targets", SchemeTargets.summary) { (object: DatasetObject) in
                SchemeTargets.of(object.dataset.scheme)
            },
        ],
        metamethods: [
            LuaFunction("__len", "The number of subjects.", this) { object in object.dataset.subjects.count },
            LuaFunction(
                "__index", "A subject; nil where there is none.", this, Parameter("position", Int.self, in: .any, "")
            ) { object, position in object.subject(position) },
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
                "Reads the scans and the mask, whose voxels are class numbers: 1 wherever a label is positive, unless the "
                    + "data set has a foreground, classes or regions.",
                this,
                returns:
                    "the scan, or of several sequences a list of them, false for one that is missing; and the mask, "
                    + "nil where there is none",
                example: """
                    local d = volumes.write_phantoms(os.tmpname() .. "-ms", {layout = "ms", count = 1, size = {8, 8, 8}}); \
                    local image, mask = d[1]:load(); assert(image.shape[1] == 8 and mask.data:max():item() <= 1)
                    """
            ) { object -> (Scans, VolumeObject?) in
                let (scans, mask) = try object.subject.load()
                return (Scans(volumes: scans), mask.map(VolumeObject.init))
            },
            LuaFunction(
                "scans", "Reads the scans alone, whatever the mask is like.", this,
                returns: "the scan, or of several sequences a list of them, false for one that is missing",
                example: """
                    local d = volumes.write_phantoms(os.tmpname() .. "-ms", {layout = "ms", count = 1, size = {8, 8, 8}}); \
                    assert(d[1]:scans().shape[1] == 8)
                    """
            ) { object in Scans(volumes: try object.subject.loadScans()) },
        ],
        properties: [
            LuaProperty("id", "The subject's name.", get: \SubjectObject.subject.id),
            LuaProperty("image_path", "The file of the first scan.", get: \SubjectObject.subject.imagePath),
            LuaProperty("image_paths", "The files of the scans, a list; false for one that is missing.") {
                (object: SubjectObject) in
                object.subject.scans.map { $0.isMissing ? LuaEither<String, Bool>.second(false) : .first($0.path) }
            },
            LuaProperty("label_path", "The file of the labels; nil where there is none.") { (object: SubjectObject) in
                object.subject.labels?.path
            },
            LuaProperty(
                "label_error",
                "Why there is no file of the labels where there are several to choose from; nil otherwise."
            ) { (object: SubjectObject) in object.subject.labelsError?.description },
        ])
}

/// What masks tell apart, as scripts read it.
enum SchemeTargets {
    static let summary =
        "What masks tell apart, a list of {name, labels} as the `classes` or `regions` of volumes.dataset take it; nil where "
        + "every positive label is one class."

    /// The names and labels of a scheme.
    static func of(_ scheme: LabelScheme) -> [[LuaEither<String, [Int]>]]? {
        guard scheme.structures.allSatisfy({ $0.labels != nil }) else { return nil }
        return scheme.structures.map { [.first($0.name), .second($0.labels?.sorted() ?? [])] }
    }
}
