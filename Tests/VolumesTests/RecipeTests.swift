import Support
import TestSupport
import Tensors
import Testing
import Volumes

@Suite struct RecipeTests {
    private static let regions = try? LabelScheme(
        [.init("WT", [1, 2, 4]), .init("TC", [1, 4]), .init("ET", [4])], areRegions: true)

    @Test func schemesNumberTheLabels() throws {
        let regions = try #require(Self.regions)
        #expect(regions.classCount == 3 && regions.outputCount == 3)
        #expect([0, 1, 2, 3, 4].map(regions.classNumber) == [0, 1, 2, 0, 3])
        #expect(regions.regions == [[1, 2, 3], [1, 3], [3]])
        #expect((0...3).map(regions.label) == [0, 1, 2, 4])
        let classes = try LabelScheme([.init("core", [1, 4]), .init("oedema", [2])], areRegions: false)
        #expect(classes.outputCount == 3 && classes.regions == nil)
        #expect([0, 1, 2, 4].map(classes.classNumber) == [0, 1, 2, 1])
        #expect(LabelScheme.foreground.outputCount == 2 && LabelScheme.foreground.classNumber(of: 7) == 1)
    }

    @Test(arguments: [
        ([LabelScheme.Structure](), false, "'classes' is empty: expected at least one"),
        ([.init("a", [1]), .init("a", [2])], true, "'regions' is 'a': expected names that are not empty, each once"),
        ([.init("a", [1]), .init("b", [])], false, "'classes' is 'b' without labels"),
        ([.init("a", [1]), .init("b", nil)], true, "'regions' is 'b' without labels"),
        ([.init("a", [1, 2]), .init("b", [2])], false, "'classes' is label 2 in 'a' and 'b'"),
        ([.init("a", [1, 2]), .init("b", [2, 1])], true, "'regions' is label 1 in 'a' and 'b'"),
        ([.init("a", [-1])], false, "'classes' is label -1 in 'a': expected whole numbers from 1"),
        ([.init("a", [0, 4])], false, "'classes' is label 0 in 'a': expected whole numbers from 1"),
    ])
    func refusesSchemes(structures: [LabelScheme.Structure], areRegions: Bool, text: String) {
        let error = #expect(throws: VolumeError.self) { try LabelScheme(structures, areRegions: areRegions) }
        #expect(error?.description.hasPrefix(text) == true, "\(String(describing: error))")
    }

    /// What a network says, as probabilities that are certain, becomes the labels that it was trained on.
    @Test(arguments: [true, false]) func segmentationsAreTheLabels(areRegions: Bool) throws {
        let phantom = try Phantom(.tumour, seed: 5, shape: [16, 18, 20])
        let scheme =
            try areRegions
            ? #require(Self.regions)
            : LabelScheme([.init("necrosis", [1]), .init("oedema", [2]), .init("rim", [4])], areRegions: false)
        let recipe = try Recipe(
            sequences: ["t2", "flair"], scheme: scheme, options: .init(multiple: 4), version: "1")
        let scans: [Volume?] = [try phantom.image(.t2), try phantom.image(.flair)]
        let preparation = try recipe.preparation(of: scans)
        #expect(try preparation.images(scans).shape[1] == 2)
        let rules = try MaskRules(known: [0, 1, 2, 4], scheme: scheme)
        let classes = try rules.target(in: phantom.labels, path: "")
        #expect(Set(classes.values) == [0, 1, 2, 3])
        let prepared = try preparation.mask(classes, classes: 3)
        let outputs: [[Int]] = scheme.regions ?? (0...3).map { [$0] }
        let probability = try Tensor(
            outputs.flatMap { numbers in prepared.values.map { numbers.contains(Int($0)) ? Float(0.9) : 0.1 } },
            shape: [1, outputs.count] + prepared.shape)
        let result = try recipe.segmentation(probability, preparation)
        #expect(result.classes.values == classes.values)
        #expect(try recipe.labels(of: result.classes).values == phantom.labels.values)
        #expect(result.probabilities.count == 3 && result.classes.grid == phantom.labels.grid)
    }

    /// A recipe outlives the program: what is read is what was written.
    @Test func isKeptAsJSON() throws {
        let folder = try TemporaryFolder()
        let data = try DatasetLayout.brats.writePhantoms(
            to: folder.path, count: 3, seed: 1, shape: [12, 14, 12], contrasts: [.t1, .t2])
        let options = Preparation.Options(orientation: nil, spacing: [12, 11.5, 12], crop: false, multiple: 4)
        let recipe = try Recipe(
            sequences: data.sequences, scheme: #require(Self.regions), options: options,
            fingerprint: data.surveyed(options).fingerprint, version: "0.1.0")
        let text = recipe.json.description
        #expect(try Recipe(JSON(parsing: text), path: "net") == recipe)
        for (name, wrong) in [
            ("format", JSON.number(2)), ("sequences", .array([])), ("scheme", .null), ("orientation", .string("RAX")),
            ("spacing", .array([.number(1)])), ("factor", .string("1")), ("crop", .number(1)),
            ("intensity", .string("none")), ("training", .number(1)), ("version", .null), ("factor", .number(0)),
            ("multiple", .number(0)), ("multiple", .number(2000)), ("margin", .number(-1)),
            ("sequences", .array([.string("t1"), .number(2)])),
            ("spacing", .array([.number(1e-9), .number(1), .number(1)])),
        ] {
            #expect(throws: VolumeError.self, "\(name)") {
                try Recipe(recipe.json.setting(name, to: wrong), path: "net")
            }
        }
    }

    /// What looks like the training set passes; another contrast, or a scan of another size, is told.
    @Test func whatIsUnlikeTheTrainingIsTold() throws {
        let folder = try TemporaryFolder()
        let data = try DatasetLayout.brats.writePhantoms(
            to: folder.path, count: 6, seed: 1, shape: [24, 28, 24], contrasts: [.t2])
        let options = Preparation.Options()
        let recipe = try Recipe(
            sequences: ["t2"], scheme: .foreground, options: options,
            fingerprint: data.surveyed(options).fingerprint, version: "1")
        func differences(_ scan: Volume) throws -> [String] {
            try recipe.differences(of: [scan], recipe.preparation(of: [scan]))
        }
        let alike = try Phantom(.tumour, seed: 77, shape: [24, 28, 24])
        #expect(try differences(alike.image(.t2)).isEmpty)
        #expect(try !differences(alike.image(.flair)).isEmpty)
        // Voxels of the training are of 6 mm: a factor of 1.5 is the most.
        for (size, isTold) in [(1.0, true), (3.9, true), (4.1, false), (8.9, false), (9.1, true)] {
            let other = try Volume(alike.image(.t2).tensor(), affine: Affine(spacing: [6, 6, size]))
            let told = try differences(other).first { $0.hasPrefix("voxel depth") }
            #expect(told?.hasSuffix("in training it was always 6") == (isTold ? true : nil), "\(size)")
        }
    }

    /// What is no class number has no label.
    @Test(arguments: [2, 0.5, -1, .nan] as [Float]) func labelsAreOfClassNumbers(stray: Float) throws {
        let recipe = try Recipe(sequences: ["t1"], scheme: .foreground, options: .init(), version: "1")
        let grid = try Grid(shape: [1, 1, 2])
        #expect(try recipe.labels(of: Volume([0, 1], grid: grid)).values == [0, 1])
        let error = #expect(throws: VolumeError.self) { try recipe.labels(of: Volume([1, stray], grid: grid)) }
        #expect(error?.description.hasPrefix("'classes' is \(stray): expected class numbers from 0 to 1") == true)
    }

    /// Of several sequences, the one that cannot be used is named.
    @Test(arguments: [Float.nan, 0]) func namesTheSequence(value: Float) throws {
        let scan = try Phantom(.tumour, seed: 5, shape: [16, 18, 20]).image(.t1)
        let bad = try Volume(scan.values.map { $0 * value }, grid: scan.grid)
        let error = #expect(throws: VolumeError.self) { try Preparation(of: [scan, bad]) }
        #expect(error?.description.hasPrefix("'image 2' is ") == true)
    }

    /// A sequence that is missing is a channel of zeros; the others stay as they are.
    @Test func missingSequencesAreZero() throws {
        let phantom = try Phantom(.tumour, seed: 5, shape: [16, 18, 20])
        let recipe = try Recipe(sequences: ["t1", "t2"], scheme: .foreground, options: .init(), version: "1")
        let scans: [Volume?] = [nil, try phantom.image(.t2)]
        let preparation = try recipe.preparation(of: scans)
        let image = try preparation.images(scans)
        let count = image.count / 2
        #expect(image.values[..<count].allSatisfy { $0 == 0 })
        let alone = try Preparation(of: phantom.image(.t2))
        #expect(try Array(image.values[count...]) == alone.image(phantom.image(.t2)).values)
        #expect(throws: VolumeError.self) { try recipe.preparation(of: [nil, nil]) }
        #expect(throws: VolumeError.self) { try recipe.preparation(of: [phantom.image(.t2)]) }
    }
}
