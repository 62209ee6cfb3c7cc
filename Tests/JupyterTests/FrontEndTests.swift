import Foundation
import TestSupport
import Testing

/// Jupyter's own tests of kernels, where Python has them (jupyter_kernel_test, nbclient and nbformat).
@Suite struct FrontEndTests {
    private static let python = CommandProcess.python(with: "jupyter_kernel_test", "nbclient", "nbformat")

    @Test(.enabled(if: python != nil)) func frontEndsAcceptTheKernel() throws {
        let folder = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let environment = [
            // The kernel is the command that was built, wherever another is installed.
            "PATH": URL(fileURLWithPath: CommandProcess.lunette).deletingLastPathComponent().path + ":" + path,
            "JUPYTER_PATH": folder + "/share/jupyter", "JUPYTER_DATA_DIR": folder + "/data", "IPYTHONDIR": folder,
        ]
        let installation = try CommandProcess.run(
            CommandProcess.lunette, ["jupyter", "install", "--prefix", folder], environment: environment)
        #expect(installation.code == 0, "\(installation)")
        let script = try #require(Bundle.module.path(forResource: "test_kernel", ofType: "py", inDirectory: "Python"))
        let outcome = try CommandProcess.run(
            "/usr/bin/env", [try #require(Self.python), script], environment: environment)
        #expect(outcome.code == 0, "\(outcome)")
        #expect(!(outcome.output + outcome.errors).contains("skipped="), "\(outcome)")
    }
}
