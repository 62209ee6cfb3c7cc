import Foundation
import Testing

/// Jupyter's own tests of kernels, where Python has them (jupyter_kernel_test, nbclient and nbformat).
@Suite struct FrontEndTests {
    /// A Python that has what is needed: $LUNETTE_PYTHON, or the one that the shell finds.
    private static let python: String? = {
        let python = ProcessInfo.processInfo.environment["LUNETTE_PYTHON"] ?? "python3"
        let modules = "import jupyter_kernel_test, nbclient, nbformat"
        return (try? run([python, "-c", modules], environment: [:]))?.code == 0 ? python : nil
    }()

    /// Runs a command that the shell finds; returns its exit code and all that it printed.
    private static func run(
        _ words: [String], environment: [String: String]
    ) throws -> (code: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    @Test(.enabled(if: python != nil)) func frontEndsAcceptTheKernel() throws {
        let folder = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let environment = [
            // The kernel is the command that was built, wherever another is installed.
            "PATH": URL(fileURLWithPath: KernelClient.lunette).deletingLastPathComponent().path + ":" + path,
            "JUPYTER_PATH": folder + "/share/jupyter", "JUPYTER_DATA_DIR": folder + "/data", "IPYTHONDIR": folder,
        ]
        let installation = try Self.run(
            ["lunette", "jupyter", "install", "--prefix", folder], environment: environment)
        #expect(installation.code == 0, "\(installation.output)")
        let script = try #require(Bundle.module.path(forResource: "test_kernel", ofType: "py", inDirectory: "Python"))
        let outcome = try Self.run([try #require(Self.python), script], environment: environment)
        #expect(outcome.code == 0, "\(outcome.output)")
        #expect(!outcome.output.contains("skipped="), "\(outcome.output)")
    }
}
