import Support

/// The index of a data set, dataset.json, as nnU-Net and the Medical Segmentation Decathlon write it.
struct DatasetIndex {
    /// The name of the file in the data set's folder.
    static let name = "dataset.json"

    private let folder: String
    private let path: String
    private let json: JSON

    /// Reads the index of a folder; throws where it is not there, with what was `expected` in the folder, and where it
    /// is no JSON object.
    init(in folder: String, expected: String) throws(VolumeError) {
        (self.folder, path) = (folder, "\(folder)/\(Self.name)")
        guard let kind = FileSystem.kind(folder) else { throw .missing(path: folder) }
        guard kind == .folder, FileSystem.exists(path) else { throw .dataset(folder: folder, expected: expected) }
        json = try JSON(file: path)
        guard json.members != nil else {
            throw .malformed(
                path: path, .field("text", value: "no object", expected: "{...} with the data set's fields"))
        }
    }

    /// The value of a field; nil where it is not there.
    subscript(name: String) -> JSON? { json[name] }

    /// The error of a field.
    func wrong(_ name: String, _ value: JSON?, expected: String) -> VolumeError {
        let text = value.map { String("\($0)".prefix(60)).shown } ?? "missing"
        return .malformed(path: path, .field(name, value: text, expected: expected))
    }

    /// The text of a field; nil where it is not there.
    func text(_ name: String) throws(VolumeError) -> String? {
        guard let value = json[name] else { return nil }
        guard let text = value.text, !text.isEmpty else { throw wrong(name, value, expected: "a text") }
        return text
    }

    /// The names of the sequences, in a field such as {"0": "T1", "1": "FLAIR"}.
    func sequences(_ field: String) throws(VolumeError) -> [String] {
        let members = json[field]?.members ?? []
        let names = members.indices.compactMap { json[field]?["\($0)"]?.text }
        guard !names.isEmpty, names.count == members.count, Set(names).count == names.count, !names.contains("") else {
            throw wrong(field, json[field], expected: "different names for 0, 1, ..., such as {\"0\": \"T1\"}")
        }
        return names
    }

    /// The names of labels: each of one label or, of regions, of several; without the background.
    ///
    /// Both {"core": 1} and {"1": "core"} are read.
    func structures() throws(VolumeError) -> [LabelScheme.Structure] {
        guard let members = json["labels"]?.members, !members.isEmpty else {
            throw wrong(
                "labels", json["labels"], expected: "names and their labels, such as {\"background\": 0, \"core\": 1}")
        }
        var structures: [LabelScheme.Structure] = []
        var seen: Set<Int> = []
        for member in members {
            let (name, labels): (String, [Int]?)
            if let text = member.value.text {
                (name, labels) = (text, Int(member.name).map { [$0] })
            } else {
                let list = member.value.elements ?? [member.value]
                let numbers = list.compactMap(\.integer)
                (name, labels) = (member.name, numbers.count == list.count ? numbers : nil)
            }
            let place = "labels, '\(String(name.prefix(40)).shown)'"
            guard let labels, !labels.isEmpty, labels.allSatisfy({ (0...1 << 24).contains($0) }) else {
                throw wrong(place, member.value, expected: "a whole number from 0, or a list of some")
            }
            // nnU-Net leaves such voxels out of its loss; here they would count as background.
            guard name != "ignore" else { throw wrong(place, member.value, expected: "no label to ignore in masks") }
            if labels.count == 1, !seen.insert(labels[0]).inserted {
                throw wrong(place, member.value, expected: "a label that has no other name")
            }
            guard !structures.contains(where: { $0.name == name }) else {
                throw wrong(place, member.value, expected: "each name once")
            }
            if labels != [0] { structures.append(.init(name, labels)) }
        }
        guard !structures.isEmpty else { throw wrong("labels", json["labels"], expected: "one beside the background") }
        return structures
    }

    /// What the labels' names tell apart.
    func scheme(areRegions: Bool) throws(VolumeError) -> LabelScheme {
        let structures = try structures()
        if !areRegions, let region = structures.first(where: { ($0.labels?.count ?? 0) > 1 }) {
            throw wrong(
                "labels, '\(region.name)'", json["labels"]?[region.name],
                expected: "one label of each class; these are regions (regions = 'layout')")
        }
        return try LabelScheme(structures, areRegions: areRegions)
    }

    /// `rules` with the labels that have names, and 0, as the known ones.
    func rules(_ rules: MaskRules) throws(VolumeError) -> MaskRules {
        try rules.knowing([0] + Set(structures().flatMap { $0.labels ?? [] }).sorted())
    }

    /// The path of a file that `value`, in the field `name`, gives below the data set's folder.
    func file(_ value: JSON?, _ name: String) throws(VolumeError) -> String {
        guard let text = value?.text, !text.isEmpty, !text.hasPrefix("/") else {
            throw wrong(name, value, expected: "the path of a file below the data set's folder")
        }
        return "\(folder)/\(text.hasPrefix("./") ? String(text.dropFirst(2)) : text)"
    }
}

extension JSON {
    /// Reads the JSON file at `path`; throws where it cannot be read or is no JSON.
    init(file path: String) throws(VolumeError) {
        let bytes = try VolumeError.wrapping { try InputFile.bytes(of: path) }
        do throws(JSONError) {
            self = try JSON(parsing: bytes)
        } catch {
            throw .malformed(
                path: path,
                .field("text", value: "no JSON (\(error.reason) at byte \(error.position))", expected: "JSON"))
        }
    }
}

/// Which subjects of a data set that keeps training and test images apart.
enum DatasetPart: String, CaseIterable {
    case train, test, all

    /// The part of that name; throws for another.
    init(named name: String) throws(VolumeError) {
        guard let part = DatasetPart(rawValue: name) else {
            throw .parameter("part", value: "'\(name.shown)'", expected: Self.allCases.map(\.rawValue).choiceText)
        }
        self = part
    }

    var hasTraining: Bool { self != .test }
    var hasTest: Bool { self != .train }
}

/// The option of layouts that keep training and test images apart.
enum PartOption: String, LayoutOption {
    case part

    var summary: String { "'train', 'test' (which may lack masks, see `masks`) or 'all'" }

    var defaultValue: String? { DatasetPart.train.rawValue }
}
