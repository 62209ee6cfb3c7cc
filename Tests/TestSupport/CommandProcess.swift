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

    /// A command that `Scripts/test` installs, by its name; throws where the shell would not find it.
    package static func installed(_ name: String) throws -> String {
        let folders = (environment["PATH"] ?? "").split(separator: ":")
        let paths = folders.map { "\($0)/\(name)" }
        guard let path = paths.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw Missing("\(name) is not installed: Scripts/test does it")
        }
        return path
    }

    /// Runs Python with the modules of Jupyter: $LUNETTE_PYTHON, or what `Scripts/test` has installed in this checkout.
    package static func python(_ arguments: [String], environment: [String: String?] = [:]) throws -> Outcome {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let python = Self.environment["LUNETTE_PYTHON"] ?? root + "/.build-python/bin/python3"
        return try run("/usr/bin/env", [python] + arguments, environment: environment)
    }

    /// The environment of all commands: of the user's own no more than what finds programs and libraries, so that
    /// language, terminal, time zone and settings are the same for everyone.
    package static let environment: [String: String] = {
        let kept: Set = ["PATH", "TMPDIR", "LD_LIBRARY_PATH", "LOCPATH"]
        let inherited = ProcessInfo.processInfo.environment.filter { name, _ in
            kept.contains(name) || name.hasPrefix("LUNETTE_") || name.hasPrefix("OPENBLAS_")
        }
        let own = [
            "HOME": home, "SHELL": "/bin/sh", "LC_ALL": "C.UTF-8", "TERM": "dumb", "TZ": "UTC0",
            "PATH": inherited["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
        ]
        return inherited.merging(own) { $1 }
    }()

    /// An empty home, which is gone with this process.
    private static let home: String = {
        let path = NSTemporaryDirectory() + "lunette-home-\(getpid())"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: NSTemporaryDirectory() + "lunette-home-\(getpid())") }
        return path
    }()

    /// How long a command may take, in seconds: the longest take one minute on a machine with nothing else to do.
    private static let patience: Double = 900

    /// Runs a command in a folder, and waits for its end; a variable of the environment that is nil is taken out.
    package static func run(
        _ path: String, _ arguments: [String], input: String = "", folder: String = NSTemporaryDirectory(),
        environment: [String: String?] = [:], whileRunning: (Process) throws -> Void = { _ in }
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = Self.environment.merging(environment.compactMapValues { $0 }) { $1 }
            .filter { environment[$0.key] != .some(nil) }
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
        do {
            try whileRunning(process)
        } catch {
            kill(process.processIdentifier, SIGKILL)
            throw error
        }
        guard end.wait(timeout: .now() + patience) == .success else {
            kill(process.processIdentifier, SIGKILL)
            throw Missing("no end of \(path) \(arguments) in \(patience) s")
        }
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
