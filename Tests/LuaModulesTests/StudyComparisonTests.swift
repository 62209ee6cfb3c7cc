import Foundation
import LuaBridge
import Testing

/// What the study says of methods, on random scores: the direction of every measure that it declares, the means, the
/// gains and the corrected p values.
@Suite struct StudyComparisonTests {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

    @Test(arguments: 1...6) func holdsForEveryMeasure(seed: Int) throws {
        let script = Self.tests.appendingPathComponent("Scripts/comparisons.lua").path
        let study = Self.tests.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Scripts")
        let results = try Transcript.newSession().runFile(script, arguments: [.string(study.path), .integer(seed)])
        guard case .integer(let comparisons)? = results.first else {
            Issue.record("the script returned \(results)")
            return
        }
        #expect(comparisons > 50)
    }
}
