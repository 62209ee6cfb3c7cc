import Foundation
import Testing

/// The prompt holds no tensor but those of variables, and the last result.
@Suite struct SessionMemoryTests {
    private static let peak = """
        for line in io.lines("/proc/self/status") do if line:find("VmHWM") then print(line) end end

        """

    /// Each of these makes 10 GB of tensors.
    @Test(arguments: [
        "for i = 1, 10000 do local t = torch.zeros(250, 1000) end\n",
        "for i = 1, 2500 do local t = (torch.ones(250, 1000) * 2):exp() end\n",
        String(repeating: "torch.zeros(1000, 1000, 10)\n", count: 250),
        String(repeating: "{torch.zeros(1000, 1000, 10)}\n", count: 250),
        String(repeating: "local t = torch.zeros(1000, 1000, 10)\n", count: 250),
        String(repeating: "local t = torch.zeros(1000, 1000, 10) error(t)\n", count: 250),
        String(repeating: ":profile torch.zeros(1000, 1000, 10);\n", count: 250),
        String(repeating: "torch.zeros(40, 500, 500):show()\n", count: 250),
    ])
    func tenGigabytes(input: String) throws {
        let folder = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let outcome = try CommandProcess.run(
            CommandProcess.lunette, ["-i", "--no-startup"], input: input + Self.peak,
            environment: ["XDG_STATE_HOME": folder, "TERM": "dumb"])
        let found = outcome.output.firstMatch(of: #/VmHWM:\s+(\d+) kB/#).flatMap { Int($0.1) }
        #expect(try #require(found) < 1_000_000)
    }
}
