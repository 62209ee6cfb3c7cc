import LuaBridge
import Support
import Volumes

/// The layouts that an option chooses among.
protocol LayoutList {
    static var layouts: [DatasetLayout] { get }
}

/// All layouts.
enum AllLayouts: LayoutList {
    static var layouts: [DatasetLayout] { DatasetLayout.all }
}

/// The layouts in which phantoms are written.
enum PhantomLayouts: LayoutList {
    static var layouts: [DatasetLayout] { DatasetLayout.all.filter { $0.phantoms != nil } }
}

/// A layout, by its name in the list.
struct LayoutChoice<List: LayoutList>: LuaDecodable {
    let layout: DatasetLayout

    /// The names: "'ms' or 'brats'".
    static var luaTypeName: String { List.layouts.map(\.name).choiceText }

    /// The layout of that name; otherwise an error that lists the names, and says which of them is near.
    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> LayoutChoice {
        guard let name = try? String.decode(stack, at: index) else {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        guard let layout = List.layouts.first(where: { $0.name == name }) else {
            let near = nearestName(to: name, among: List.layouts.map(\.name))
            let hint = near.map { ", did you mean '\($0)'?" } ?? ""
            throw LuaMismatch("\(luaTypeName) expected, got '\(name)'\(hint)")
        }
        return LayoutChoice(layout: layout)
    }
}

/// Whether subjects need a mask.
enum MaskNeed: String, CaseIterable {
    case required, optional
}

/// Classes or regions as scripts give them: a list of {name, labels}, or those that the layout names.
enum StructureList: LuaDecodable {
    case layout
    case list([LabelScheme.Structure])

    /// "'layout' or list such as {{'core', {1, 4}}, {'oedema', {2}}}".
    static var luaTypeName: String { "list such as {{'core', {1, 4}}, {'oedema', {2}}}" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> StructureList {
        if let text = try? String.decode(stack, at: index) {
            guard text == "layout" else { throw LuaMismatch("'layout' or \(luaTypeName) expected, got '\(text)'") }
            return .layout
        }
        guard let tables = try? [LuaTable].decode(stack, at: index) else {
            throw LuaMismatch(expected: "'layout' or \(luaTypeName)", stack, at: index)
        }
        var structures: [LabelScheme.Structure] = []
        for table in tables {
            guard let name = try? table.get(1, as: String.self) else {
                throw LuaMismatch("a name as the first element of each entry expected, as in \(luaTypeName)")
            }
            if let labels = try? table.get(2, as: [Int].self) {
                structures.append(.init(name, labels))
            } else if let label = try? table.get(2, as: Int.self) {
                structures.append(.init(name, [label]))
            } else {
                throw LuaMismatch("a list of labels of '\(name)' expected, as in \(luaTypeName)")
            }
        }
        return .list(structures)
    }

    /// The scheme that is meant for a folder in a layout.
    func scheme(areRegions: Bool, _ layout: DatasetLayout, _ folder: String) throws(VolumeError) -> LabelScheme {
        switch self {
        case .layout: try layout.scheme(in: folder, areRegions: areRegions)
        case .list(let structures): try LabelScheme(structures, areRegions: areRegions)
        }
    }
}

/// The options of all layouts, each once; their value is a dictionary of those that were given.
private struct LayoutOptions: LuaParameter {
    private let options: [Option<LuaEither<Path, [String]>?>]

    /// Says of each option which layouts take it, what it means to them, and its default.
    init(of layouts: [DatasetLayout]) {
        let all = layouts.flatMap { layout in layout.options.map { (layout: layout.name, option: $0) } }
        var names: [String] = []
        for (_, option) in all where !names.contains(option.rawValue) { names.append(option.rawValue) }
        options = names.map { name in
            let meanings = all.filter { $0.option.rawValue == name }.map { layout, option in
                "of '\(layout)': \(option.summary)" + (option.defaultValue.map { "; by default '\($0)'" } ?? "")
            }
            return Option(name, LuaEither<Path, [String]>?.self, meanings.joined(separator: "; "))
        }
    }

    /// Name, type, meaning and default of each.
    var parameterDescriptions: [ParameterDescription] { options.flatMap(\.parameterDescriptions) }

    /// The values by name, without those that were not given.
    func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> [String: String] {
        var values: [String: String] = [:]
        for option in options {
            switch try option.read(&reader) {
            case .first(let text): values[option.parameterDescription.name] = text.text
            case .second(let list): values[option.parameterDescription.name] = list.joined(separator: ",")
            case nil: break
            }
        }
        return values
    }
}

extension DatasetLayout {
    /// The labels of the layouts that name any, in words.
    fileprivate static let labelText =
        all.compactMap { layout in layout.labels.map { "\($0) of '\(layout.name)'" } }.joined(separator: "; ")
}

extension LuaModule {
    /// Functions about data sets.
    static let volumeDatasets = [
        LuaFunction(
            "dataset",
            "Finds the subjects of a folder; a subject that lacks a file is among the data set's `rejected`.",
            Parameter("folder", Path.self, "the folder"),
            Option(
                "layout", LayoutChoice<AllLayouts>?.self,
                DatasetLayout.all.map { "'\($0.name)': \($0.summary)" }.joined(separator: "; ")),
            LayoutOptions(of: DatasetLayout.all),
            Option(
                "labels", [Int]?.self, in: .countOrNone,
                "the labels that may occur: by default \(DatasetLayout.labelText), else any"),
            Option(
                "foreground", [Int]?.self, in: .countOrNone,
                "the labels that are the target; by default all positive ones"),
            Option(
                "classes", StructureList?.self,
                "instead: what is told apart, \(StructureList.luaTypeName), or 'layout' for the classes that the layout names"
            ).excluding("foreground"),
            Option(
                "regions", StructureList?.self,
                "instead: regions, which may hold one another, likewise; 'layout' of 'brats': WT, TC and ET"
            ).excluding("foreground", "classes"),
            Option(
                "tolerance", Double.self, in: .notNegative, default: 1e-3,
                "how many mm a mask, or another sequence, may lie apart from the first scan"),
            Option(
                "resample", Bool.self, default: false, "whether what lies elsewhere is resampled instead of refused"),
            Option(
                "missing", LuaChoice<MissingSequence>.self, default: LuaChoice(.reject),
                "what becomes of a subject that lacks one of several sequences: it is among the rejected, or the sequence is 0"
            ),
            Option(
                "masks", LuaChoice<MaskNeed>.self, default: LuaChoice(.required),
                "whether a subject without a mask is among the rejected, or one to predict"),
            Option(
                "shift", ShiftTable?.self,
                "changes scans and masks as they are read, as if another scanner had made them: the options of volumes.shift"
            ),
            returns: "the data set",
            example: """
                local folder = os.tmpname() .. "-brats"; \
                volumes.write_phantoms(folder, {layout = "brats", count = 4, size = {8, 8, 8}}); \
                assert(#volumes.dataset(folder, {layout = "brats"}) == 4); \
                local pairs = volumes.dataset(folder .. "/HGG", {image = "{id}/{id}_t2.nii.gz", mask = "{id}/{id}_seg.nii.gz"}); \
                assert(#pairs == 3)
                """
        ) {
            folder, choice, options, labels, foreground, classes, regions, tolerance, resample, missing, masks, shift
                -> DatasetObject in
            let layout = choice?.layout ?? .pairs
            guard layout.accepts(options.keys) else {
                let isNamed = choice != nil && !layout.needed.isEmpty
                let needed = (isNamed ? layout : .pairs).needed.joined(separator: " and ")
                throw LuaArgumentError(
                    "layout",
                    isNamed
                        ? "'\(layout.name)' needs the option \(needed)"
                        : "either a layout or \(needed) expected")
            }
            return try renaming(["known": "labels"]) {
                let scheme =
                    if let list = classes ?? regions {
                        try list.scheme(areRegions: regions != nil, layout, folder.text)
                    } else if let foreground {
                        try LabelScheme([.init("foreground", foreground)], areRegions: false)
                    } else { LabelScheme.foreground }
                let rules = try MaskRules(known: labels, scheme: scheme, tolerance: tolerance, resamples: resample)
                let dataset = try layout.dataset(
                    in: folder.text, options, rules: rules, missing: missing.value,
                    needsLabels: masks.value == .required)
                try shift?.shift.check()
                return DatasetObject(shift.map { dataset.shifted(by: $0.shift) } ?? dataset)
            }
        },
        LuaFunction(
            "layouts", "Lists the layouts of data sets, for scripts that offer a choice.",
            returns: "a list of {name, summary, options, phantoms}: the names of its options in `volumes.dataset`, and "
                + "whether `volumes.write_phantoms` writes in it",
            example: "volumes.layouts()[1].name == \"ms\""
        ) {
            DatasetLayout.all.map { layout in
                LuaRecord([
                    "name": layout.name, "summary": layout.summary, "options": layout.options.map { $0.rawValue },
                    "phantoms": layout.phantoms != nil,
                ])
            }
        },
        LuaFunction(
            "find", "Lists the files that hold volumes in a folder and the folders below it.",
            Parameter("folder", Path.self, "the folder"),
            returns:
                "a list of {path, kind}, paths below the folder, kinds 'nifti', 'nrrd', 'mgh', 'dicom' and 'json'; and "
                + "the number of other files",
            example: """
                local folder = os.tmpname() .. "-ms"; volumes.write_phantoms(folder, {layout = "ms", count = 1, size = {8, 8, 8}}); \
                local files, others = volumes.find(folder); assert(files[1].path == "00101/mask_crop.nii.gz" and others == 0)
                """
        ) { folder -> ([LuaRecord], Int) in
            let survey = try FolderSurvey(of: folder.text)
            return (
                survey.files.map { LuaRecord(["path": $0.path, "kind": $0.kind.rawValue]) }, survey.otherCount
            )
        },
    ]
}
