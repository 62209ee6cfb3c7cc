-- The jobs of a study in their order, and how far they have come.
--
-- A job is {name, kind, cost, inputs, run, after}: its name in the study's folder; what it is like, so that jobs of a
-- kind tell how long others will take; its work in any unit; what its result depends on, a table or a function that
-- gives one when the jobs that it waits for are done; the function that does it, called with the job of the study
-- module; and the names of the jobs that it waits for, beside all those before the last `Plan:barrier`. Where processes
-- share the study, each does jobs that wait for nothing and that no other has claimed.

local Plan = {}
Plan.__index = Plan

--- A plan without jobs, for an open study.
function Plan.new(runs)
    return setmetatable({runs = runs, path = runs.path, jobs = {}, names = {}, before = 0}, Plan)
end

-- Seconds until it is looked again whether other processes have finished what is waited for.
local pause = 0.5

--- Does a job of the open study `runs` that is no part of a plan, or waits while another process does it; gives the
--- result.
function Plan.now(runs, name, inputs, run)
    while true do
        local result, holder = runs:job(name, inputs, run)
        if not holder then return result end
        os.execute("sleep " .. pause)
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

local function time(seconds)
    seconds = math.floor(seconds + 0.5)
    return ("%d:%02d:%02d"):format(seconds // 3600, seconds // 60 % 60, seconds % 60)
end

--- Seconds that the jobs that are not finished will take, by those of their kind that ran, or else by all that did.
local function remaining(jobs, finished, spent)
    local all_seconds, all_cost = 0, 0
    for _, kind in pairs(spent) do all_seconds, all_cost = all_seconds + kind.seconds, all_cost + kind.cost end
    local seconds = 0
    for _, job in ipairs(jobs) do
        local kind = spent[job.kind] or {seconds = all_seconds, cost = all_cost}
        if not finished[job.name] then seconds = seconds + job.cost * kind.seconds / kind.cost end
    end
    return seconds
end

--- The names of the jobs that are finished in the study's folder, as a table with the value true for each.
local function finished_jobs(self)
    local finished = {}
    for _, name in ipairs(study.jobs(self.path)) do finished[name] = true end
    return finished
end

--- Whether all that a job waits for is finished.
local function is_ready(self, job, finished)
    for _, name in ipairs(job.after or {}) do
        if not finished[name] then return false end
    end
    for i = 1, job.before do
        if not finished[self.jobs[i].name] then return false end
    end
    return true
end

--- Runs all jobs; those that are finished in the folder give their results at once. Gives the number of those that were
--- done here.
function Plan:run()
    local finished, before, checked = finished_jobs(self), 0, {}
    for _, job in ipairs(self.jobs) do before = before + (finished[job.name] and 1 or 0) end
    print(("%d jobs, %d of them finished before"):format(#self.jobs, before))
    local spent, start, done, own = {}, progress.clock(), before, 0
    local left, position, idle = #self.jobs, 0, 0
    while left > 0 do
        -- Onwards from the last job, as those behind it are likelier to be another's; who has seen all of them in vain
        -- waits until others have finished theirs.
        if idle == #self.jobs then
            os.execute("sleep " .. pause)
            idle, finished = 0, finished_jobs(self)
        end
        position = position % #self.jobs + 1
        local job, holder = self.jobs[position], nil
        idle = idle + 1
        if not checked[job.name] and is_ready(self, job, finished) then
            local inputs, job_start, ran = job.inputs or {}, progress.clock(), false
            if type(inputs) == "function" then inputs = inputs() end
            _, holder = self.runs:job(job.name, inputs, function(...)
                ran = true
                return job.run(...)
            end)
            if not holder then
                if not finished[job.name] then done = done + 1 end
                finished[job.name], checked[job.name], left, idle = true, true, left - 1, 0
            end
            if ran then
                local now = progress.clock()
                local kind = spent[job.kind] or {seconds = 0, cost = 0}
                kind.seconds, kind.cost = kind.seconds + now - job_start, kind.cost + job.cost
                spent[job.kind], own = kind, own + 1
                print(("[%d/%d] %s: %.1f s; %s so far, about %s left"):format(done, #self.jobs, job.name, now - job_start,
                    time(now - start), time(remaining(self.jobs, finished, spent))))
                collectgarbage()
            end
        end
    end
    return own
end

return Plan
