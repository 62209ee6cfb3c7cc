import Foundation
import Support

/// Notebooks in files: .ipynb, and Lua in the percent format for any other ending.
public enum NotebookFile {
    /// Whether a path is that of an .ipynb file.
    public static func isJupyter(_ path: String) -> Bool { path.lowercased().hasSuffix(".ipynb") }

    /// Reads a file.
    public static func read(_ path: String) throws -> Notebook {
        let file = try InputFile(path)
        // Eight times the size: the bytes, the text, and the cells.
        try file.requireMemory(file.size > Int.max / 8 ? .max : file.size * 8)
        var bytes = try file.read(file.remaining)
        // A byte order mark, which editors of Windows write.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        do {
            if isJupyter(path) { return try Notebook(parsing: bytes) }
            guard let text = String(validating: bytes, as: UTF8.self) else { throw NotebookError("text is not UTF-8") }
            return PercentFormat.notebook(text)
        } catch let error as NotebookError {
            throw FileError(path: path, reason: error.reason)
        }
    }

    /// Writes a file, whole or not at all, as `format`: "ipynb", "lua", "html" or "slides" (default: "ipynb"
    /// where the name ends with it, otherwise "lua"). Lua has no place for outputs.
    public static func write(_ notebook: Notebook, to path: String, as format: String? = nil) throws {
        let text =
            switch format ?? (isJupyter(path) ? "ipynb" : "lua") {
            case "ipynb": complete(notebook).text
            case "html": NotebookPage(notebook).html
            case "slides": NotebookSlides(notebook).html
            default: PercentFormat.text(notebook)
            }
        try WholeFile.replace(path, with: Data(text.utf8))
    }

    private static func complete(_ notebook: Notebook) -> Notebook {
        var notebook = notebook
        notebook.completeIDs()
        return notebook
    }
}
