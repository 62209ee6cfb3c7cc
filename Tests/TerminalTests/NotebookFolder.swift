import Foundation
import TestSupport
import Testing

/// A folder of notebooks, and `lunette notebook` in it.
final class NotebookFolder {
    typealias Fields = [String: Any]

    let path = NSTemporaryDirectory() + UUID().uuidString

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, _ name: String = "n.lua") throws {
        try text.write(toFile: "\(path)/\(name)", atomically: false, encoding: .utf8)
    }

    func notebook(
        _ arguments: String..., whileRunning: (Process) throws -> Void = { _ in }
    ) throws -> CommandProcess.Outcome {
        try CommandProcess.run(
            CommandProcess.lunette, ["notebook"] + arguments, folder: path, whileRunning: whileRunning)
    }

    /// The cells of a notebook that was written.
    func cells(_ name: String = "n.ipynb") throws -> [Fields] {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
        let json = try #require(JSONSerialization.jsonObject(with: data) as? Fields)
        return try #require(json["cells"] as? [Fields])
    }

    /// What a cell put out: names of streams and their text, errors' messages, types of data and their text.
    func outputs(_ cell: Fields) -> [[String]] {
        (cell["outputs"] as? [Fields] ?? []).map { output in
            if let name = output["name"] as? String { return [name, (output["text"] as? [String] ?? []).joined()] }
            if let error = output["ename"] as? String { return [error, output["evalue"] as? String ?? ""] }
            let data = output["data"] as? Fields ?? [:]
            return data.keys.sorted() + [(data["text/plain"] as? [String] ?? []).joined()]
        }
    }
}
