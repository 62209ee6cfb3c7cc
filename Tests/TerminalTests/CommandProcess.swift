import Foundation

/// The built command `lunette`, run as a process.
enum CommandProcess {
    /// What a process left.
    struct Outcome: Equatable {
        var code: Int32
        var output: String
        var errors: String
    }

    /// The built command, beside the test bundle.
    static let lunette: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("lunette").path
    }()

    /// The reference interpreter, where it is installed.
    static let lua: String? = ["/usr/bin/lua5.4", "/usr/local/bin/lua5.4"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Runs a command in a folder, and waits for its end.
    static func run(
        _ path: String, _ arguments: [String], input: String = "", folder: String = NSTemporaryDirectory(),
        environment: [String: String] = [:], whileRunning: (Process) -> Void = { _ in }
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let files = try (0..<3).map { _ in try temporaryFile() }
        defer { files.forEach { try? FileManager.default.removeItem(atPath: $0) } }
        try input.write(toFile: files[0], atomically: false, encoding: .utf8)
        process.standardInput = FileHandle(forReadingAtPath: files[0])
        process.standardOutput = FileHandle(forWritingAtPath: files[1])
        process.standardError = FileHandle(forWritingAtPath: files[2])
        // `waitUntilExit` looks only every 50 ms on some threads.
        let end = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in end.signal() }
        try process.run()
        whileRunning(process)
        end.wait()
        return Outcome(
            code: process.terminationStatus, output: try String(contentsOfFile: files[1], encoding: .utf8),
            errors: try String(contentsOfFile: files[2], encoding: .utf8))
    }

    private static func temporaryFile() throws -> String {
        let path = NSTemporaryDirectory() + UUID().uuidString
        try Data().write(to: URL(fileURLWithPath: path))
        return path
    }
}
