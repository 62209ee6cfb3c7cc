import Foundation

/// Commands run as processes, the built `lunette` among them.
package enum CommandProcess {
    /// What a process left.
    package struct Outcome: Equatable {
        package let code: Int32
        package let output: String
        package let errors: String

        package init(code: Int32, output: String, errors: String) {
            (self.code, self.output, self.errors) = (code, output, errors)
        }
    }

    /// The built command, beside the test bundle.
    package static let lunette: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("lunette").path
    }()

    /// The reference interpreter, where it is installed.
    package static let lua: String? = ["/usr/bin/lua5.4", "/usr/local/bin/lua5.4"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// A Python that has some modules: $LUNETTE_PYTHON, or the one that the shell finds; nil where it has not all.
    package static func python(with modules: String...) -> String? {
        let python = ProcessInfo.processInfo.environment["LUNETTE_PYTHON"] ?? "python3"
        let code = "import " + modules.joined(separator: ", ")
        return (try? run("/usr/bin/env", [python, "-c", code]))?.code == 0 ? python : nil
    }

    /// Runs a command in a folder, and waits for its end.
    package static func run(
        _ path: String, _ arguments: [String], input: String = "", folder: String = NSTemporaryDirectory(),
        environment: [String: String] = [:], whileRunning: (Process) -> Void = { _ in }
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let files = try (0..<3).map { _ in try TemporaryFile() }
        try files[0].handle.write(contentsOf: Data(input.utf8))
        try files[0].handle.seek(toOffset: 0)
        process.standardInput = files[0].handle
        process.standardOutput = files[1].handle
        process.standardError = files[2].handle
        // `waitUntilExit` looks only every 50 ms on some threads.
        let end = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in end.signal() }
        try process.run()
        whileRunning(process)
        end.wait()
        return Outcome(code: process.terminationStatus, output: try files[1].text(), errors: try files[2].text())
    }
}

/// A file that is gone with its owner. It is closed by hand: where no run loop runs, a `Process` and its handles are
/// never freed, and a few hundred runs later `Process.run` reads beyond its list of open files.
private final class TemporaryFile {
    let handle: FileHandle
    private let path = NSTemporaryDirectory() + UUID().uuidString

    init() throws {
        try Data().write(to: URL(fileURLWithPath: path))
        handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    }

    deinit {
        try? handle.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    func text() throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }
}
