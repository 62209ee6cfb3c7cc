-- What is run on the target: the choice of values on validation volumes, then every method at every n and split.

local configuration = require "study.configuration"
local Data = require "study.data"
local files = require "study.files"
local measures = require "study.measures"
local methods = require "study.methods"
local scoring = require "study.scoring"

local trials = {}

--- All combinations of the candidates of a grid, such as {lr = {1, 2}}: each a table of values and a name.
local function candidates(grid)
    local names, result = {}, {{name = "", values = {}}}
    for name in pairs(grid) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do
        if not configuration.has(name) then error(("tuning: there is no value '%s'"):format(name), 0) end
        local longer = {}
        for _, candidate in ipairs(result) do
            for _, value in ipairs(grid[name]) do
                local values = {[name] = value}
                for other, chosen in pairs(candidate.values) do values[other] = chosen end
                local label = ("%s=%g"):format(name, value)
                longer[#longer + 1] = {values = values,
                    name = candidate.name == "" and label or candidate.name .. "," .. label}
            end
        end
        result = longer
    end
    return result
end

--- The measure that values are chosen by.
function trials.tuning_measure(config) return measures.named(config.tuning_measure) end

--- Trains a method with a candidate's values, and gives its mean score on the validation volumes: `score` over those
--- for which the measure is defined, and the number of the others, `left_out`.
local function try(job, lab, method, values)
    local network = methods.train(job, lab, method, lab.data.tuning.train, values)
    local name, sum, count = lab.config.tuning_measure, 0, 0
    for _, subject in ipairs(lab.data.tuning.validation) do
        local read = lab.data:read(subject)
        local score = scoring.row(lab, read, scoring.predict(lab, method, network, read.sample))[name]
        if measures.is_defined(score) then sum, count = sum + score, count + 1 end
    end
    return {score = sum / count, left_out = #lab.data.tuning.validation - count}
end

--- The place of the best of `scores` by a measure, the first of equal ones; one that is not defined is worse than all.
function trials.best(measure, scores)
    local best
    for i, score in ipairs(scores) do
        if measures.is_defined(score) then
            if not best or measures.is_better(measure, score, scores[best]) then best = i end
        end
    end
    return best or 1
end

--- The methods that take part, in the order of the configuration, each once.
function trials.methods(config)
    local names, seen = {}, {}
    for _, list in ipairs{config.methods, config.ablations} do
        for _, name in ipairs(list) do
            if not seen[name] then names[#names + 1], seen[name] = name, true end
        end
    end
    return names
end

--- The method whose grid decides the values of another; nil where nothing is tuned.
local function tuned_as(config, name)
    local other = methods.named(name).tuned_as
    return config.tuning[name] and name or (config.tuning[other] and other) or nil
end

--- What the candidates of the tuned methods reached: a list of {method, name, values, score, left_out, chosen}.
function trials.tuning(lab)
    local found = {}
    for _, method in ipairs(trials.methods(lab.config)) do
        if tuned_as(lab.config, method) == method then
            local first, scores = #found, {}
            for i, candidate in ipairs(candidates(lab.config.tuning[method])) do
                local result = lab.plan:result(("tuning/%s/%s"):format(method, candidate.name))
                scores[i] = result.score
                found[first + i] = {method = method, name = candidate.name, values = candidate.values,
                    score = result.score, left_out = result.left_out}
            end
            found[first + trials.best(trials.tuning_measure(lab.config), scores)].chosen = true
        end
    end
    return found
end

--- The values that a method is run with in place of the configuration's.
function trials.chosen(lab, name)
    local method = tuned_as(lab.config, name)
    for _, entry in ipairs(method and trials.tuning(lab) or {}) do
        if entry.method == method and entry.chosen then return entry.values end
    end
    return {}
end

--- The method at n in a split, as its jobs are called.
function trials.name(n, split, method) return ("n%02d/split%d/%s"):format(n, split, method) end

--- All trials in the order in which they run, each {n, split, method, name}.
function trials.all(config)
    local function holds(list, value)
        for _, element in ipairs(list) do
            if element == value then return true end
        end
        return false
    end
    local all = {}
    for split = 1, config.splits do
        for _, n in ipairs(config.sizes) do
            for _, method in ipairs(trials.methods(config)) do
                if holds(config.methods, method) or holds(config.ablation_sizes, n) then
                    all[#all + 1] = {n = n, split = split, method = method, name = trials.name(n, split, method)}
                end
            end
        end
    end
    return all
end

local function plan_tuning(lab)
    local config, tuning = lab.config, lab.data.tuning
    for _, method in ipairs(trials.methods(config)) do
        for _, candidate in ipairs(tuned_as(config, method) == method and candidates(config.tuning[method]) or {}) do
            lab.plan:add{name = ("tuning/%s/%s"):format(method, candidate.name), kind = "training " .. method,
                cost = config.steps * methods.cost(method),
                inputs = {train = Data.ids(tuning.train), validation = Data.ids(tuning.validation)},
                run = function(job) return try(job, lab, method, candidate.values) end}
        end
    end
end

local function plan_trial(lab, trial)
    local config, name = lab.config, trial.name
    local subjects = lab.data:training(trial.n, trial.split)
    lab.plan:add{name = name .. "/training", kind = "training " .. trial.method,
        cost = config.steps * methods.cost(trial.method),
        inputs = function() return {train = Data.ids(subjects), values = trials.chosen(lab, trial.method)} end,
        run = function(job)
            local network, record = methods.train(job, lab, trial.method, subjects, trials.chosen(lab, trial.method))
            if trial.split == 1 then
                -- What Scripts/predict.lua takes.
                local path = ("%s/networks/%s.safetensors"):format(lab.path, name)
                files.make_folder(path:match("^(.*)/"))
                network:save(path, {notes = {resolution = tostring(config.resolution)}})
            end
            return {weights = network:state_dict(), losses = record.losses, bounds = record.bounds}
        end}
    local drawn = methods.named(trial.method).prior ~= nil
    lab.plan:add{name = name .. "/scores", kind = "scores " .. (drawn and "drawn" or "plain"),
        cost = config.test * (drawn and config.samples or 1),
        inputs = {tests = Data.ids(lab.data.splits[trial.split].tests)},
        run = function(job) return scoring.run(job, lab, name, trial.method, trial.split) end}
end

--- Adds the jobs of the tuning, then a training and a scoring for each trial.
function trials.plan(lab)
    plan_tuning(lab)
    for _, trial in ipairs(trials.all(lab.config)) do plan_trial(lab, trial) end
end

return trials
