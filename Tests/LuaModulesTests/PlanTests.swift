import Foundation
import LuaBridge
import TestSupport
import Testing

/// The plan of a study that processes share.
@Suite struct PlanTests {
    @Test func jobsWaitFailAndAreTriedAgain() throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let scripts = tests.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Scripts")
            .path
        let results = try Transcript.newSession().runFile(
            tests.appendingPathComponent("Scripts/plan.lua").path,
            arguments: [.string(scripts), .string(TemporaryFolder().path("study"))])
        guard case .string("done")? = results.first else {
            Issue.record("the script returned \(results)")
            return
        }
    }
}
