import Foundation

/// The built command, and Python where it has nbformat.
enum NotebookCommand {
    private static let lunette: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("lunette").path
    }()

    /// A Python that has nbformat: $LUNETTE_PYTHON, or the one that the shell finds.
    static let python: String? = {
        let python = ProcessInfo.processInfo.environment["LUNETTE_PYTHON"] ?? "python3"
        return (try? execute([python, "-c", "import nbformat"]))?.code == 0 ? python : nil
    }()

    /// Runs `lunette notebook`.
    static func run(_ arguments: [String]) throws -> (code: Int32, output: String) {
        try execute([lunette, "notebook"] + arguments)
    }

    /// Runs a command that the shell finds; returns its exit code and all that it printed.
    static func execute(_ words: [String]) throws -> (code: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }
}
