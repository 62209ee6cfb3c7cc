import Foundation
import LuaBridge
import TestSupport
import Testing

/// What users of check.lua, train.lua and predict.lua get wrong, and what must not be written over.
@Suite struct IntakeErrorTests {
    private static let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Scripts").path
    private let folder: TemporaryFolder

    /// Four scans with masks, c1.nii.gz and c1_mask.nii.gz and so on, c4 with a NaN; and a network with its recipe.
    init() throws {
        folder = try TemporaryFolder()
        let code = """
            os.execute("mkdir -p '\(folder.path("data"))'")
            for i = 1, 4 do
                local scan, labels = volumes.phantom{size = {16, 16, 16}, seed = i}
                local data = scan.data:clone()
                if i == 4 then data[{8, 8, 8}] = 0 / 0 end
                volumes.write(("\(folder.path("data"))/c%d.nii.gz"):format(i), data, {like = scan})
                volumes.write(("\(folder.path("data"))/c%d_mask.nii.gz"):format(i), labels)
            end
            local data = volumes.dataset("\(folder.path("data"))", {image = "{id}.nii.gz", mask = "{id}_mask.nii.gz"})
            local recipe = volumes.Recipe({data[1], data[2]})
            local function save(name, text, outputs)
                nn.UNet{channels = {1, 2, 4, 4, 4}, classes = outputs}:save(name, {notes = {recipe = text}})
            end
            save("\(folder.path("net.safetensors"))", recipe:text(), 2)
            save("\(folder.path("wrong.safetensors"))", recipe:text(), 3)
            save("\(folder.path("bad.safetensors"))", "{", 2)
            """
        try Transcript.newSession().runText(code, in: folder)
    }

    private func run(_ script: String, _ arguments: [String]) throws -> CommandProcess.Outcome {
        let paths = arguments.map { argument in
            argument.hasPrefix("@") ? folder.path(String(argument.dropFirst())) : argument
        }
        return try CommandProcess.run(CommandProcess.lunette, ["\(Self.scripts)/\(script)"] + paths)
    }

    /// Mistakes of the user: the script, its arguments ("@" for a path in the folder), and what the last line says.
    @Test(arguments: [
        ("check.lua", "@nowhere", "no such file or folder"),
        ("check.lua", "@data --page x.txt", "--page: a name that ends in .html expected, got 'x.txt'"),
        ("check.lua", "@data --modality t9", "--modality: the layout 'pairs' has no such option"),
        ("check.lua", "@data --classes foo", "--classes: NAME=LABEL[+LABEL] expected, with commas, got 'foo'"),
        ("check.lua", "@data --nifti @x", "--nifti: the folder holds volumes, or no DICOM"),
        ("check.lua", "@data --shown=-1", "option '--shown': a whole number from 0 to 1000 expected, got '-1'"),
        ("train.lua", "@data --hold-out nobody --output @t", "--hold-out: there is no subject 'nobody'"),
        ("train.lua", "@data --hold-out= --output @t", "--hold-out: names of subjects expected, with commas, got ''"),
        ("train.lua", "@data --spacing 0 --output @t", "'median' or 'scan' expected, got '0'"),
        ("train.lua", "@data --spacing 6,6 --output @t", "one or three numbers of mm from 0.001 to 1000"),
        ("train.lua", "@data --patient c* --output @t", "a pattern of names with {patient} once"),
        ("train.lua", "@data --patient {patient}_T* --output @t", "no name fits '{patient}_T*', not even 'c1'"),
        ("train.lua", "@data --lr -1", "option '--lr': a number from 1e-12 to 1000 expected, got '-1'"),
        ("train.lua", "@data --image {id}.nii.gz --output @t", "--image and --mask go together"),
        ("check.lua", "@data --image {id}.nii.gz --mask a,b", "--mask: one path expected, got 'a,b'"),
        ("check.lua", "@empty", "no data set was recognised: there is no volume in it"),
        (
            "predict.lua", "@net.safetensors @data --regions a=1",
            "--regions: the network tells classes apart: foreground"
        ),
        ("train.lua", "@data --set steps=3", "--set steps: say --steps"),
        ("train.lua", "@data --lr=0", "option '--lr': a number from 1e-12 to 1000 expected, got '0'"),
        ("train.lua", "@data --steps 1 --output @", "network.safetensors is there already"),
        ("predict.lua", "@net.safetensors @data --window 0", "a whole number from 8 to 1024 expected, got '0'"),
        ("predict.lua", "@net.safetensors @data --samples 3", "--samples: no network has a posterior"),
        ("predict.lua", "@net.safetensors @data --threshold 0.2", "--threshold: the network tells classes apart"),
        ("predict.lua", "@net.safetensors @data --min-volume=-3", "--min-volume: a number of mm3"),
        ("predict.lua", "@net.safetensors @data --with @net.safetensors", "the same network twice"),
        ("predict.lua", "@net.safetensors @empty --output @p", "there is no scan in it"),
        ("predict.lua", "@net.safetensors @data/c1.nii.gz --min-volume choose", "no subject has a mask"),
        ("predict.lua", "@wrong.safetensors @data", "the network has 3 outputs, and its recipe 2"),
        ("predict.lua", "@bad.safetensors @data", "bad.safetensors: 'text' is no JSON: expected that of a recipe"),
    ])
    func saysInOneLine(script: String, arguments: String, expected: String) throws {
        try FileManager.default.createDirectory(atPath: folder.path("empty"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: folder.path("net.safetensors"), toPath: folder.path("network.safetensors"))
        let outcome = try run(script, arguments.split(separator: " ").map(String.init))
        #expect(outcome.code == 1)
        #expect(outcome.errors.split(separator: "\n").last?.contains(expected) == true, "\(outcome.errors)")
        #expect(!outcome.errors.contains("stack traceback"), "\(outcome.errors)")
    }

    /// Masks beside the scans are neither scans nor written over; what predict.lua wrote, it may write again.
    @Test func keepsWhatItDidNotWrite() throws {
        let mask = try Data(contentsOf: URL(fileURLWithPath: folder.path("data/c1_mask.nii.gz")))
        for arguments in [["@data"], ["@data/c1.nii.gz"], ["@data/c1.nii.gz", "@data/c1_mask.nii.gz"]] {
            let outcome = try run("predict.lua", ["@net.safetensors"] + arguments + ["--output", "@data"])
            #expect(outcome.code == 1 && outcome.errors.contains("choose another folder"), "\(outcome)")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("data/c1_mask.nii.gz"))) == mask)
        for _ in 1...2 {
            let outcome = try run("predict.lua", ["@net.safetensors", "@data", "--output", "@out"])
            #expect(outcome.code == 0 && outcome.output.contains("3 cases segmented"), "\(outcome)")
            #expect(outcome.output.contains("left out: c4: \(folder.path("data/c4.nii.gz")): NaN"), "\(outcome)")
        }
        // Another scan of the same name is another case.
        try FileManager.default.createDirectory(atPath: folder.path("other"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: folder.path("data/c2.nii.gz"), toPath: folder.path("other/c1.nii.gz"))
        let outcome = try run("predict.lua", ["@net.safetensors", "@other/c1.nii.gz", "--output", "@out"])
        #expect(outcome.code == 1 && outcome.errors.contains("holds 'c1' of another file"), "\(outcome)")
    }

    /// A scan that cannot be prepared is named and left out, and what is no subject's is named.
    @Test func trainsWithoutBadScans() throws {
        try FileManager.default.moveItem(atPath: folder.path("data/c3.nii.gz"), toPath: folder.path("c3.nii.gz"))
        let bad = "c4: \(folder.path("data/c4.nii.gz")): NaN or infinite in 1 voxels"
        let checked = try run("check.lua", ["@data", "--page", "@check.html"])
        #expect(checked.output.contains("cannot be used: \(bad)"), "\(checked)")
        #expect(checked.output.contains("1 volume is read for no subject: c3_mask.nii.gz"), "\(checked)")
        let trained = try run("train.lua", ["@data", "--steps", "1", "--hold-out", "c1", "--output", "@run"])
        #expect(trained.code == 0 && trained.output.contains("left out: \(bad)"), "\(trained)")
        #expect(trained.output.contains("1 subject to learn from, 1 held out"), "\(trained)")
    }

    /// Subjects of one name are held out together, and a folder of BRATS is one without T2 as well.
    @Test func holdsOutAllOfAName() throws {
        try Transcript.newSession().runText(
            """
            volumes.write_phantoms("\(folder.path("brats"))", {layout = "brats", count = 4, size = {16, 16, 16},
                modalities = {"t1", "flair"}})
            """, in: folder)
        let copied = "Brats18_P001_1"
        try FileManager.default.copyItem(
            atPath: folder.path("brats/HGG/\(copied)"), toPath: folder.path("brats/LGG/\(copied)"))
        let checked = try run("check.lua", ["@brats", "--regions", "layout", "--page", "@check.html"])
        #expect(checked.output.contains("layout: --layout brats --modality t1,flair (found out: 5 subjects)"))
        #expect(checked.output.contains("2 subjects have this name"), "\(checked)")
        let trained = try run("train.lua", ["@brats", "--steps", "1", "--hold-out", copied, "--output", "@run"])
        #expect(trained.output.contains("3 subjects to learn from, 2 held out"), "\(trained)")
        #expect(FileManager.default.fileExists(atPath: folder.path("run/held-out/\(copied)-2_mask.nii.gz")))
    }
}

extension LuaState {
    /// Runs a text as a script in `folder`.
    fileprivate func runText(_ code: String, in folder: TemporaryFolder) throws {
        let path = folder.path("code.lua")
        try code.write(toFile: path, atomically: true, encoding: .utf8)
        _ = try runFile(path, arguments: [])
    }
}
