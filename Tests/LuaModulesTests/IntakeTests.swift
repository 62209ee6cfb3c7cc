import Foundation
import LuaBridge
import TestSupport
import Testing

/// The scripts that take scans as they come: check.lua and predict.lua.
@Suite struct IntakeTests {
    private static let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Scripts").path
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ script: String, _ arguments: [String]) throws -> CommandProcess.Outcome {
        try CommandProcess.run(CommandProcess.lunette, ["\(Self.scripts)/\(script)"] + arguments)
    }

    private func lua(_ code: String) throws -> String {
        let session = try Transcript.newSession()
        let path = folder.path("code.lua")
        try "package.path = '\(Self.scripts)/?.lua;' .. package.path\n\(code)".write(
            toFile: path, atomically: true, encoding: .utf8)
        guard case .string(let text)? = try session.runFile(path, arguments: []).first else { return "" }
        return text
    }

    /// Folders as labs have them, and the paths that the script finds in them.
    @Test(arguments: [
        (
            ["a_flair.nii.gz", "a_mask.nii.gz", "b_flair.nii.gz", "b_mask.nii.gz"],
            "{id}_flair.nii.gz | {id}_mask.nii.gz"
        ),
        (["images/a.nii", "images/b.nii", "labels/a.nii", "labels/b.nii"], "images/{id}.nii | labels/{id}.nii"),
        (
            ["a/flair.nii.gz", "a/t1.nii.gz", "a/lesion.nii.gz", "b/flair.nii.gz", "b/t1.nii.gz", "b/lesion.nii.gz"],
            "{id}/flair.nii.gz,{id}/t1.nii.gz | {id}/lesion.nii.gz"
        ),
        (
            ["p1/p1-T2.nrrd", "p1/p1-seg.nrrd", "p2/p2-T2.nrrd", "p2/p2-seg.nrrd"],
            "{id}/{id}-T2.nrrd | {id}/{id}-seg.nrrd"
        ),
        (["x/y.nii.gz", "z.txt"], "none"), ([], "none"), (["mask.nii", "labels/mask.nii"], "none"),
    ])
    func findsPairs(files: [String], expected: String) throws {
        let list = files.map { "'\($0)'" }.joined(separator: ", ")
        let found = try lua(
            """
            local found = require("intake.guess").pairs{\(list)}
            return found and table.concat(found.images, ",") .. " | " .. found.mask or "none"
            """)
        #expect(found == expected)
    }

    /// From a folder of subjects with two sequences and three regions to masks, a table and a page: one subject lacks
    /// its mask, one a sequence, and one scan is nothing but zeros.
    @Test func predictsAFolder() throws {
        let model = folder.path("net.safetensors")
        let data = folder.path("data")
        #expect(
            try lua(
                """
                volumes.write_phantoms("\(data)", {layout = "brats", count = 5, size = {16, 18, 16},
                    modalities = {"t1", "t2"}})
                local data = volumes.dataset("\(data)", {layout = "brats", modality = {"t1", "t2"}, regions = "layout"})
                local recipe = volumes.Recipe(data, {spacing = 9})
                local net = nn.UNet{channels = {2, 2, 4, 4, 4}, classes = recipe.outputs}
                net:save("\(model)", {notes = {recipe = recipe:text()}})
                local empty = data[1].image_paths[1]
                volumes.write(empty, volumes.read(empty).data * 0, {like = volumes.read(empty)})
                os.remove(data[2].image_paths[1])
                os.remove(data[3].label_path)
                return "made"
                """) == "made")
        let output = folder.path("out")
        _ = try run(
            "predict.lua",
            [model, data, "--regions", "layout", "--output", output, "--flips", "--min-volume", "WT=1000"])
        let table = try String(contentsOfFile: output + "/predictions.csv", encoding: .utf8)
        let rows = table.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(rows[0].starts(with: ["case", "WT (ml)", "TC (ml)", "ET (ml)", "uncertainty", "Dice WT"]))
        #expect(rows.count == 6)
        #expect(rows.dropFirst(4).allSatisfy { $0.last?.isEmpty == false })
        #expect(rows.dropFirst(4).contains { $0.last?.contains("no such file") == true })
        #expect(rows.dropFirst(4).contains { $0.last?.contains("in every voxel") == true })
        for row in rows[1...3] {
            for kind in ["mask", "probability_WT", "probability_TC", "probability_ET", "uncertainty"] {
                #expect(FileManager.default.fileExists(atPath: "\(output)/\(row[0])_\(kind).nii.gz"))
            }
        }
        #expect(FileManager.default.fileExists(atPath: output + "/predictions.html"))
        // The same subject from its files, in another order; and what cannot be meant.
        #expect(try run("predict.lua", [model, "t9=x.nii"]).errors.contains("no file of 't1'"))
        let page = folder.path("check.html")
        let checked = try run(
            "check.lua", [data, "--modality", "t1,t2", "--regions", "layout", "--zeros", "--page", page])
        #expect(checked.output.contains("cannot"), "\(checked)")
        #expect(try String(contentsOfFile: page, encoding: .utf8).contains("no t1"))
    }
}
