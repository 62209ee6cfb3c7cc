-- What a study's folder tells of its jobs beside their results: the plan, how long jobs took, and which failed and why.
-- No result depends on it.

local command = require "study.command"
local csv = require "study.csv"
local lists = require "study.lists"

local records = {}

--- The lines of a file; none where there is no such file.
local function lines_of(path)
    local lines = {}
    for line in (command.text(path) or ""):gmatch("[^\n]+") do lines[#lines + 1] = line end
    return lines
end

--- Throws where what is no plain file has the name of one of a study's files.
function records.require_plain(folder)
    for _, name in ipairs{"plan.csv", "times.csv", "runs.txt", "origin.lua", "configuration.lua", "results.csv",
        "comparisons.csv", "summary.txt", "report.html", "bank.safetensors", "slurm/jobs.txt"} do
        command.require_plain(folder .. "/" .. name)
    end
end

--- Writes plan.csv: the names of all jobs, their kinds and their costs.
function records.plan(folder, jobs)
    study.write_text(folder .. "/plan.csv", csv.table({"cost", "kind", "name"}, jobs))
end

--- Adds what a job took to times.csv, and the most memory that its process ever had, in MB.
function records.add_time(folder, job, seconds)
    study.add_line(folder .. "/times.csv", ("%s,%.3f,%s,%.0f"):format(job.cost, seconds, job.kind, command.peak_memory() / 1e6))
end

local function failures_path(folder, name) return ("%s/jobs/%s/failures.txt"):format(folder, name) end

--- Notes that a job failed, and why.
function records.add_failure(folder, name, message)
    study.add_line(failures_path(folder, name), os.date("!%Y-%m-%d %H:%M:%S UTC: ") .. message:gsub("%s+", " "))
end

--- When and why a job failed: a list of lines.
function records.failures(folder, name) return lines_of(failures_path(folder, name)) end

--- The jobs of plan.csv: a list of {name, kind, cost}.
function records.jobs(folder)
    local jobs = {}
    for _, line in ipairs(lines_of(folder .. "/plan.csv")) do
        local cost, kind, name = line:match("^([%d.]+),([^,]*),(.*)$")
        if cost then jobs[#jobs + 1] = {cost = tonumber(cost), kind = kind, name = (name:gsub('^"(.*)"$', "%1"))} end
    end
    return jobs
end

--- The names of the jobs that are finished, as a table with the value true for each; none where there is no study yet.
function records.finished(folder)
    local finished, known, names = {}, pcall(study.jobs, folder)
    for _, name in ipairs(known and names or {}) do finished[name] = true end
    return finished
end

--- Counts a job in `spent`, as `records.times` gives it.
function records.count(spent, job, seconds)
    for _, key in ipairs{"all", job.kind} do
        local one = spent[key] or {seconds = 0, cost = 0, count = 0}
        spent[key] = one
        one.seconds, one.cost, one.count = one.seconds + seconds, one.cost + job.cost, one.count + 1
    end
end

--- What jobs took, by kind and in all: tables of {seconds, cost, count}, the latter under the name "all"; and `memory`, the
--- most that a process ever had, in MB.
function records.times(folder)
    local spent = {all = {seconds = 0, cost = 0, count = 0}, memory = 0}
    for _, line in ipairs(lines_of(folder .. "/times.csv")) do
        local cost, seconds, kind, memory = line:match("^([%d.]+),([%d.]+),([^,]*),?(%d*)$")
        spent.memory = math.max(spent.memory, tonumber(memory) or 0)
        if cost then records.count(spent, {kind = kind, cost = tonumber(cost)}, tonumber(seconds)) end
    end
    return spent
end

--- Seconds of a job by what those of its kind took, or else by what all did; not a number where none is known.
function records.seconds(job, spent)
    local known = spent[job.kind] or spent.all
    return job.cost * known.seconds / known.cost
end

--- The jobs that are not `finished`, a table of names: `count`, and `costs`, the cost of all together by kind.
function records.unfinished(jobs, finished)
    local left = {count = 0, costs = {}}
    for _, job in ipairs(jobs) do
        if not finished[job.name] then
            left.count, left.costs[job.kind] = left.count + 1, (left.costs[job.kind] or 0) + job.cost
        end
    end
    return left
end

--- Takes a job, which is finished now, from what `records.unfinished` gave.
function records.finish(left, job)
    left.count, left.costs[job.kind] = left.count - 1, left.costs[job.kind] - job.cost
end

--- Seconds of work in what `records.unfinished` gave; nil where no job's time is known.
function records.remaining(left, spent)
    local seconds = 0
    for kind, cost in pairs(left.costs) do
        if cost > 0 then seconds = seconds + records.seconds({kind = kind, cost = cost}, spent) end
    end
    return seconds == seconds and seconds or nil
end

--- Seconds as hours, minutes and seconds.
function records.duration(seconds)
    seconds = math.floor(seconds + 0.5)
    return ("%d:%02d:%02d"):format(seconds // 3600, seconds // 60 % 60, seconds % 60)
end

--- How far the study in a folder is, by what lies in it: a text.
function records.status(folder)
    if #lines_of(folder .. "/plan.csv") == 0 then return folder .. ": not begun" end
    local jobs, finished, running, failed = records.jobs(folder), records.finished(folder), {}, {}
    local lines, alive, done = {}, {}, 0
    for _, claim in ipairs(study.claims(folder)) do
        local who = claim.host and ("process %d on %s"):format(claim.process, claim.host) or "an unknown process"
        local state = claim.is_gone and "has ended, the job will be taken over"
            or ("last sign of life %.0f s ago"):format(claim.age)
        if not claim.is_gone then alive[who] = true end
        running[#running + 1] = ("running: %s by %s, %s"):format(claim.job, who, state)
    end
    for _, job in ipairs(jobs) do
        local notes = finished[job.name] and {} or records.failures(folder, job.name)
        done = done + (finished[job.name] and 1 or 0)
        if #notes > 0 then failed[#failed + 1] = ("failed %d times: %s; last %s"):format(#notes, job.name, notes[#notes]) end
    end
    lines[1] = ("%s: %d of %d jobs done, %d running, %d failed"):format(folder, done, #jobs, #running, #failed)
    local workers = #lists.keys(alive)
    local seconds = records.remaining(records.unfinished(jobs, finished), records.times(folder))
    if seconds and seconds > 0 then
        lines[1] = lines[1] .. ("; about %s of work left"):format(records.duration(seconds))
        if workers > 0 then
            lines[1] = lines[1] .. (", %s by the %d at work"):format(records.duration(seconds / workers), workers)
        end
    end
    return table.concat(lists.joined(lines, running, failed), "\n")
end

return records
