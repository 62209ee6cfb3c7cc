import Foundation
import LuaBridge
import Testing

/// Calls with arguments that make no sense end in errors, never in a crash.
@Suite struct GarbageTests {
    @Test(arguments: 1...4)
    func nothingCrashes(seed: Int) throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Scripts/garbage.lua")
        let results = try Transcript.newSession().runFile(script.path, arguments: [.integer(seed), .integer(10_000)])
        guard case .integer(let errors)? = results.first else {
            Issue.record("the script returned \(results)")
            return
        }
        #expect(errors > 5000 && errors < 10_000)
    }
}
