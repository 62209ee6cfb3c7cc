import Foundation
import LuaModules
import Testing

/// The blocks of code of a chapter.
private func blocks(_ chapter: String) -> [String] {
    chapter.components(separatedBy: "```").enumerated().filter { !$0.offset.isMultiple(of: 2) }
        .map { String($0.element.dropFirst("lua\n".count)) }
}

/// The code of the manual's chapters runs as it stands.
@Suite struct ChapterTests {
    /// Each in a state of its own; it ends with an assertion.
    @Test(arguments: blocks(Cookbook.markdown))
    func recipesRunByThemselves(recipe: String) throws {
        #expect(recipe.split(separator: "\n").last?.hasPrefix("assert(") == true)
        try Transcript(recipe + "\nreturn 'done'", "done").check()
    }

    @Test func thereAreThirtyRecipes() {
        #expect(LuaModulesTests.blocks(Cookbook.markdown).count == 30)
        #expect(Cookbook.markdown.split(separator: "\n").count { $0.hasPrefix("### How to ") } == 30)
    }

    /// Laplace, horseshoe, a mixture, a Gaussian of low rank and a flow, in at most ten lines each.
    @Test func fiveOfTenLinesAreFittedComparedAndTrainedWith() throws {
        let blocks = LuaModulesTests.blocks(OwnPriorsChapter.markdown)
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

    /// Every distribution of networks that the chapter names is predicted with, and disagrees with itself.
    @Test func uncertaintyIsShownOfAll() throws {
        let blocks = LuaModulesTests.blocks(UncertaintyChapter.markdown)
        let counted = """
            local shown, low = 0, {}
            local predict = bayes.predict
            function bayes.predict(...)
                local found = predict(...)
                shown = shown + 1
                if not (found.mutual_information:mean():item() >= 0) then low[#low + 1] = shown end
                if found.std:max():item() == 0 then low[#low + 1] = shown end
                return found
            end
            """
        let code = ([counted] + blocks + ["return shown .. ' ' .. table.concat(low, ' ')"]).joined(separator: "\n")
        try Transcript(code, "10 ").check()
    }

    /// A job of the shared study is done, and a network learns by a group of one rank.
    @Test func sharedStudiesAndRanksWork() throws {
        let blocks = LuaModulesTests.blocks(ManyProcessesChapter.markdown)
        let code = (blocks + ["return result.dice .. ' ' .. #study.jobs(path) .. ' ' .. tostring(mean < 2)"])
        try Transcript(code.joined(separator: "\n"), "0.71 1 true").check()
    }
}
