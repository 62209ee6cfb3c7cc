import Support

/// What a segmentation tells apart: classes that exclude each other, or regions that may hold one another.
///
/// A label map that networks learn from holds class numbers: 0 for everything else, and 1, 2, ... for the labels that
/// belong to the same structures. A network for classes has an output for 0 and one for each class (softmax); one for
/// regions has an output for each region (sigmoid), as for the nested regions of BRATS: whole tumour, core, enhancing
/// tumour.
public struct LabelScheme: Equatable, Sendable {
    /// A class or a region.
    public struct Structure: Equatable, Sendable {
        /// Its name, as tables show it.
        public let name: String
        /// Its labels in files; nil: every positive one.
        public let labels: Set<Int>?

        /// Names the labels of a class or region.
        public init(_ name: String, _ labels: [Int]?) {
            self.name = name
            self.labels = labels.map { Set($0) }
        }

        func contains(_ label: Int) -> Bool { labels?.contains(label) ?? (label > 0) }
    }

    /// The classes or regions, in their order.
    public let structures: [Structure]
    /// Whether they are regions, which may share labels.
    public let areRegions: Bool
    /// The labels of each class number from 1 on; nil for every positive one.
    private let classLabels: [Set<Int>]?

    /// One class, "foreground", of every positive label.
    public static let foreground = LabelScheme([Structure("foreground", nil)], false, nil)

    private init(_ structures: [Structure], _ areRegions: Bool, _ classLabels: [Set<Int>]?) {
        (self.structures, self.areRegions, self.classLabels) = (structures, areRegions, classLabels)
    }

    /// Makes a scheme of classes, each with labels of its own, or of regions.
    ///
    /// Throws where there is none, a name is empty or there twice, one has no labels, 0 (the background) or all of them
    /// beside others, and where two classes share a label or two regions have the same ones.
    public init(_ structures: [Structure], areRegions: Bool) throws(VolumeError) {
        let parameter = areRegions ? "regions" : "classes"
        try VolumeError.require(!structures.isEmpty, parameter, "empty", "at least one")
        if !areRegions, structures.count == 1, structures[0].labels == nil {
            self.init(structures, false, nil)
            return
        }
        var names: Set<String> = []
        for structure in structures {
            try VolumeError.require(
                !structure.name.isEmpty && names.insert(structure.name).inserted, parameter, "'\(structure.name)'",
                "names that are not empty, each once")
            try VolumeError.require(
                structure.labels?.isEmpty == false, parameter, "'\(structure.name)' without labels",
                "at least one label of each")
            if let label = structure.labels?.filter({ !(1...1 << 24).contains($0) }).min() {
                throw .parameter(
                    parameter, value: "label \(label) in '\(structure.name)'",
                    expected: "whole numbers from 1 to \(1 << 24), as 0 is the background")
            }
        }
        for (index, one) in structures.enumerated() {
            for other in structures[..<index] {
                let shared = one.labels?.intersection(other.labels ?? []) ?? []
                if let label = shared.min(), !areRegions || one.labels == other.labels {
                    throw .parameter(
                        parameter, value: "label \(label) in '\(other.name)' and '\(one.name)'",
                        expected: areRegions ? "regions that differ" : "classes that share no label, or regions")
                }
            }
        }
        self.init(structures, areRegions, Self.classLabels(of: structures, areRegions: areRegions))
    }

    /// The labels that belong to the same structures, in the order of the structures and of the labels.
    private static func classLabels(of structures: [Structure], areRegions: Bool) -> [Set<Int>] {
        guard areRegions else { return structures.map { $0.labels ?? [] } }
        var sets: [(members: [Bool], labels: Set<Int>)] = []
        for label in Set(structures.flatMap { $0.labels ?? [] }).sorted() {
            let members = structures.map { $0.contains(label) }
            if let index = sets.firstIndex(where: { $0.members == members }) {
                sets[index].labels.insert(label)
            } else {
                sets.append((members, [label]))
            }
        }
        return sets.map(\.labels)
    }

    /// The names of the structures.
    public var names: [String] { structures.map(\.name) }

    /// The number of classes beside 0: class numbers are 0 ... classCount.
    public var classCount: Int { classLabels?.count ?? 1 }

    /// The number of a network's outputs: one a region, or one a class and one for 0.
    public var outputCount: Int { areRegions ? structures.count : structures.count + 1 }

    /// The class number of a label in a file; 0 where it belongs to no structure.
    public func classNumber(of label: Int) -> Int {
        guard let classLabels else { return structures[0].contains(label) ? 1 : 0 }
        return (classLabels.firstIndex { $0.contains(label) } ?? -1) + 1
    }

    /// The class numbers of each region, as losses and predictions take them; nil for classes.
    public var regions: [[Int]]? { areRegions ? structures.map(classNumbers) : nil }

    /// The class numbers of a structure.
    public func classNumbers(of structure: Structure) -> [Int] {
        guard let classLabels else { return [1] }
        return classLabels.indices.filter { index in classLabels[index].contains(where: structure.contains) }
            .map { $0 + 1 }
    }

    /// The label that files get for a class number: the least of its labels, 0 for 0.
    public func label(of classNumber: Int) -> Int {
        guard classNumber >= 1, classNumber <= classCount else { return 0 }
        return classLabels?[classNumber - 1].min() ?? 1
    }

    /// The class number that is meant where regions overlap, by the last region that a voxel is in: that of its labels
    /// which are in no later region, or else its first.
    func classNumber(inRegion index: Int) -> Int {
        let own = classNumbers(of: structures[index])
        let later = Set(structures[(index + 1)...].flatMap(classNumbers))
        return own.first { !later.contains($0) } ?? own.first ?? 0
    }
}

extension LabelScheme {
    /// The scheme as JSON.
    var json: JSON {
        .record([
            areRegions ? "regions" : "classes": .array(
                structures.map { structure in
                    .record([
                        "name": .string(structure.name),
                        "labels": structure.labels.map { .array($0.sorted().map { .number(Double($0)) }) } ?? .null,
                    ])
                })
        ])
    }

    /// The scheme that `json` describes, the field `name` of a file; throws where it describes none.
    init(_ json: JSON, path: String) throws(VolumeError) {
        let areRegions = json["regions"] != nil
        guard let list = (json["regions"] ?? json["classes"])?.elements else {
            throw .parameter(path, value: "without classes or regions", expected: "a list of one of them")
        }
        let structures = try list.map { entry throws(VolumeError) -> Structure in
            guard let name = entry["name"]?.text else {
                throw .parameter(path, value: entry.description, expected: "a name and labels")
            }
            guard let labels = entry["labels"], labels != .null else { return Structure(name, nil) }
            guard let numbers = labels.elements?.compactMap(\.integer), numbers.count == labels.elements?.count else {
                throw .parameter("\(path): labels", value: labels.description, expected: "a list of whole numbers")
            }
            return Structure(name, numbers)
        }
        try self.init(structures, areRegions: areRegions)
    }
}
