-- What is run on the target: the choice of values on validation volumes, then every method at every n and split.

local command = require "study.command"
local Data = require "study.data"
local lists = require "study.lists"
local measures = require "study.measures"
local Methods = require "study.methods"
local Priors = require "study.priors"
local structures = require "study.structures"

local Trials = {}
Trials.__index = Trials

--- Combinations of the candidates of a grid, such as {lr = {1, 2}}: each a table of values and a name. All of them, or
--- as many as the configuration's budget, drawn by its seed.
local function candidates(grid, config)
    local result = {{name = "", values = {}}}
    for _, name in ipairs(lists.keys(grid)) do
        local longer = {}
        for _, candidate in ipairs(result) do
            for _, value in ipairs(grid[name]) do
                local values = {[name] = value}
                for other, chosen in pairs(candidate.values) do values[other] = chosen end
                local label = ("%s=%s"):format(name, type(value) == "number" and ("%g"):format(value) or value)
                longer[#longer + 1] = {values = values,
                    name = candidate.name == "" and label or candidate.name .. "," .. label}
            end
        end
        result = longer
    end
    local budget = config.tuning_budget
    if not budget or #result <= budget then return result end
    return table.move(lists.shuffled(result, config.seed), 1, budget, 1, {})
end

--- The measure that values are chosen by.
function Trials.tuning_measure(config) return measures.named(config.tuning_measure) end

--- The position of the best of `scores` by a measure, the first of equal ones. A score that is not defined is worse
--- than any other.
function Trials.best(measure, scores)
    local best
    for i, score in ipairs(scores) do
        if measures.is_defined(score) then
            if not best or measures.is_better(measure, score, scores[best]) then best = i end
        end
    end
    return best or 1
end

--- The methods that take part, in the order of the configuration, each once.
function Trials.methods(config)
    local own = {}
    for i, prior in ipairs(Priors.own) do own[i] = prior.name end
    return lists.unique(lists.joined(config.methods, config.ablations, own, lists.keys(config.variants)))
end

--- The method whose grid decides the values of another, of those that take part; nil where nothing is tuned.
local function tuned_as(config, name)
    local other = Methods.named(name).tuned_as
    local found = config.tuning[name] and name or (config.tuning[other] and other) or nil
    return found and lists.contains(Trials.methods(config), found) and found or nil
end

--- The candidates of a method that has any: a list of {method, name, values, job}, `job` the name of theirs.
local function candidates_of(config, method)
    local all = {}
    for i, candidate in ipairs(candidates(config.tuning[method], config)) do
        all[i] = {method = method, name = candidate.name, values = candidate.values,
            job = ("tuning/%s/%s"):format(method, candidate.name)}
    end
    return all
end

--- The candidates of all methods that are tuned, a list as above.
local function all_candidates(config)
    local all = {}
    for _, method in ipairs(Trials.methods(config)) do
        if tuned_as(config, method) == method then all = lists.joined(all, candidates_of(config, method)) end
    end
    return all
end

--- How many candidates each tuned method has, by its name.
function Trials.candidates(config)
    local counts = {}
    for _, candidate in ipairs(all_candidates(config)) do
        counts[candidate.method] = (counts[candidate.method] or 0) + 1
    end
    return counts
end

--- The method at n in a split, as its jobs are called.
function Trials.name(n, split, method) return ("n%02d/split%d/%s"):format(n, split, method) end

--- Whether a method takes part at n in a split.
local function takes_part(config, method, n, split)
    return lists.contains(config.methods, method)
        or lists.contains(config.ablation_sizes, n) and split <= (config.ablation_splits or config.splits)
end

--- All trials in the order in which they run, each {n, split, method, name}.
local function all_trials(config)
    local all = {}
    for split = 1, config.splits do
        for _, n in ipairs(config.sizes) do
            for _, method in ipairs(Trials.methods(config)) do
                if takes_part(config, method, n, split) then
                    all[#all + 1] = {n = n, split = split, method = method, name = Trials.name(n, split, method)}
                end
            end
        end
    end
    return all
end

--- Trains a method with a candidate's values, and gives its mean score on the validation volumes: `score` over those
--- for which the measure is defined, and the number of the others, `left_out`.
local function try(job, self, candidate)
    local tuning, method = self.data.tuning, candidate.method
    local network, scores = self.methods:train(job, method, tuning.train, tuning.recipe, candidate.values), {}
    for _, subject in ipairs(tuning.validation) do
        local found = self.scoring:score(method, network, subject, tuning.recipe)
        local score = structures.row(found.scores, self.structures[1])[self.config.tuning_measure]
        if measures.is_defined(score) then scores[#scores + 1] = score end
    end
    return {score = lists.mean(scores), left_out = #tuning.validation - #scores}
end

local function add_tuning(self)
    local tuning = self.data.tuning
    for _, candidate in ipairs(all_candidates(self.config)) do
        self.plan:add{name = candidate.job, kind = "training " .. candidate.method,
            cost = self.config.steps * Methods.cost(candidate.method),
            inputs = {train = Data.ids(tuning.train), validation = Data.ids(tuning.validation)},
            run = function(job) return try(job, self, candidate) end}
    end
end

local function train(job, self, name, trial, subjects, method)
    local recipe = self.data.splits[trial.split].recipe
    local network, record = self.methods:train(job, method, subjects, recipe, self:chosen(method))
    local files = {}
    if trial.split == 1 then
        -- For Scripts/predict.lua.
        local path = ("%s/networks/%s.safetensors"):format(self.folder, (name:gsub("/training$", "")))
        study.make_folder(path:match("^(.*)/"))
        network:save(path, {notes = {recipe = recipe:text()}})
        files[path:sub(#self.folder + 2)] = study.checksum(path)
    end
    return {files = files, weights = network:state_dict(), losses = record.losses, bounds = record.bounds, restored = record.restored}
end

--- The names of the jobs that train what a trial predicts by: one, or one for each member of an ensemble, of which the
--- first is the plain method's own where that takes part.
local function training_jobs(config, trial)
    local of, names = Methods.named(trial.method).members_of, {}
    if not of then return {trial.name .. "/training"} end
    for member = 1, config.members do names[member] = ("%s/member%d"):format(trial.name, member) end
    if lists.contains(Trials.methods(config), of) and takes_part(config, of, trial.n, trial.split) then
        names[1] = Trials.name(trial.n, trial.split, of) .. "/training"
    end
    return names
end

--- The names of the jobs that a method's choice of values waits for.
local function candidate_jobs(config, name)
    local method, names = tuned_as(config, name), {}
    for i, candidate in ipairs(method and candidates_of(config, method) or {}) do names[i] = candidate.job end
    return names
end

local function add_trial(self, trial)
    local config, subjects = self.config, self.data:training(trial.n, trial.split)
    local method = Methods.named(trial.method)
    local of = method.members_of or trial.method
    for _, name in ipairs(training_jobs(config, trial)) do
        if not self.plan:has(name) then
            self.plan:add{name = name, kind = "training " .. of, cost = config.steps * Methods.cost(of),
                after = candidate_jobs(config, of),
                inputs = function()
                    return {train = Data.ids(subjects), values = lists.merged(self:chosen(of), method.values or {})}
                end,
                run = function(job) return train(job, self, name, trial, subjects, of) end}
        end
    end
    local passes = method.prior and config.samples or method.members_of and config.members or 1
    self.plan:add{name = trial.name .. "/scores", kind = "scores of " .. passes, cost = config.test * passes,
        after = training_jobs(config, trial),
        inputs = {tests = Data.ids(self.data.splits[trial.split].tests)},
        run = function(job)
            return self.scoring:run(job, trial.name, trial.method, trial.split, self:weights(trial))
        end}
end

--- The trials of `methods` on subjects of `data`; `list` has them in the order in which they run, each {n, split,
--- method, name}, and `structures` the names of what is scored (`structures.names`). Networks of the first split are
--- saved in `folder`. Adds to `plan` the jobs of the tuning, then for each trial those of its training and scoring.
function Trials.new(config, data, plan, methods, scoring, folder)
    local self = setmetatable({config = config, data = data, plan = plan, methods = methods, scoring = scoring,
        folder = folder, list = all_trials(config), structures = structures.names(data.target_recipe)}, Trials)
    add_tuning(self)
    for _, trial in ipairs(self.list) do add_trial(self, trial) end
    return self
end

--- What the candidates of a method reached: a list of {method, name, values, score, left_out, chosen}.
local function judged(self, method)
    local entries, scores = candidates_of(self.config, method), {}
    for i, entry in ipairs(entries) do
        local result = self.plan:result(entry.job)
        entry.score, entry.left_out, scores[i] = result.score, result.left_out, result.score
    end
    entries[Trials.best(Trials.tuning_measure(self.config), scores)].chosen = true
    return entries
end

--- What the candidates of all tuned methods reached, a list as above.
function Trials:tuning()
    local found = {}
    for _, method in ipairs(Trials.methods(self.config)) do
        if tuned_as(self.config, method) == method then found = lists.joined(found, judged(self, method)) end
    end
    return found
end

--- The values that a method is run with in place of the configuration's.
function Trials:chosen(name)
    local method = tuned_as(self.config, name)
    for _, entry in ipairs(method and judged(self, method) or {}) do
        if entry.chosen then return entry.values end
    end
    return {}
end

--- What the training of a trial left: its `losses` and `bounds`; of an ensemble, those of its first member.
function Trials:training(trial) return self.plan:result(training_jobs(self.config, trial)[1]) end

--- The weights that a trial predicts by; of an ensemble, a list of those of each member.
function Trials:weights(trial)
    local found = {}
    for i, name in ipairs(training_jobs(self.config, trial)) do found[i] = self.plan:result(name).weights end
    return Methods.named(trial.method).members_of and found or found[1]
end

--- Throws where a network or a map that a finished job wrote is gone, or not as it was written.
function Trials:require_files()
    local lost, jobs, seen = {}, {}, {}
    local function look(job)
        if seen[job] then return end
        seen[job] = true
        local files, count = self.plan:result(job).files or {}, #lost
        for _, name in ipairs(lists.keys(files)) do
            local path = ("%s/%s"):format(self.folder, name)
            local is_there, sum = command.try(study.checksum, path)
            if not is_there then
                lost[#lost + 1] = sum
            elseif sum ~= files[name] then
                lost[#lost + 1] = path .. ": damaged: it is not as it was written"
            end
        end
        if #lost > count then jobs[#jobs + 1] = "jobs/" .. job end
    end
    for _, trial in ipairs(self.list) do
        if trial.split == 1 then
            for _, job in ipairs(training_jobs(self.config, trial)) do look(job) end
        end
        look(trial.name .. "/scores")
    end
    if #lost == 0 then return end
    error(("files of finished jobs are not there as they were written: %s; to make them again remove %s in %s and start "
        .. "the study again"):format(table.concat(lost, "; "), lists.words(jobs), self.folder), 0)
end

--- The scores of a trial: a list of `rows` by test volume, as `Scoring:score` gives them, and the `bins` of the
--- calibration.
function Trials:scores(trial) return self.plan:result(trial.name .. "/scores") end

--- The scores of a trial for one of the `structures`: a list of rows by test volume, which have the fields `subject`,
--- `uncertainty` and the measures.
function Trials:rows(trial, structure)
    local rows = {}
    for i, found in ipairs(self:scores(trial).rows) do
        local row = structures.row(found.scores, structure)
        row.subject, row.uncertainty = found.subject, found.uncertainty
        rows[i] = row
    end
    return rows
end

return Trials
