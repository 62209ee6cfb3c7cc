-- A worker of a study of jobs that only sleep, for Scripts/cluster/claims: FOLDER JOBS SECONDS shared|alone.

local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/../?.lua;" .. package.path
local command, Plan = require "study.command", require "study.plan"

local folder, count, seconds, shared = arg[1], tonumber(arg[2]), tonumber(arg[3]), arg[4] == "shared"
torch.set_num_threads(1)
local runs <close> = study.open(folder, {seed = 1, shared = shared})
local plan = Plan.new(runs, shared and 3 or nil)
for i = 1, count do
    plan:add{name = ("job/%05d"):format(i), kind = "sleep", cost = 1, run = function() command.pause(seconds) return i end}
end
plan:run()
