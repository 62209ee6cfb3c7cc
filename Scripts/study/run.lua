-- A study from its configuration to its report.

local configuration = require "study.configuration"
local csv = require "study.csv"
local Data = require "study.data"
local densities = require "study.densities"
local Methods = require "study.methods"
local origin = require "study.origin"
local page = require "study.page"
local Plan = require "study.plan"
local Priors = require "study.priors"
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
    Methods.named(config.reference)
end

--- Does all jobs of a study that are not done yet, in the folder `path`, and writes its report; gives its parts, which
--- `page.write` names, and the text of its tables, `summary`. Where `tries` is given others may work on it, too, on this
--- machine and on others, a job that fails is tried so often, and nothing is given but the signal that ended the work,
--- nil where all jobs are done.
function run.study(config, path, tries)
    local runs <close> = study.open(path,
        {config = configuration.fixed(config), seed = config.seed, shared = tries ~= nil})
    study.write_text(path .. "/configuration.lua", configuration.text(config))

    if tries then
        -- Other instructions round otherwise: who has others than the first worker is refused, with both names.
        local vectors = study.environment().vectors
        Plan.now(runs, "vectors", {vectors = vectors}, function() return vectors end)
    end
    -- Each part adds its jobs to the plan, which runs them in that order.
    local start, parts = progress.clock(), {config = config, origin = origin.open(path)}
    local plan = Plan.new(runs, tries)
    parts.data = Data.open(config, runs)
    parts.source = Source.new(config, parts.data, plan)
    parts.priors = Priors.new(config, parts.source, plan, path)
    densities.add(config, parts.priors, plan)
    local methods = Methods.new(config, parts.data, parts.source, parts.priors)
    parts.scoring = Scoring.new(config, parts.data, methods, path)
    parts.trials = Trials.new(config, parts.data, plan, methods, parts.scoring, path)
    local jobs, signal = plan:run()
    if tries then
        origin.add_run(path, progress.clock() - start, jobs)
        return nil, signal
    end

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
