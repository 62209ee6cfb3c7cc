import Foundation
import LuaBridge
import TestSupport
import Testing

/// A study that goes on in a folder, in which files were changed, removed or put.
@Suite struct StudyFilesTests {
    private static let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Scripts").path
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Runs the study at its smallest, in the folder "s".
    private func run() throws -> CommandProcess.Outcome {
        let values = [
            "phantom_sources=2", "phantom_targets=4", "phantom_size={16,16,16}", "sizes={2}", "ablation_sizes={2}",
            "splits=1", "test=2", "tuning={}", "methods={'RI'}", "ablations={}", "reference=RI",
            "channels={1,4,4,4,4}", "source_steps=4", "snapshots=2", "prior_steps=4", "prior_hidden=2",
            "prior_judges=1", "steps=2", "samples=2",
        ]
        return try CommandProcess.run(
            CommandProcess.lunette,
            ["\(Self.scripts)/study.lua", "--output", folder.path("s")] + values.flatMap { ["--set", $0] })
    }

    private func first(_ ending: String, in part: String) throws -> String {
        let root = folder.path("s/\(part)")
        let names = try FileManager.default.subpathsOfDirectory(atPath: root).filter { $0.hasSuffix(ending) }.sorted()
        return "\(root)/\(try #require(names.first))"
    }

    private func append(to path: String) throws -> Data {
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        try (before + Data([0])).write(to: URL(fileURLWithPath: path))
        return before
    }

    @Test func namesWhatIsNotAsItWas() throws {
        #expect(try run().code == 0)
        let results = try Data(contentsOf: URL(fileURLWithPath: folder.path("s/results.csv")))
        for (path, message) in [
            (try first(".safetensors", in: "networks"), "damaged: it is not as it was written"),
            (try first("_probability.nii.gz", in: "predictions"), "damaged: it is not as it was written"),
            (try first(".nii.gz", in: "phantoms-ms"), "has changed; bring them back"),
        ] {
            let before = try append(to: path)
            var outcome = try run()
            #expect(outcome.code == 1 && outcome.errors.contains(message), "\(path): \(outcome)")
            try before.write(to: URL(fileURLWithPath: path))
            if !path.contains("phantoms") {
                try FileManager.default.removeItem(atPath: path)
                outcome = try run()
                #expect(outcome.code == 1 && outcome.errors.contains("No such file"), "\(path): \(outcome)")
                try before.write(to: URL(fileURLWithPath: path))
            }
        }
        // What is no plain file is refused before it is opened, as that would wait.
        let plan = folder.path("s/plan.csv")
        try FileManager.default.removeItem(atPath: plan)
        #expect(mkfifo(plan, 0o600) == 0)
        let outcome = try run()
        #expect(outcome.code == 1 && outcome.errors.contains("plan.csv: not a regular file"), "\(outcome)")
        try FileManager.default.removeItem(atPath: plan)
        // Phantoms that were removed are made again, and so said.
        try FileManager.default.removeItem(atPath: folder.path("s/phantoms-brats"))
        let again = try run()
        #expect(again.code == 0 && again.output.contains("is made again"), "\(again)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("s/results.csv"))) == results)
    }

    @Test func namesVolumesWithEmptyMasks() throws {
        let code = """
            package.path = "\(Self.scripts)/?.lua;" .. package.path
            local Data = require "study.data"
            local said
            print = function(text) said = text end
            Data.tell_empty({}, 2)
            local none = said
            Data.tell_empty({"a", "b"}, 5)
            return tostring(none) .. said .. tostring(Data.is_empty(torch.zeros(2, 2)))
            """
        try Transcript(code, "nilof 5 volumes to learn from, 2 have a mask without any voxel: a, btrue").check()
    }
}
