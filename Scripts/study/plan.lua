-- The jobs of a study in their order, and how far they have come.
--
-- A job is {name, kind, cost, inputs, run, after}: its name in the study's folder; what it is like, so that jobs of a
-- kind tell how long others will take; its work in any unit; what its result depends on, a table or a function that
-- gives one when the jobs that it waits for are done; the function that does it, called with the job of the study
-- module; and the names of the jobs that it waits for, beside all those before the last `Plan:barrier`.
--
-- Where processes share the study, each does jobs that wait for nothing and that no other has claimed. A job that fails
-- does not stop the rest then: it is tried again, by whichever process, and in the end it is named.

local command = require "study.command"
local lists = require "study.lists"
local records = require "study.records"

local Plan = {}
Plan.__index = Plan

-- Seconds until it is looked again whether other processes have finished what is waited for: at first, and at most, as
-- they grow while nothing is found.
local shortest_pause, longest_pause = 0.2, 5

--- A plan without jobs, for an open study; a shared one says how often a job is tried.
function Plan.new(runs, tries)
    return setmetatable({runs = runs, path = runs.path, jobs = {}, names = {}, before = 0, tries = tries, passed = 0}, Plan)
end

--- Does a job of the open study `runs` that is no part of a plan, or waits while another process does it; gives the
--- result.
function Plan.now(runs, name, inputs, run)
    while true do
        local result, holder = runs:job(name, inputs, run)
        if not holder then return result end
        command.pause(shortest_pause)
    end
end

--- Adds a job at the end.
function Plan:add(job)
    job.before = self.before
    table.insert(self.jobs, job)
    self.names[job.name] = true
end

--- Jobs that are added from now on wait for all that were added until now.
function Plan:barrier() self.before = #self.jobs end

--- Whether a job of this name was added.
function Plan:has(name) return self.names[name] or false end

--- The result of a job that is finished.
function Plan:result(name) return study.result(self.path, name) end

--- Whether all that a job waits for is finished.
local function is_ready(self, job, finished)
    for _, name in ipairs(job.after or {}) do
        if not finished[name] then return false end
    end
    -- What was found to be finished stays so: all that comes before `passed` is not looked at again.
    while self.passed < job.before and finished[self.jobs[self.passed + 1].name] do self.passed = self.passed + 1 end
    return self.passed >= job.before
end

--- Whether a job has failed as often as it may.
local function is_lost(self, job) return self.tries and #records.failures(self.path, job.name) >= self.tries end

--- Does a job, or finds it finished: "done" and the seconds that it took if it ran here, "held" where another process has
--- it, "failed" where it failed and others go on, "stopped" where a signal came.
local function attempt(self, job)
    local inputs, start, ran = job.inputs or {}, progress.clock(), false
    if type(inputs) == "function" then inputs = inputs() end
    local function body(running)
        ran = true
        -- Files of users may draw by Lua's own generator; then it is random again.
        math.randomseed(running.seed)
        local seeded <close> = setmetatable({}, {__close = function() math.randomseed() end})
        return job.run(running)
    end
    local function run() return select(2, self.runs:job(job.name, inputs, body)) end
    local fine, holder = true, nil
    if self.tries then fine, holder = command.try(run) else holder = run() end
    if not fine then
        if holder:find("interrupted", 1, true) then error(holder, 0) end
        if self.runs.stop_signal then return "stopped" end
        records.add_failure(self.path, job.name, holder)
        io.stderr:write(("%s failed: %s\n"):format(job.name, holder))
        return "failed"
    end
    if holder then return "held" end
    return "done", ran and progress.clock() - start or nil
end

--- The seconds that a number of workers would need for all jobs from nothing, where each job takes as long as those of its
--- kind did by `spent`, as `records.times` gives it.
function Plan:forecast(spent, workers)
    -- What is finished in the forecast is not so in the folder.
    local shadow = setmetatable({jobs = self.jobs, passed = 0}, Plan)
    local waiting, running, finished, clock = lists.joined(self.jobs), {}, {}, 0
    while #waiting + #running > 0 do
        local still = {}
        for i, job in ipairs(waiting) do
            if #running < workers and is_ready(shadow, job, finished) then
                running[#running + 1] = {job = job, ends = clock + records.seconds(job, spent)}
            else
                still[#still + 1] = job
            end
        end
        waiting = still
        local first = 1
        for i, one in ipairs(running) do first = one.ends < running[first].ends and i or first end
        clock = running[first].ends
        finished[table.remove(running, first).job.name] = true
    end
    return clock
end

--- Runs all jobs; those that are finished in the folder give their results at once. Gives the number of those that were
--- done here, and the signal that ended the work, if one did; an error that names them where jobs failed too often.
--- Where `impatient` is true it does not wait for jobs of other processes; third is how many are left.
function Plan:run(impatient)
    local finished, done, own = records.finished(self.path), {}, 0
    local unfinished = records.unfinished(self.jobs, finished)
    print(("%d jobs, %d of them finished before"):format(#self.jobs, #self.jobs - unfinished.count))
    records.plan(self.path, self.jobs)
    local spent, start = records.times(self.path), progress.clock()
    --- Counts a job that was done here, and tells how far the study is.
    local function tell(job, seconds)
        records.add_time(self.path, job, seconds)
        records.count(spent, job, seconds)
        own = own + 1
        print(("[%d/%d] %s: %.1f s; %s so far, about %s %s"):format(#self.jobs - unfinished.count, #self.jobs, job.name,
            seconds, records.duration(progress.clock() - start),
            records.duration(records.remaining(unfinished, spent) or 0), self.tries and "of work left" or "left"))
    end
    -- From each job onwards to the next, as those behind it are likelier to be another's. Where many walk together, who
    -- finds jobs held leaps ahead of them, further each time; then what it passed over is looked at, too. Who has seen
    -- all in vain waits until others have finished theirs.
    local left, position, idle, waits, pause = #self.jobs, 0, 0, false, shortest_pause
    local reach, leapt = 1, false
    while left > 0 do
        if idle >= #self.jobs then
            if leapt then
                reach, leapt, idle = false, false, 0
            elseif waits and impatient then
                return own, nil, left
            elseif waits then
                command.pause(pause)
                if self.runs.stop_signal then return own, self.runs.stop_signal end
                pause = math.min(longest_pause, 1.5 * pause)
                reach, idle, waits, finished = 1, 0, false, records.finished(self.path)
                unfinished = records.unfinished(self.jobs, finished)
            else
                break
            end
        end
        position, idle = position % #self.jobs + 1, idle + 1
        local job = self.jobs[position]
        if self.tries and finished[job.name] and not done[job.name] then
            -- Who draws the report reads all results; with many workers, each would.
            done[job.name], left, idle = true, left - 1, 0
        elseif not done[job.name] and is_ready(self, job, finished) and not is_lost(self, job) then
            local outcome, seconds = attempt(self, job)
            waits = waits or outcome ~= "done"
            if outcome == "done" then
                if not finished[job.name] then records.finish(unfinished, job) end
                done[job.name], finished[job.name], left, idle = true, true, left - 1, 0
                reach, leapt, pause = 1, false, shortest_pause
                if seconds then
                    tell(job, seconds)
                    collectgarbage()
                end
            elseif outcome == "held" and reach then
                local leap = math.random(0, reach)
                position, idle, leapt, reach = position + leap, idle + leap, leapt or leap > 0, 2 * reach
            end
            if self.runs.stop_signal then return own, self.runs.stop_signal end
        end
    end
    if left > 0 then
        local lost = {}
        for _, job in ipairs(self.jobs) do
            if is_lost(self, job) and not done[job.name] then
                local notes = records.failures(self.path, job.name)
                lost[#lost + 1] = ("%s, tried %d times; last %s"):format(job.name, #notes, notes[#notes])
            end
        end
        error(("%d jobs are not done, as these failed (failures.txt in their folders; remove it to try again): %s"):format(
            left, table.concat(lost, "; ")), 0)
    end
    return own, nil, 0
end

return Plan
