import Foundation
import TestSupport
import Testing

/// Jupyter's own tests of kernels (jupyter_kernel_test, nbclient and nbformat).
@Suite struct FrontEndTests {
    @Test func frontEndsAcceptTheKernel() throws {
        let folder = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = CommandProcess.environment["PATH"] ?? ""
        let environment = [
            // The kernel is the command that was built, wherever another is installed.
            "PATH": URL(fileURLWithPath: CommandProcess.lunette).deletingLastPathComponent().path + ":" + path,
            "JUPYTER_PATH": folder + "/share/jupyter", "JUPYTER_DATA_DIR": folder + "/data", "IPYTHONDIR": folder,
        ]
        let installation = try CommandProcess.run(
            CommandProcess.lunette, ["jupyter", "install", "--prefix", folder], environment: environment)
        #expect(installation.code == 0, "\(installation)")
        let script = try #require(Bundle.module.path(forResource: "test_kernel", ofType: "py", inDirectory: "Python"))
        let outcome = try CommandProcess.python([script], environment: environment)
        #expect(outcome.code == 0, "\(outcome)")
        #expect(!(outcome.output + outcome.errors).contains("skipped="), "\(outcome)")
    }
}
