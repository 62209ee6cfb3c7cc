import Foundation
import LuaBridge
import LuaModules
import TestSupport
import Testing

/// The manual's chapter for PyTorch's users tells of what is there.
@Suite struct FromPyTorchTests {
    @Test func namesAreThoseOfTheManual() {
        var documentation = Documentation()
        for module in LuaModule.all { documentation.add(module) }
        let known = Set(documentation.entries.map(\.name))
        var count = 0
        for row in FromPyTorch.markdown.split(separator: "\n") where row.hasPrefix("| `") {
            let columns = row.split(separator: "|", omittingEmptySubsequences: false)
            #expect(columns.count == 5, "\(row)")
            // Every other piece between backticks is code.
            let names = columns[2].split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
            #expect(!names.isEmpty, "\(row)")
            for name in names { #expect(known.contains(name), "there is no \(name)") }
            count += names.count
        }
        #expect(count > 100)
    }

    /// Every line of code of the chapter that has whole lines runs, and gives what it should.
    @Test func linesRunAsTheirTableSays() throws {
        let folder = try TemporaryFolder()
        let chapter = folder.path("chapter.md")
        try FromPyTorch.lineByLine.write(toFile: chapter, atomically: false, encoding: .utf8)
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Scripts/line_by_line.lua").path
        let results = try Transcript.newSession().runFile(script, arguments: [.string(chapter)])
        guard case .string(let text)? = results.first else {
            Issue.record("the script returned \(results)")
            return
        }
        #expect(text == "62 rows, 74 lines of code")
    }
}
