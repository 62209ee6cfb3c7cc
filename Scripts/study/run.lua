-- A study from its configuration to its report.

local command = require "study.command"
local configuration = require "study.configuration"
local csv = require "study.csv"
local Data = require "study.data"
local densities = require "study.densities"
local lists = require "study.lists"
local Methods = require "study.methods"
local origin = require "study.origin"
local page = require "study.page"
local Plan = require "study.plan"
local Priors = require "study.priors"
local records = require "study.records"
local Scoring = require "study.scoring"
local Source = require "study.source"
local Tables = require "study.tables"
local Trials = require "study.trials"

local run = {}

--- Makes methods of a configuration's own priors and of its variants, once in a session; an error where a method has
--- no such name.
function run.add_methods(config)
    for _, own in ipairs(Priors.add(config.priors)) do Methods.add(own) end
    Methods.add_variants(config.variants)
    for _, name in ipairs(Trials.methods(config)) do Methods.named(name) end
    for name in pairs(config.tuning) do Methods.named(name) end
    Methods.named(config.reference)
end

--- An error where the study was begun by a program of other vector instructions, with both names: they round otherwise.
local function agree_on_vectors(runs)
    local vectors = study.environment().vectors
    local agrees, message = command.try(Plan.now, runs, "vectors", {vectors = vectors}, function() return vectors end)
    if not agrees then
        error(message .. "; lunette as a package has both, and computes with the older ones by --vectors avx2", 0)
    end
end

--- The parts of a study in the folder `path`, which `runs` has opened, and the plan with the jobs of all of them.
local function prepared(config, runs, path, tries)
    local parts, plan = {config = config}, Plan.new(runs, tries)
    parts.data = Data.open(config, runs)
    parts.source = Source.new(config, parts.data, plan)
    parts.priors = Priors.new(config, parts.source, plan, path)
    densities.add(config, parts.priors, plan)
    local methods = Methods.new(config, parts.data, parts.source, parts.priors)
    parts.scoring = Scoring.new(config, parts.data, methods, path)
    parts.trials = Trials.new(config, parts.data, plan, methods, parts.scoring, path)
    return parts, plan
end

--- How long a study would take 1, 10, 100 and 1,000 workers from nothing, by what jobs took in the folder `measured` of
--- another one with the same volumes and network: a text. Nothing is done but what reads the volumes.
function run.forecast(config, path, measured)
    records.require_plain(path)
    local spent, unknown = records.times(measured), {}
    if spent.all.count == 0 then error(("--forecast: no job has been done in '%s'"):format(measured), 0) end
    local runs <close> = study.open(path,
        {config = configuration.fixed(config), seed = config.seed, shared = true})
    local _, plan = prepared(config, runs, path, 1)
    local work, lines = 0, {}
    for _, job in ipairs(plan.jobs) do
        work = work + records.seconds(job, spent)
        if not spent[job.kind] then unknown[job.kind] = true end
    end
    lines[1] = ("%d jobs, %s of work"):format(#plan.jobs, records.duration(work))
    for k = 0, 3 do
        local seconds = plan:forecast(spent, 10 ^ k)
        lines[#lines + 1] = ("%5d workers: %s, %.0f%% of their time at work"):format(10 ^ k, records.duration(seconds),
            100 * work / seconds / 10 ^ k)
    end
    lines[#lines + 1] = next(unknown) and ("of these kinds no job was measured, the mean of all stands for them: %s"):format(
        lists.words(lists.keys(unknown))) or nil
    return table.concat(lines, "\n")
end

--- Does all jobs of a study that are not done yet, in the folder `path`, and writes its report; gives its parts, which
--- `page.write` names, and the text of its tables, `summary`. Where `tries` is given others may work on it, too, on this
--- machine and on others, and a job that fails is tried so often; then it gives the number of jobs that were done here, the
--- signal that ended the work, if one did, and the number of those that are left, as where it is `impatient` and others
--- have them.
function run.study(config, path, tries, impatient)
    records.require_plain(path)
    local runs <close> = study.open(path,
        {config = configuration.fixed(config), seed = config.seed, shared = tries ~= nil})
    study.write_text(path .. "/configuration.lua", configuration.text(config))

    agree_on_vectors(runs)
    -- Each part adds its jobs to the plan, which runs them in that order.
    local start, parts, plan = progress.clock(), prepared(config, runs, path, tries)
    parts.origin = origin.open(path)
    local jobs, signal, left = plan:run(impatient)
    if tries then
        if jobs > 0 then origin.add_run(path, progress.clock() - start, jobs) end
        return jobs, signal, left
    end

    parts.trials:require_files()
    local tables = Tables.new(config, parts.data, parts.priors, parts.trials)
    parts.tables, parts.summary = tables, tables:summary()
    study.write_text(path .. "/results.csv", csv.results(tables))
    study.write_text(path .. "/comparisons.csv", csv.comparisons(tables))
    study.write_text(path .. "/summary.txt", parts.summary)
    page.write(path, parts)
    origin.add_run(path, progress.clock() - start, jobs)
    return parts
end

return run
