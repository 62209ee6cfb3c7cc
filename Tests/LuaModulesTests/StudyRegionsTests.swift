import Foundation
import LuaBridge
import TestSupport
import Testing

/// The whole study of several sequences and regions, at its smallest.
@Suite struct StudyRegionsTests {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

    /// results.csv of the study in `folder`.
    private func results(_ folder: String, threads: Int) throws -> String {
        let script = Self.tests.appendingPathComponent("Scripts/regions.lua").path
        let study = Self.tests.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Scripts")
        let results = try Transcript.newSession().runFile(
            script, arguments: [.string(study.path), .string(folder), .integer(threads)])
        guard case .string(let text)? = results.first else {
            Issue.record("the script returned \(results)")
            return ""
        }
        return text
    }

    @Test func hasTheSameBitsWithAnyNumberOfThreads() throws {
        let folder = try TemporaryFolder()
        let one = try results(folder.path("one"), threads: 1)
        #expect(one.hasPrefix("n,split,method,subject,dice,"))
        #expect(try results(folder.path("two"), threads: 2) == one)
    }
}
