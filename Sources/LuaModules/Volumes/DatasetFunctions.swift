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

/// The options of all layouts, each once; their value is a dictionary of those that were given.
private struct LayoutOptions: LuaParameter {
    private let options: [Option<Path?>]

    /// Says of each option which layouts take it, what it means to them, and its default.
    init(of layouts: [DatasetLayout]) {
        let all = layouts.flatMap { layout in layout.options.map { (layout: layout.name, option: $0) } }
        var names: [String] = []
        for (_, option) in all where !names.contains(option.rawValue) { names.append(option.rawValue) }
        options = names.map { name in
            let meanings = all.filter { $0.option.rawValue == name }.map { layout, option in
                "of '\(layout)': \(option.summary)" + (option.defaultValue.map { "; by default '\($0)'" } ?? "")
            }
            return Option(name, Path?.self, meanings.joined(separator: "; "))
        }
    }

    /// Name, type, meaning and default of each.
    var parameterDescriptions: [ParameterDescription] { options.flatMap(\.parameterDescriptions) }

    /// The values by name, without those that were not given.
    func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> [String: String] {
        var values: [String: String] = [:]
        for option in options { values[option.parameterDescription.name] = try option.read(&reader)?.text }
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
                "tolerance", Double.self, in: .notNegative, default: 0.1, "how many voxels scan and mask may lie apart"),
            returns: "the data set",
            example: """
                local folder = os.tmpname() .. "-brats"; \
                volumes.write_phantoms(folder, {layout = "brats", count = 4, size = {8, 8, 8}}); \
                assert(#volumes.dataset(folder, {layout = "brats"}) == 4); \
                local pairs = volumes.dataset(folder .. "/HGG", {image = "{id}/{id}_t2.nii.gz", mask = "{id}/{id}_seg.nii.gz"}); \
                assert(#pairs == 3)
                """
        ) { folder, choice, options, labels, foreground, tolerance -> DatasetObject in
            try renaming(["known": "labels"]) {
                let rules = try MaskRules(known: labels, foreground: foreground, tolerance: tolerance)
                let layout = choice?.layout ?? .pairs
                guard layout.accepts(options.keys) else {
                    let isNamed = choice != nil && !layout.needed.isEmpty
                    let needed = (isNamed ? layout : .pairs).needed.joined(separator: " and ")
                    throw LuaArgumentError(
                        "layout",
                        isNamed
                            ? "'\(layout.name)' needs the options \(needed)"
                            : "either a layout or both \(needed) expected")
                }
                return DatasetObject(try layout.dataset(in: folder.text, options, rules: rules))
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
    ]
}
