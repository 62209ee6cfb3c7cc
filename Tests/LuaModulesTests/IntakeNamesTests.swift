import Foundation
import LuaBridge
import TestSupport
import Testing

/// What the scripts that take scans make of names: endings, sequences, patients, classes.
@Suite struct IntakeNamesTests {
    private static let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Scripts").path
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func lua(_ code: String) throws -> String {
        let path = folder.path("code.lua")
        try "package.path = '\(Self.scripts)/?.lua;' .. package.path\n\(code)".write(
            toFile: path, atomically: true, encoding: .utf8)
        guard case .string(let text)? = try Transcript.newSession().runFile(path, arguments: []).first else {
            return ""
        }
        return text
    }

    private static func list(_ texts: [String]) -> String {
        "{" + texts.map { "'\($0)'" }.joined(separator: ", ") + "}"
    }

    /// Scans and masks of any ending, masks that a point parts from their scans, and two masks of each scan.
    @Test(arguments: [
        (["a_t1.nii", "a_seg.nrrd", "b_t1.mgz", "b_seg.nrrd"], "{id}_t1.* | {id}_seg.nrrd | t1 | "),
        (["a.nrrd", "a.seg.nrrd", "b.nrrd", "b.seg.nrrd"], "{id}.nrrd | {id}.seg.nrrd | image | "),
        (
            ["a/T1.nii", "a/FLAIR.nii", "a/lesion.nii", "b/T1.nii", "b/FLAIR.nii", "b/lesion.nii"],
            "{id}/FLAIR.nii,{id}/T1.nii | {id}/lesion.nii | flair,t1 | "
        ),
        (
            ["a_i.nii", "a_mask1.nii", "a_mask2.nii", "b_i.nii", "b_mask1.nii", "b_mask2.nii"],
            "{id}_i.nii | {id}_mask1.nii | image | {id}_mask2.nii"
        ),
    ])
    func findsPairs(files: [String], expected: String) throws {
        let found = try lua(
            """
            local guess, sequences = require "intake.guess", require "intake.sequences"
            local found = guess.pairs\(Self.list(files))
            return ("%s | %s | %s | %s"):format(table.concat(found.images, ","), found.mask,
                table.concat(sequences.of_patterns(found.images), ","), table.concat(found.others, ","))
            """)
        #expect(found == expected)
    }

    /// Scans without masks: as many subjects as files, or several sequences of each.
    @Test(arguments: [
        (["h_1_0000.nii", "h_1_0001.nii", "h_2_0000.nii", "h_2_0001.nii"], "{id}_0000.nii,{id}_0001.nii | 2"),
        (["h_1.nii", "h_2.nii", "h_3.nii"], "{id}.nii | 3"),
        (["a/t1.nii", "a/t2.nii", "b/t1.nii", "b/t2.nii"], "{id}/t1.nii,{id}/t2.nii | 2"),
        (["a/x.nii", "b/y.nii"], "none"),
    ])
    func findsScans(files: [String], expected: String) throws {
        let found = try lua(
            """
            local found = require("intake.guess").scans\(Self.list(files))
            return found and table.concat(found.images, ",") .. " | " .. found.count or "none"
            """)
        #expect(found == expected)
    }

    /// What a network takes, what a folder has, and the places of the one in the other, 0 for none.
    @Test(arguments: [
        (["t1", "flair"], ["FLAIR", "T1w"], "2,1"), (["image"], ["t2"], "1"), (["t1"], ["flair"], "0"),
        (["t1", "t2"], ["t1", "flair"], "1,0"), (["t1"], ["MRI"], "1"), (["image"], ["t1", "t2"], "0"),
    ])
    func matchesSequences(wanted: [String], there: [String], expected: String) throws {
        let found = try lua(
            """
            local places = require("intake.sequences").places(\(Self.list(wanted)), \(Self.list(there)))
            local list = {}
            for i = 1, \(wanted.count) do list[i] = places[i] or 0 end
            return table.concat(list, ",")
            """)
        #expect(found == expected)
    }

    /// All scans of a patient are held out, or none: drawn with any seed, and by name.
    @Test func keepsPatientsTogether() throws {
        let found = try lua(
            """
            local patients = require "intake.patients"
            local subjects = {}
            for i, id in ipairs{"P1_T1", "P1_T2", "P10_T1", "P2_T1", "P2_T2", "P3_T1"} do subjects[i] = {id = id} end
            local patient_of = patients.of(subjects, "{patient}_T*")
            for seed = 1, 20 do
                local held, count = patients.drawn(0.4, subjects, patient_of, seed), 0
                assert(held.P1_T1 == held.P1_T2 and held.P2_T1 == held.P2_T2)
                for _ in pairs(held) do count = count + 1 end
                assert(count >= 3 and count < 6)
            end
            local held = patients.named("P1, P3_T1", subjects, patients.of(subjects, nil, "pairs"))
            assert(held.P1_T1 and held.P1_T2 and held.P3_T1 and not held.P10_T1 and not held.P2_T1)
            local sessions = {{id = "sub-1_ses-1"}, {id = "sub-1_ses-2"}, {id = "sub-2"}}
            return patients.of(sessions, nil, "bids")["sub-1_ses-2"]
            """)
        #expect(found == "sub-1")
    }

    /// Masks are read by the names and labels of the network's recipe, however --classes orders them; what it does not
    /// name is an error, and a mask that cannot be read leaves a case without scores.
    @Test func readsMasksByTheRecipe() throws {
        let (data, model) = (folder.path("data"), folder.path("net.safetensors"))
        #expect(
            try lua(
                """
                os.execute("mkdir -p '\(data)'")
                for i = 1, 2 do
                    local scan = volumes.phantom{size = {16, 16, 16}, seed = i}
                    local labels = scan.data * 0
                    labels[{{3, 8}, {3, 14}, {3, 14}}], labels[{{9, 14}, {3, 14}, {3, 14}}] = 2, 5
                    volumes.write(("\(data)/c%d_t1.nii.gz"):format(i), scan)
                    volumes.write(("\(data)/c%d_seg.nii.gz"):format(i), labels[{{1, 14 + 2 * (2 - i)}}]:contiguous(),
                        {like = i == 1 and scan or nil})
                end
                local data = volumes.dataset("\(data)", {image = "{id}_t1.nii.gz", mask = "{id}_seg.nii.gz",
                    classes = {{"upper", 5}, {"lower", {2}}}})
                local recipe = volumes.Recipe({data[1]})
                assert(recipe.targets[1][1] == "upper" and recipe.targets[2][2][1] == 2 and data.targets[1][2][1] == 5)
                nn.UNet{channels = {1, 2, 4, 4, 4}, classes = 3}:save("\(model)", {notes = {recipe = recipe:text()}})
                return "made"
                """) == "made")
        func predict(_ arguments: String...) throws -> (CommandProcess.Outcome, String) {
            let outcome = try CommandProcess.run(
                CommandProcess.lunette,
                ["\(Self.scripts)/predict.lua", model, data, "--output", folder.path("out")] + arguments)
            return (outcome, try String(contentsOfFile: folder.path("out/predictions.csv"), encoding: .utf8))
        }
        let (outcome, table) = try predict()
        #expect(outcome.output.contains("masks are read as upper = 5, lower = 2"), "\(outcome)")
        #expect(outcome.output.contains("c2 is not scored: \(data)/c2_seg.nii.gz: 14x16x16 voxels"), "\(outcome)")
        #expect(try predict("--classes", "lower=2,upper=5").1 == table)
        #expect(try predict("--classes", "lower=5,upper=2").1 != table)
        let wrong = try predict("--classes", "lower=2").0
        #expect(wrong.code == 1 && wrong.errors.contains("there is no 'upper'"), "\(wrong)")
    }

    /// What is said of the labels of masks, with targets or without.
    @Test(arguments: [
        (
            "nil",
            "labels in 4 masks: 1 in 4, 2 in 4, 7 in 1 | label 7 is rare, is it meant? c | labels 1, 2, 7 are one class"
        ),
        (
            "{{'a', {1}}, {'b', {2, 9}}}",
            "labels in 4 masks: 1 in 4, 2 in 4, 7 in 1 | label 9 of 'b' is in no mask | label 7 is in no class or region"
        ),
    ])
    func saysWhichLabelsThereAre(targets: String, expected: String) throws {
        let found = try lua(
            """
            local found = {}
            for i, id in ipairs{"a", "b", "c", "d"} do found[i] = {id = id, labels = {{1, 0.5}, {2, 0.5}}} end
            found[3].labels[3] = {7, 0.1}
            return table.concat(require("intake.labels").notes(found, \(targets)), " | ")
            """)
        #expect(found.hasPrefix(expected), "\(found)")
    }
}
