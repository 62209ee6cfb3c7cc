import Foundation
import TestSupport
import Testing

/// The prompt holds no tensor but those of variables, and the last result.
@Suite struct SessionMemoryTests {
    private static func entries(_ text: String) -> String { String(repeating: text + "\n", count: 60) }

    private static let peak = """
        for line in io.lines("/proc/self/status") do if line:find("VmHWM") then print(line) end end

        """

    /// The first makes 10 GB of tensors, the others 2.4 GB in entries of their own.
    @Test(arguments: [
        "for i = 1, 10000 do local t = torch.zeros(250, 1000) end\n",
        entries("torch.zeros(1000, 1000, 10)"),
        entries("{torch.zeros(1000, 1000, 10)}"),
        entries("local t = torch.zeros(1000, 1000, 10)"),
        entries("local t = torch.zeros(1000, 1000, 10) error(t)"),
        entries(":profile torch.zeros(1000, 1000, 10);"),
        entries("torch.zeros(40, 500, 500):show()"),
    ])
    func staysBelowAGigabyte(input: String) throws {
        let folder = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let outcome = try CommandProcess.run(
            CommandProcess.lunette, ["-i", "--no-startup"], input: input + Self.peak,
            environment: ["XDG_STATE_HOME": folder, "TERM": "dumb"])
        let found = outcome.output.firstMatch(of: #/VmHWM:\s+(\d+) kB/#).flatMap { Int($0.1) }
        #expect(try #require(found) < 1_000_000)
    }
}
