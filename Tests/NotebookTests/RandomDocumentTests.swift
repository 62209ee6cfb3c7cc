import Foundation
import Notebook
import Support
import TestSupport
import Testing

/// 500 notebooks with fields, outputs and attachments of all kinds.
@Suite struct RandomDocumentTests {
    private static let count = 500

    /// Writes documents into a folder of their own, and gives them and their paths to `body`.
    private func withDocuments(isStrict: Bool, _ body: ([(json: JSON, path: String)], String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var random = RandomNotebooks(seed: isStrict ? 3 : 2)
        let documents = try (0..<Self.count).map { number in
            let json = random.document(isStrict: isStrict)
            let path = "\(folder)/\(number).ipynb"
            try json.indented.write(toFile: path, atomically: false, encoding: .utf8)
            return (json, path)
        }
        try body(documents, folder)
    }

    private func lunette(_ arguments: [String]) throws -> CommandProcess.Outcome {
        try CommandProcess.run(CommandProcess.lunette, ["notebook"] + arguments)
    }

    private func read(_ path: String) throws -> JSON {
        try JSON(parsing: Data(contentsOf: URL(fileURLWithPath: path)), keepingDigits: true)
    }

    /// A document without what a run makes anew, and without the ids that writing adds.
    private func kept(_ document: JSON, of original: JSON) -> JSON {
        let cells = zip(document["cells"]?.elements ?? [], original["cells"]?.elements ?? []).map { cell, original in
            var cell = cell
            if original["id"] == nil { cell = cell.setting("id", to: nil) }
            let isSkipped = original["metadata"]?["tags"]?.elements?.contains(.string("skip-execution")) ?? false
            guard original["cell_type"]?.text == "code", !isSkipped else { return cell }
            for name in ["outputs", "execution_count"] { cell = cell.setting(name, to: nil) }
            return cell.setting("metadata", to: cell["metadata"]?.setting("execution", to: nil))
        }
        return document.setting("cells", to: .array(cells))
    }

    @Test(arguments: [true, false]) func runsKeepEveryField(isStrict: Bool) throws {
        try withDocuments(isStrict: isStrict) { documents, _ in
            let outcome = try lunette(["run", "--keep-going"] + documents.map(\.path))
            #expect(outcome.errors.split(separator: "\n").count >= Self.count)
            for (original, path) in documents {
                let document = try read(path)
                #expect(document["cells"]?.elements?.count == original["cells"]?.elements?.count)
                #expect(kept(document, of: original) == kept(original, of: original), "\(original)")
            }
        }
    }

    @Test func conversionKeepsSourcesAndMetadata() throws {
        var random = RandomNotebooks(seed: 4)
        for number in 0..<Self.count {
            let document = random.document(isStrict: number % 2 == 0)
            let original = try Notebook(parsing: document.indented.utf8)
            // What is not taken apart is written as it was read.
            #expect(try JSON(parsing: original.text.utf8, keepingDigits: true) == document)
            let lua = PercentFormat.text(original)
            let back = try Notebook(parsing: PercentFormat.notebook(lua).text.utf8)
            #expect(Array(PercentFormat.text(back).utf8) == Array(lua.utf8))
            #expect(back.cells.map(\.kind) == original.cells.map(\.kind))
            #expect(back.cells.map { Array($0.source.utf8) } == original.cells.map { Array($0.source.utf8) })
            for (cell, original) in zip(back.cells, original.cells) {
                for member in original.metadata.members ?? [] { #expect(cell.metadata[member.name] == member.value) }
            }
        }
    }

    @Test func nbformatAcceptsWhatIsWritten() throws {
        let check = """
            import glob, sys, nbformat
            for path in glob.glob(sys.argv[1] + "/*.ipynb"):
                nbformat.validate(nbformat.read(path, 4))
            """
        try withDocuments(isStrict: true) { documents, folder in
            _ = try lunette(["run", "--keep-going"] + documents.map(\.path))
            try """
            print("a") io.stderr:write("b\\xFF") display(torch.zeros(20, 20)) for i in progress(2) do end
            setmetatable({}, {__display = function() return {["application/json"] = "[1]", ["a/b"] = "c"} end})
            -- %% tags=["raises-exception"]
            error("\\xFF")
            -- %%
            nn.Linear(2, 3)
            -- %%
            {{1, 2}}
            """.write(toFile: folder + "/all.lua", atomically: false, encoding: .utf8)
            let outcome = try lunette(["run", folder + "/all.lua"])
            #expect(outcome.code == 0, "\(outcome)")
            let lua = try documents.prefix(50).enumerated().map { number, document in
                let path = "\(folder)/lua-\(number).lua"
                let notebook = try Notebook(parsing: document.json.indented.utf8)
                try PercentFormat.text(notebook).write(toFile: path, atomically: false, encoding: .utf8)
                return path
            }
            #expect(try lunette(["convert", "--to", "ipynb"] + lua).code == 0)
            let verdict = try CommandProcess.python(["-c", check, folder])
            #expect(verdict.code == 0, "\(verdict)")
        }
    }
}
