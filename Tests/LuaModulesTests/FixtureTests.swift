import Foundation
import LuaBridge
import Testing

/// PyTorch's reference values, from Lua.
@Suite struct FixtureTests {
    @Test func valuesAndGradientsAreTheReference() throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let fixtures = tests.deletingLastPathComponent().appendingPathComponent("TensorsTests/Fixtures")
        let results = try Transcript.newSession().runFile(
            tests.appendingPathComponent("fixtures.lua").path, arguments: [.string(fixtures.path)])
        guard case .table(let differences)? = results.first, case .integer(let comparisons)? = results.last else {
            Issue.record("the script gave \(results)")
            return
        }
        let list = try (0..<differences.count()).map { try differences.get($0 + 1, as: String.self) }
        #expect(list == [])
        #expect(comparisons == 307)
    }
}
