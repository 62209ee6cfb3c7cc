import Foundation
import LuaBridge
import TestSupport
import Testing

/// The reference values, met from Lua.
@Suite struct FixtureScriptTests {
    @Test func allCasesHold() throws {
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let script = here.appendingPathComponent("Scripts/fixtures.lua").path
        let results = try Transcript.newSession().runFile(script, arguments: [.string(Fixture.folder)])
        guard case .integer(let compared)? = results.first else {
            Issue.record("the script returned \(results)")
            return
        }
        #expect(compared == 195)
    }
}
