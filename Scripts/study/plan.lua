-- The jobs of a study in their order, and how far they have come.
--
-- A job is {name, kind, cost, inputs, run}: its name in the study's folder; what it is like, so that jobs of a kind
-- tell how long others will take; its work in any unit; what its result depends on, a table or a function that gives
-- one when the jobs before it are done; and the function that does it, called with the job of the study module.

local Plan = {}
Plan.__index = Plan

--- A plan without jobs, for an open study.
function Plan.new(runs) return setmetatable({runs = runs, path = runs.path, jobs = {}, names = {}}, Plan) end

--- Adds a job at the end.
function Plan:add(job)
    table.insert(self.jobs, job)
    self.names[job.name] = true
end

--- Whether a job of this name was added.
function Plan:has(name) return self.names[name] or false end

--- The result of a job that is finished.
function Plan:result(name) return study.result(self.path, name) end

local function time(seconds)
    seconds = math.floor(seconds + 0.5)
    return ("%d:%02d:%02d"):format(seconds // 3600, seconds // 60 % 60, seconds % 60)
end

--- Seconds that the jobs from position `first` on will take, by those of their kind that ran, or else by all that did.
local function remaining(jobs, first, finished, spent)
    local all_seconds, all_cost = 0, 0
    for _, kind in pairs(spent) do all_seconds, all_cost = all_seconds + kind.seconds, all_cost + kind.cost end
    local seconds = 0
    for position = first, #jobs do
        local job = jobs[position]
        local kind = spent[job.kind] or {seconds = all_seconds, cost = all_cost}
        if not finished[job.name] then seconds = seconds + job.cost * kind.seconds / kind.cost end
    end
    return seconds
end

--- Runs all jobs; those that are finished in the folder give their results at once. Gives the number of the others.
function Plan:run()
    local finished, before = {}, 0
    for _, name in ipairs(study.jobs(self.runs.path)) do finished[name] = true end
    for _, job in ipairs(self.jobs) do before = before + (finished[job.name] and 1 or 0) end
    print(("%d jobs, %d of them finished before"):format(#self.jobs, before))
    local spent, start, done = {}, progress.clock(), before
    for position, job in ipairs(self.jobs) do
        local inputs = job.inputs or {}
        if type(inputs) == "function" then inputs = inputs() end
        local job_start = progress.clock()
        self.runs:job(job.name, inputs, job.run)
        if not finished[job.name] then
            local now = progress.clock()
            local kind = spent[job.kind] or {seconds = 0, cost = 0}
            kind.seconds, kind.cost = kind.seconds + now - job_start, kind.cost + job.cost
            spent[job.kind], done = kind, done + 1
            print(("[%d/%d] %s: %.1f s; %s so far, about %s left"):format(done, #self.jobs, job.name, now - job_start,
                time(now - start), time(remaining(self.jobs, position + 1, finished, spent))))
        end
        collectgarbage()
    end
    return done - before
end

return Plan
