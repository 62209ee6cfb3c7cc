import Foundation
import LuaBridge
import Support
import TestSupport
import Testing

/// Every function that declares a path: what is there is treated alike, whoever writes, and its bytes are kept.
@Suite struct PathTests {
    /// A call that writes the file `path`, of the ending `ending`, and one that reads it again.
    struct Saving: Sendable, CustomTestStringConvertible {
        let name: String
        let ending: String
        let write: String
        var read = ""
        /// The function that `read` calls.
        var reader = ""

        var testDescription: String { "\(name) of \(ending)" }
    }

    private static let bank = "bayes.KernelBank({nn.Sequential(nn.Conv3d(2, 3, 3))}, {'0'})"
    private static let priors = "bayes.PriorSet{{name = 'a', layers = {'b'}, prior = bayes.NormalPrior({3, 3, 3})}}"

    static let savings =
        [
            Saving(
                name: "torch.save", ending: ".npy", write: "torch.save(torch.ones(300), path)",
                read: "torch.load(path)", reader: "torch.load"),
            Saving(
                name: "torch.save", ending: ".npz", write: "torch.save({a = torch.rand(300)}, path)",
                read: "torch.load(path).a"),
            Saving(
                name: "torch.save", ending: ".safetensors", write: "torch.save({a = torch.ones(300)}, path)",
                read: "torch.load(path).a"),
            Saving(name: "Tensor:save", ending: ".npy", write: "torch.ones(300):save(path)", read: "torch.load(path)"),
            Saving(
                name: "Module:save", ending: ".x", write: "nn.Linear(20, 30):save(path, {notes = {a = 'b'}})",
                read: "nn.load(path)", reader: "nn.load"),
            Saving(
                name: "Module:save", ending: ".safetensors", write: "bayes.UNet{channels = {1, 2, 2, 2, 2}}:save(path)",
                read: "bayes.load(path)", reader: "bayes.load"),
            Saving(
                name: "Module:save", ending: "", write: "nn.Linear(20, 30):save(path, {notes = {a = 'b'}})",
                read: "nn.notes(path).a", reader: "nn.notes"),
            Saving(
                name: "Module:save", ending: ".safetensors", write: "nn.Linear(20, 30):save(path)",
                read: "nn.Linear(20, 30):load_state_dict(path)", reader: "Module:load_state_dict"),
            Saving(
                name: "Optimizer:save", ending: "", write: "optim.SGD(nn.Linear(20, 30)):save(path)",
                read: "not optim.SGD(nn.Linear(20, 30)):load(path)", reader: "Optimizer:load"),
            Saving(
                name: "KernelBank:save", ending: "", write: "\(bank):save(path)", read: "bayes.load_bank(path)",
                reader: "bayes.load_bank"),
            Saving(
                name: "PriorSet:save", ending: "", write: "\(priors):save(path)", read: "bayes.load_priors(path)",
                reader: "bayes.load_priors"),
            Saving(
                name: "NetworkPosterior:save", ending: "", write: "bayes.Ensemble(nn.Conv3d(2, 3, 3)):save(path)",
                read: "bayes.load_posterior(path)", reader: "bayes.load_posterior"),
            Saving(
                name: "volumes.write", ending: ".nii", write: "volumes.write(path, torch.rand(9, 9, 9))",
                read: "volumes.read(path)", reader: "volumes.read"),
            Saving(
                name: "volumes.write", ending: ".nii.gz", write: "volumes.write(path, torch.rand(9, 9, 9))",
                read: "volumes.read(path)"),
            Saving(
                name: "volumes.write", ending: ".img", write: "volumes.write(path, torch.rand(9, 9, 9))",
                read: "volumes.read(path)"),
            Saving(
                name: "study.write_text", ending: ".csv", write: "study.write_text(path, 'a')",
                read: "assert(study.checksum(path) == '1-e8b7be43')", reader: "study.checksum"),
            Saving(
                name: "Page:save", ending: ".html", write: "report.page('a'):save(path)",
                read: "assert(study.path_kind(path) == 'file')", reader: "study.path_kind"),
            Saving(
                name: "Comparison:save", ending: ".html",
                write: "prior.compare(torch.randn(20, 2, 2), {n = prior.IndependentNormals}):save(path)"),
            Saving(name: "Figure:save", ending: ".png", write: "plot.curves({a = {1, 2}}):save(path)"),
            Saving(name: "Figure:save", ending: ".svg", write: "plot.curves({a = {1, 2}}):save(path)"),
            Saving(name: "Figure:show", ending: ".png", write: "plot.curves({a = {1, 2}}):show(path)"),
            Saving(name: "Tensor:show", ending: ".png", write: "torch.rand(9):show(path)"),
            Saving(name: "Volume:show", ending: ".png", write: "volumes.volume(torch.rand(9, 9, 9)):show(path)"),
            Saving(
                name: "Volume:show", ending: ".html",
                write: "volumes.volume(torch.rand(9, 9, 9)):show(path, {viewer = true})"),
            Saving(
                name: "Sample:show", ending: ".png",
                write: "volumes.prepare(volumes.phantom{size = {12, 12, 12}}):show(path)"),
            Saving(name: "plot.curves", ending: ".svg", write: "plot.curves({a = {1, 2}}, {file = path})"),
            Saving(
                name: "plot.slices", ending: ".png",
                write: "plot.slices({{title = 'one', scan = volumes.volume(torch.rand(9, 9, 9))}}, {file = path})"),
            Saving(
                name: "plot.kernels", ending: ".svg",
                write: "plot.kernels({{title = 'a', kernels = torch.rand(4, 3, 3, 3)}}, {file = path})"),
            Saving(
                name: "plot.images", ending: ".png",
                write: "plot.images({{title = 'a', images = torch.rand(2, 1, 9, 9)}}, {file = path})"),
            Saving(name: "plot.histogram", ending: ".svg", write: "plot.histogram({a = torch.rand(9)}, {file = path})"),
            Saving(
                name: "plot.scatter", ending: ".svg",
                write: "plot.scatter({x = torch.rand(9), y = torch.rand(9)}, {file = path})"),
            Saving(
                name: "plot.reliability", ending: ".svg",
                write: "plot.reliability({a = volumes.calibration(torch.full({8}, 0.75), torch.ones(8)).bins}, "
                    + "{file = path})"
            ),
        ]

    /// The functions whose path is that of a folder.
    static let folders = [
        "volumes.dataset": "volumes.dataset(path, {layout = 'ms'})", "study.open": "study.open(path)",
        "volumes.find": "volumes.find(path)",
        "volumes.import_dicom": "local made, message = pcall(volumes.import_dicom, path, path .. '/nifti') "
            + "if not message:find('dcm2niix made no volume of it', 1, true) then error(message, 0) end",
        "volumes.write_phantoms": "volumes.write_phantoms(path, {layout = 'ms', count = 2, size = {8, 8, 8}})",
        "study.jobs": "study.jobs(path)", "study.claims": "study.claims(path)",
        "study.result": "study.result(path, 'a')", "study.make_folder": "study.make_folder(path)",
    ]

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Runs statements, or an expression, with the global variable `path`; the message of the error, nil for none.
    @discardableResult
    private func run(_ code: String, path: String) throws -> String? {
        let lua = try Transcript.newSession()
        try lua.setGlobal("path", path)
        do {
            try lua.call(lua.load((try? lua.load("return \(code)")) == nil ? code : "return \(code)"))
            return nil
        } catch let error as LuaError {
            return error.message
        }
    }

    private func names() throws -> [String] { try FileSystem.names(in: folder.path) }

    /// Texts and folders as scripts give them are the parameters of one type, which tells that they are paths.
    @Test func everyDeclaredPathIsTried() {
        let declared = DoctestTests.functions.filter { _, function in
            function.layout.parameters.contains { "\($0.type)".contains("Path") }
        }.map(\.name)
        let tried =
            Self.savings.flatMap { [$0.name, $0.reader] }.filter { !$0.isEmpty } + Self.folders.keys
            + ["study.add_line"]
        #expect(Set(declared) == Set(tried))
        for (name, function) in DoctestTests.functions {
            for parameter in function.layout.parameters where "\(parameter.type)".contains("String") {
                let isPath = ["file", "folder"].contains(parameter.name) || parameter.summary.hasPrefix("the file")
                #expect(!isPath, "\(name): '\(parameter.name)' is a path, and not declared as one")
            }
        }
    }

    @Test(arguments: savings) func filesAreWrittenUnderTheirBytes(saving: Saving) throws {
        var names: [[UInt8]] = [
            [0x4D, 0xFC, 0x6C], Array("e\u{301}".utf8), Array("new\nline".utf8), Array("-rf *".utf8),
            [0xFF, 0xCC, 0x81],
        ]
        names.append([UInt8](repeating: 0xE9, count: 255 - saving.ending.utf8.count))
        names = names.map { $0 + Array(saving.ending.utf8) }
        for name in names {
            let path = "\(folder.path)/\(String(rawBytes: name))"
            #expect(try run(saving.write, path: path) == nil, "\(path.shown)")
            #expect(try saving.read.isEmpty || run(saving.read, path: path) == nil, "\(path.shown)")
        }
        var expected = names
        if saving.ending == ".img" { expected += names.map { $0.dropLast(4) + Array(".hdr".utf8) } }
        #expect(Set(try self.names().map(\.rawBytes)) == Set(expected))
        let error = try run(saving.write, path: folder.path("a\0b\(saving.ending)"))
        #expect(error?.contains("in which a byte is 0") == true)
        #expect(try run(saving.write, path: "")?.contains("empty") == true)
        #expect(try run(saving.write, path: folder.path(String(repeating: "a", count: 256) + saving.ending)) != nil)
        #expect(try run(saving.write, path: folder.path(String(repeating: "a/", count: 3000) + saving.ending)) != nil)
    }

    @Test func linesAreAddedUnderTheBytesOfTheirFile() throws {
        let name = [0xFF, 0xCC, 0x81] + Array("new\nline".utf8)
        let path = "\(folder.path)/\(String(rawBytes: name))"
        for _ in 1...2 { #expect(try run("study.add_line(path, 'a')", path: path) == nil) }
        #expect(try names().map(\.rawBytes) == [name])
        #expect(
            try run("study.add_line(path, 'a')", path: folder.path("a\0b"))?.contains("in which a byte is 0") == true)
        #expect(try run("study.add_line(path, 'a')", path: folder.path) != nil)
    }

    @Test(arguments: savings) func whatIsThereIsKept(saving: Saving) throws {
        let path = folder.path("a" + saving.ending)
        #expect(try run(saving.write, path: path) == nil)
        chmod(path, 0o600)
        let link = folder.path("link" + saving.ending)
        symlink("a" + saving.ending, link)
        for name in [path, link] { #expect(try run(saving.write, path: name) == nil) }
        #expect(FileSystem.link(at: link) == "a" + saving.ending)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        let others = saving.ending == ".img" ? ["a.hdr", "link.hdr"] : []
        #expect(try names() == (["a" + saving.ending, "link" + saving.ending] + others).sorted())
    }

    @Test(arguments: savings) func whatCannotBeReplacedIsSaid(saving: Saving) throws {
        let (way, full, pipe) = (
            folder.path("way" + saving.ending), folder.path("full" + saving.ending), folder.path("pipe" + saving.ending)
        )
        try FileSystem.makeFolder(way)
        symlink("/dev/full", full)
        mkfifo(pipe, 0o600)
        #expect(try run(saving.write, path: way)?.contains("\(way): is a folder") == true)
        #expect(try run(saving.write, path: full)?.contains("\(full): No space left on device") == true)
        // Something reads what is written, and must come to an end.
        let reading = Reading(pipe)
        #expect(try run(saving.write, path: pipe) == nil)
        // Where nothing was written, the reader still waits for someone to open the pipe.
        close(open(pipe, O_WRONLY | O_NONBLOCK))
        #expect(!reading.result().isEmpty)
        let others = saving.ending == ".img" ? ["pipe.hdr"] : []
        let expected = ["full" + saving.ending, "pipe" + saving.ending, "way" + saving.ending] + others
        #expect(try names() == expected.sorted())
    }

    /// A limit of the size of files stands for a full disk.
    @Test func aFullDiskLeavesTheOldFiles() throws {
        var (old, script) = ([String: [UInt8]](), "local calls = {\n")
        for (index, saving) in Self.savings.enumerated() {
            let path = folder.path("\(index)\(saving.ending)")
            #expect(try run(saving.write, path: path) == nil)
            script += "{'\(path)', function(path) return \(saving.write) end},\n"
        }
        script += "}\nfor _, call in ipairs(calls) do print(select(2, pcall(call[2], call[1]))) end"
        for name in try names() { old[name] = try folder.bytes(name) }
        let place = try TemporaryFolder()
        let outcome = try CommandProcess.run(
            "/bin/sh",
            [
                "-c", "{ ulimit -f 0; \"$0\" \"$1\" 2>&1; } | cat", CommandProcess.lunette,
                place.write(Array(script.utf8), to: "s.lua"),
            ])
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == Self.savings.count)
        for (index, (line, saving)) in zip(lines, Self.savings).enumerated() {
            #expect(line.contains(folder.path("\(index)\(saving.ending)") + ": "), "\(saving): \(line)")
            #expect(line.hasSuffix(": File too large"), "\(saving): \(line)")
        }
        #expect(try names() == old.keys.sorted())
        for (name, bytes) in old { #expect(try folder.bytes(name) == bytes, "\(name)") }
    }

    @Test(arguments: folders.keys.sorted()) func foldersAreFoundUnderTheirBytes(name: String) throws {
        let code = try #require(Self.folders[name])
        for name: [UInt8] in [[0x4D, 0xFC, 0x6C], Array("e\u{301} \n".utf8), [0xCC, 0x81]] {
            let path = "\(folder.path)/\(String(rawBytes: name))"
            try run("volumes.write_phantoms(path, {layout = 'ms', count = 2, size = {8, 8, 8}})", path: path)
            try run("study.open(path):job('a', function() return 1 end)", path: path)
            #expect(try run(code, path: path) == nil, "\(path.shown)")
        }
        #expect(try names().map(\.rawBytes).count == 3)
        #expect(try run(code, path: folder.path("a\0b"))?.contains("in which a byte is 0") == true)
        let file = try folder.write([1], to: "file")
        // A result that is not there is nil.
        #expect(try name == "study.result" || run(code, path: file)?.contains(file) == true)
    }

    /// No subject is left out for its name.
    @Test func subjectsHaveAnyNames() throws {
        let names: [[UInt8]] = [
            [0x4D, 0xFC, 0x6C], Array("e\u{301}".utf8), Array("\u{301}x".utf8), [0xFF], [0x0A, 0x20],
        ]
        for name in names {
            try run(
                "volumes.write(path .. '/mri_crop.nii', torch.ones(2, 2, 2)) "
                    + "volumes.write(path .. '/mask_crop.nii', torch.ones(2, 2, 2))",
                path: made("\(folder.path)/\(String(rawBytes: name))"))
        }
        symlink("nowhere", folder.path("lost"))
        for options in ["layout = 'ms'", "image = '{id}/mri_crop.nii', mask = '{id}/mask_crop.nii'"] {
            let check = """
                local data = volumes.dataset(path, {\(options)}) \
                assert(#data == 5 and #data.rejected == 1) \
                for i = 1, 5 do assert(data[i]:load()) end
                """
            #expect(try run(check, path: folder.path) == nil)
        }
    }

    private func made(_ path: String) throws -> String {
        try FileSystem.makeFolder(path)
        return path
    }
}
