import Foundation
import LuaBridge
import TestSupport
import Testing

/// The plan of a study that processes share, where jobs wait, fail and are tried again; and its trainings, whose losses
/// may not be finite.
@Suite struct PlanTests {
    @Test(arguments: ["plan.lua", "last_good.lua"]) func jobsAndTrainings(script: String) throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let scripts = tests.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Scripts")
            .path
        let results = try Transcript.newSession().runFile(
            tests.appendingPathComponent("Scripts/" + script).path,
            arguments: [.string(scripts), .string(TemporaryFolder().path("study"))])
        guard case .string("done")? = results.first else {
            Issue.record("the script returned \(results)")
            return
        }
    }

    /// Lua's own generator is the job's in a job, so that neither the order nor the number of workers changes results.
    @Test func luasGeneratorBeginsAnewInEachJob() throws {
        let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../Scripts"
        let folder = try TemporaryFolder().path("random")
        let code = """
            package.path = "\(scripts)/?.lua;" .. package.path
            local Plan = require "study.plan"
            print = function() end
            local function drawn(folder, ...)
                local runs <close> = study.open(folder, {seed = 1})
                local plan = Plan.new(runs)
                for _, name in ipairs{...} do
                    plan:add{name = name, kind = "k", cost = 1, run = function() return math.random(1 << 40) end}
                end
                plan:run()
                return plan:result("a"), plan:result("b")
            end
            local a, b = drawn("\(folder)1", "a", "b")
            local again, other = drawn("\(folder)2", "b", "a")
            return tostring(a == again and b == other and a ~= b)
            """
        try Transcript(code, "true").check()
    }

    /// Neither a name that one reading of a file of a prior leaves, nor its way out of the program, reaches the study.
    @Test func aPriorOfAFileCannotEndTheStudy() throws {
        let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../Scripts"
        let folder = try TemporaryFolder().path("priors")
        let code = """
            package.path = "\(scripts)/?.lua;" .. package.path
            local own_priors = require "study.own_priors"
            study.write_text("\(folder)/counting.lua", [[
                count = (count or 0) + 1
                return {count = count, log_prob = function() end}]])
            study.write_text("\(folder)/leaving.lua", "return os.exit(0)")
            local counting = own_priors.entries{"\(folder)/counting.lua"}[1]
            local fine, message = pcall(own_priors.entries, {"\(folder)/leaving.lua"})
            return counting.anew().count .. " " .. tostring(fine) .. " " .. message:match("[^/]*$")
            """
        try Transcript(code, "1 false leaving.lua' calls os.exit, which would end the study").check()
    }

    /// What a group gets does not hang on what was fitted before it: workers fit groups in any order.
    @Test func aPriorOfAFileBeginsAnewInEachGroup() throws {
        let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../Scripts"
        let folder = try TemporaryFolder().path("priors")
        let code = """
            package.path = "\(scripts)/?.lua;" .. package.path
            local own_priors = require "study.own_priors"
            local folder = "\(folder)"
            study.write_text(folder .. "/laplace.lua", [[
                local laplace = {log_scale = torch.zeros(1, {requires_grad = true})}
                function laplace:log_prob(w) return dist.Laplace(0, self.log_scale:exp()):log_prob(w):flatten(2):sum(2) end
                return laplace]])
            local own = own_priors.entries{folder .. "/laplace.lua"}[1]
            torch.manual_seed(1)
            local small, large = torch.randn(60, 3, 3) * 0.1, torch.randn(60, 3, 3) * 10
            local function fitted(group, ...)
                for _, kernels in ipairs{...} do
                    torch.manual_seed(2)
                    own_priors.fit(folder, own, group, kernels, small)
                end
                return own_priors.load(folder, own, group):log_prob(small)
            end
            return tostring(fitted(1, small):equal(fitted(2, large, small)))
            """
        try Transcript(code, "true").check()
    }
}
