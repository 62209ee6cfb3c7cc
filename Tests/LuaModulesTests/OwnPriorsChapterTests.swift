import Foundation
import LuaModules
import Testing

/// The manual's chapter on priors of one's own runs as it stands.
@Suite struct OwnPriorsChapterTests {
    /// Laplace, horseshoe, a mixture, a Gaussian of low rank and a flow, in at most ten lines each.
    @Test func fiveOfTenLinesAreFittedComparedAndTrainedWith() throws {
        let fences = OwnPriorsChapter.markdown.components(separatedBy: "```")
        let blocks = fences.enumerated().filter { !$0.offset.isMultiple(of: 2) }
            .map { String($0.element.dropFirst("lua\n".count)) }
        for prior in blocks[1...5] { #expect(prior.split(separator: "\n").count <= 10, "\(prior)") }
        let checks = """
            local worse = {}
            for _, row in ipairs(found.rows) do
                if own[row.name] and row.held_out < row.initial + 1 then worse[#worse + 1] = row.name end
            end
            for name, p in pairs(own) do
                local first, last = train_with(p, 10)
                if not (last < first) then worse[#worse + 1] = name end
            end
            return #found .. " " .. table.concat(worse, " ")
            """
        try Transcript((blocks + [checks]).joined(separator: "\n"), "7 ").check()
    }
}
