import Foundation
import TestSupport
import Testing

/// Work that needs more memory than the process may have is refused, wherever within it the memory ends.
@Suite(.serialized) struct LimitedMemoryTests {
    /// Megabytes of address space, from what the arrays leave little of to what most of the work has room in.
    @Test(arguments: [280, 320, 360, 400, 440, 480, 520, 560, 600, 640])
    func workSucceedsOrIsRefused(megabytes: Int) throws {
        let script =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Scripts/limited_memory.lua"
        let outcome = try CommandProcess.run(
            "/bin/sh", ["-c", "ulimit -v \(megabytes * 1024); exec \"$0\" \"$1\"", CommandProcess.lunette, script],
            environment: ["SWIFT_BACKTRACE": "enable=no", "LUNETTE_THREADS": "2"])
        #expect(outcome.code == 0, "\(outcome.errors.suffix(300))")
        #expect(Int(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)) != nil, "\(outcome.output)")
    }
}
