import LuaBridge
import Support
import Tensors
import Volumes

/// A recipe as scripts hold it.
final class RecipeObject: LuaObject, CustomStringConvertible {
    let recipe: Recipe

    init(_ recipe: Recipe) { self.recipe = recipe }

    /// "Recipe(t1, flair -> WT, TC, ET; RAS, 1 x 1 x 1 mm)".
    var description: String {
        let options = recipe.options
        let size =
            options.spacing.map { $0.map { $0.text(decimals: 3) }.joined(separator: " x ") + " mm" }
            ?? "\(options.factor.text(decimals: 3)) times the resolution"
        return "Recipe(\(recipe.sequences.joined(separator: ", ")) -> \(recipe.scheme.names.joined(separator: ", ")); "
            + "\(options.orientation?.description ?? "axes as they are"), \(size))"
    }

    private static let example = """
        local d = volumes.write_phantoms(os.tmpname() .. "-ms", {layout = "ms", count = 2, size = {8, 8, 8}}); \
        local recipe = volumes.Recipe(d, {spacing = "median"});
        """

    static let luaType = LuaType(
        "Recipe",
        "What a network expects of scans and what it answers: sequences, classes or regions, preparation, and what the scans "
            + "of its training looked like. Kept in a network's notes, it treats later scans alike.",
        methods: [
            LuaFunction(
                "prepare", "Prepares the sequences of a subject for the network; see volumes.prepare.", this,
                Parameter("image", Scans.self, "the scan, or the sequences, false for one that is missing"),
                Parameter("label", VolumeObject?.self, "the class numbers, as subjects load them"),
                returns: "a sample",
                example: "\(example) local s = recipe:prepare(d[1]:load()); assert(s.image:size(2) == 1)"
            ) { object, scans, label in
                let recipe = object.recipe
                return try SampleObject(
                    scans.volumes, label: label?.volume, classes: recipe.scheme.classCount,
                    recipe.preparation(of: scans.volumes))
            },
            LuaFunction(
                "differences",
                "Says what of a subject is unlike the scans of the training. \(Fingerprint.rule)", this,
                Parameter("image", Scans.self, "the scan, or the sequences, false for one that is missing"),
                returns: "a list of sentences, empty where nothing is",
                example: "\(example) assert(#recipe:differences((d[1]:load())) == 0)"
            ) { object, scans in
                try object.recipe.differences(of: scans.volumes, object.recipe.preparation(of: scans.volumes))
            },
            LuaFunction(
                "segment",
                "Makes the segmentation of probabilities, in the scans' own space: of classes the likeliest; of regions the "
                    + "last that is above the threshold, in their order.",
                this, Parameter("sample", SampleObject.self, "what the network saw"),
                Parameter("probability", Tensor.self, "1 x outputs x D x H x W, as of bayes.predict"),
                Option(
                    "threshold", Float.self, in: .share, default: 0.5, "of regions: what a probability must be above"),
                returns:
                    "a table of classes (a volume of class numbers), labels (of the labels of files) and probabilities "
                    + "(a list of volumes, one of each class or region)",
                example: """
                    \(example) local s = recipe:prepare(d[1]:load()); \
                    local p = torch.cat({1 - s.label, s.label}):unsqueeze(1); \
                    assert(recipe:segment(s, p).classes.shape[1] == 8)
                    """
            ) { object, sample, probability, threshold -> LuaRecord in
                let result = try object.recipe.segmentation(probability, sample.preparation, threshold: threshold)
                return LuaRecord([
                    "classes": VolumeObject(result.classes),
                    "labels": VolumeObject(try object.recipe.labels(of: result.classes)),
                    "probabilities": result.probabilities.map(VolumeObject.init),
                ])
            },
            LuaFunction(
                "labels", "Puts the labels of files in place of class numbers.", this,
                Parameter("classes", VolumeObject.self, "class numbers, such as `segment` gives"),
                returns: "a volume of labels",
                example: "\(example) local _, m = d[1]:load(); assert(recipe:labels(m).data:max():item() <= 1)"
            ) { object, classes in VolumeObject(try object.recipe.labels(of: classes.volume)) },
            LuaFunction(
                "text",
                "The recipe as text, for the notes of a network: net:save(path, {notes = {recipe = r:text()}}).",
                this, returns: "JSON, which volumes.recipe reads",
                example: "\(example) assert(volumes.recipe(recipe:text()).outputs == 2)"
            ) { object in object.recipe.json.description },
        ],
        properties: [
            LuaProperty("sequences", "The names of the input's channels.", get: \RecipeObject.recipe.sequences),
            LuaProperty("names", "The names of the classes or regions.", get: \RecipeObject.recipe.scheme.names),
            LuaProperty(
                "outputs", "The number of a network's outputs: its `classes`.",
                get: \RecipeObject.recipe.scheme.outputCount),
            LuaProperty(
                "classes", "The largest class number of a label.", get: \RecipeObject.recipe.scheme.classCount),
            LuaProperty(
                "regions",
                "The class numbers of each region, as nn.SegmentationLoss and bayes.predict take them; nil for classes.",
                get: \RecipeObject.recipe.scheme.regions),
            LuaProperty(
                "structures",
                "The class numbers of each class or region, a list of {name, numbers} as volumes.region_scores takes it."
            ) { (object: RecipeObject) -> [[LuaEither<String, [Int]>]] in
                let scheme = object.recipe.scheme
                return scheme.structures.map { [.first($0.name), .second(scheme.classNumbers(of: $0))] }
            },
            LuaProperty("targets", SchemeTargets.summary) { (object: RecipeObject) in
                SchemeTargets.of(object.recipe.scheme)
            },
            LuaProperty(
                "spacing", "The size of the voxels in mm (depth, height, width); nil where a factor is given.",
                get: \RecipeObject.recipe.options.spacing),
            LuaProperty("version", "The version of the program that made it.", get: \RecipeObject.recipe.version),
        ])
}

/// A data set, or a list of subjects.
private struct SubjectSet: LuaDecodable {
    let dataset: Dataset

    static var luaTypeName: String { "Dataset or list of Subjects" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> SubjectSet {
        if let object = try? DatasetObject.decode(stack, at: index) { return SubjectSet(dataset: object.dataset) }
        guard stack.typeName(at: index) == "table" else { throw LuaMismatch(expected: luaTypeName, stack, at: index) }
        let subjects = try [SubjectObject].decode(stack, at: index)
        guard !subjects.isEmpty else { throw LuaMismatch("at least one subject expected, got an empty list") }
        return SubjectSet(dataset: Dataset(subjects.map(\.subject)))
    }
}

/// A size of voxels that may be left to the data.
private typealias SizeChoice = LuaEither<VoxelSize, LuaChoice<SizeRule>>

private enum SizeRule: String, CaseIterable {
    case median
}

extension LuaModule {
    /// Functions that make recipes.
    static let volumeRecipes = [
        LuaFunction(
            "Recipe",
            "Makes the recipe of a data set: takes its sequences and what its masks tell apart, and looks at all its scans, so "
                + "that later ones which are unlike them are found.",
            Parameter("data", SubjectSet.self, "the data set, or the subjects of it to train on"),
            Option(
                "spacing", SizeChoice?.self,
                "the size of the voxels in mm, of all axes or of depth, height, width, or 'median' for the data set's"),
            Option(
                "scale", Double.self, in: .between(1.0 / 64, 64), default: 1,
                "the factor of the resolution; 0.5 halves it"
            ).excluding("spacing"),
            Option(
                "orientation", OrientationChoice.self, default: OrientationChoice(orientation: .ras),
                "where the axes point: to the right, to the front and up; false: as in each scan"),
            Option("crop", Bool.self, default: true, "whether to crop to the brain"),
            Option(
                "margin", Int.self, in: .between(0, 1_048_576), default: 0, "how many voxels to keep around the brain"),
            Option("multiple", Int.self, in: .between(1, 1024), default: 8, "each side of the input divides by this"),
            returns: "a recipe",
            example: """
                local d = volumes.write_phantoms(os.tmpname() .. "-ms", {layout = "ms", count = 2, size = {8, 8, 8}}); \
                assert(volumes.Recipe(d, {spacing = "median"}).spacing[1] > 0)
                """
        ) { data, spacing, scale, orientation, crop, margin, multiple -> RecipeObject in
            var options = Preparation.Options(
                orientation: orientation.orientation, factor: scale, crop: crop, margin: margin, multiple: multiple)
            let surveyed = try data.dataset.surveyed(options)
            switch spacing {
            case .first(let size): options.spacing = size.values
            case .second: options.spacing = surveyed.medianSpacing
            case nil: break
            }
            return RecipeObject(
                try Recipe(
                    sequences: data.dataset.sequences, scheme: data.dataset.scheme, options: options,
                    fingerprint: surveyed.fingerprint, version: Machine.programVersion))
        },
        LuaFunction(
            "recipe", "Makes the recipe again that `text` of it gave, as in the notes of a network.",
            Parameter("text", String.self, "JSON"), returns: "a recipe",
            example: """
                local d = volumes.write_phantoms(os.tmpname() .. "-ms", {layout = "ms", count = 1, size = {8, 8, 8}}); \
                assert(volumes.recipe(volumes.Recipe(d):text()).names[1] == "foreground")
                """
        ) { text -> RecipeObject in
            guard let json = try? JSON(parsing: text) else {
                throw VolumeError.parameter("text", value: "no JSON", expected: "that of a recipe")
            }
            return RecipeObject(try Recipe(json, path: "recipe"))
        },
    ]
}
