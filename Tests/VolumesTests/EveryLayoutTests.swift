import Foundation
import TestSupport
import Testing
import Volumes

/// What holds of every layout of data sets, and of one that reads an index file.
@Suite struct EveryLayoutTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let layouts = DatasetLayout.all + [indexed]

    /// A layout whose subjects are the lines of a file.
    private static let indexed = DatasetLayout(
        "indexed", "what index.txt lists", options: NoOption.self, labels: nil,
        phantoms: PhantomFiles(
            .tumour, contrasts: .fixed(.flair), image: { number, _ in "images/P\(number).nii.gz" },
            labels: { number in "labels/P\(number).nii.gz" },
            index: { count, _ in ("index.txt", (1...count).map { "P\($0)" }.joined(separator: "\n")) }),
        expected: { _ in "index.txt with a name a line" },
        subjects: { folder, _, rules throws(VolumeError) in
            let text = (try? String(contentsOfFile: folder + "/index.txt", encoding: .utf8)) ?? ""
            return text.split(separator: "\n").map {
                Subject(
                    id: String($0), imagePath: "\(folder)/images/\($0).nii.gz",
                    labelPath: "\(folder)/labels/\($0).nii.gz", rules: rules)
            }
        })

    /// The options and files of two subjects in the layouts without phantoms.
    private static let handMade = [
        "pairs": (
            options: ["image": "images/{id}.nii.gz", "mask": "labels/{id}.nii.gz"],
            files: ["images/a.nii.gz", "labels/a.nii.gz", "images/b.nii.gz", "labels/b.nii.gz"]
        )
    ]

    /// Writes two subjects into the folder `name`, and returns its path and the options to read it with.
    private func write(_ layout: DatasetLayout, to name: String) throws -> (path: String, options: [String: String]) {
        let path = folder.path(name)
        if layout.phantoms != nil {
            let written = try layout.writePhantoms(to: path, count: 2, seed: 1, shape: [8, 8, 8])
            #expect(written.subjects.count == 2 && written.rejected.isEmpty)
            return (path, [:])
        }
        let made = try #require(Self.handMade[layout.name], "a layout without phantoms needs files made by hand")
        for file in made.files.map({ "\(path)/\($0)" }) {
            let parent = URL(fileURLWithPath: file).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try Volume([0, 1, 1, 0, 0, 0, 0, 0], grid: Grid(shape: [2, 2, 2])).write(to: file)
        }
        return (path, made.options)
    }

    @Test(arguments: layouts) func findsWhatWasWritten(layout: DatasetLayout) throws {
        let (path, options) = try write(layout, to: "written")
        let data = try layout.dataset(in: path, options).checked()
        #expect(data.subjects.count == 2 && data.rejected.isEmpty)
        for subject in data.subjects {
            #expect(try subject.load().mask?.values.allSatisfy { $0 == 0 || $0 == 1 } == true)
        }
    }

    @Test(arguments: layouts) func namesTheFileThatIsMissing(layout: DatasetLayout) throws {
        let (path, options) = try write(layout, to: "incomplete")
        let whole = try layout.dataset(in: path, options)
        for (subject, file) in [
            (whole.subjects[0], whole.subjects[0].imagePath), (whole.subjects[1], whole.subjects[1].labels?.path ?? ""),
        ] {
            let kept = try Data(contentsOf: URL(fileURLWithPath: file))
            try FileManager.default.removeItem(atPath: file)
            defer { try? kept.write(to: URL(fileURLWithPath: file)) }
            let data = try layout.dataset(in: path, options)
            // A scan whose name is looked for is then no subject; any other is one that lacks a file.
            #expect(data.subjects.count == 1)
            #expect(data.rejected.allSatisfy { $0.id == subject.id && $0.error == .missing(path: file) })
            #expect(data.rejected.count == 1 || (layout.name == "pairs" && file == subject.imagePath))
        }
    }

    @Test(arguments: layouts) func saysWhatAFolderWithoutSubjectsLacks(layout: DatasetLayout) throws {
        let options = Self.handMade[layout.name]?.options ?? [:]
        let path = folder.path("empty")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for sub in options["image"].map({ [String($0.prefix { $0 != "/" })] }) ?? [] {
            try FileManager.default.createDirectory(atPath: "\(path)/\(sub)", withIntermediateDirectories: true)
        }
        let error = #expect(throws: VolumeError.self) { try layout.dataset(in: path, options) }
        #expect(error?.description.hasPrefix("\(path): expected ") == true, "\(String(describing: error))")
    }

    /// Options of no layout, and those that another layout needs, are errors; those with a default elsewhere are not.
    @Test(arguments: layouts) func takesItsOptions(layout: DatasetLayout) throws {
        let needed = Self.handMade[layout.name]?.options ?? [:]
        #expect(layout.accepts(needed.keys) && layout.accepts(needed.keys + ["modality"]))
        #expect(!layout.accepts(needed.keys + ["modalty"]))
        for other in DatasetLayout.all where !other.needed.isEmpty {
            #expect(layout.accepts(other.needed) == (other.name == layout.name))
        }
        if !needed.isEmpty { #expect(!layout.accepts([])) }
        #expect(throws: VolumeError.self) { try layout.dataset(in: folder.path, ["modalty": "t2"]) }
    }

    @Test func hasNamesAndTexts() {
        #expect(Set(DatasetLayout.all.map(\.name)).count == DatasetLayout.all.count)
        for layout in DatasetLayout.all {
            #expect(!layout.name.isEmpty && !layout.summary.isEmpty)
            #expect(layout.options.allSatisfy { !$0.rawValue.isEmpty && !$0.summary.isEmpty })
        }
    }
}
