-- A plan of a shared study: what waits for what, a job that fails and is tried again, and what the folder tells. The
-- script's arguments are the folder of the scripts and that of the study.

local scripts, folder = ...
package.path = scripts .. "/?.lua;" .. package.path
local Plan, records = require "study.plan", require "study.records"
print = function() end

local order, luck = {}, false
local function run_all()
    local runs <close> = study.open(folder, {seed = 1, shared = true})
    local plan = Plan.new(runs, 2)
    local function add(name, after)
        plan:add{name = name, kind = "kind of " .. name:sub(1, 1), cost = 2, after = after, run = function()
            order[#order + 1] = name
            if name == "b" and not luck then error("no\nluck", 0) end
            return name
        end}
    end
    add("c", {"a"})
    add("a")
    add("b")
    plan:barrier()
    add("d")
    return pcall(plan.run, plan)
end

local fine, message = run_all()
assert(not fine and message:find("2 jobs are not done", 1, true) and message:find("b, tried 2 times; last .*: no luck$"),
    message)
-- c waits for a, which comes later; b is tried twice; d waits for all.
assert(table.concat(order) == "abcb" or table.concat(order) == "abbc", table.concat(order))
local status = records.status(folder)
assert(status:find("2 of 4 jobs done, 0 running, 1 failed", 1, true) and status:find("failed 2 times: b; last", 1, true)
    and status:find("of work left", 1, true), status)

-- It is not tried again until its failures are forgotten.
order = {}
assert(not run_all() and #order == 0)
os.remove(folder .. "/jobs/b/failures.txt")
luck = true
fine, message = run_all()
assert(fine and message == 2 and table.concat(order) == "bd", table.concat(order))
assert(records.status(folder):find("4 of 4 jobs done, 0 running, 0 failed", 1, true))
local times = records.times(folder)
assert(times.all.count == 4 and times.all.cost == 8 and times["kind of d"].count == 1)
return "done"
