-- What is compared, and how: fixed before any test volume is seen.
--
-- The primary question is whether the deep weight prior is better than random initialisation (RI) and than
-- fine-tuning (PR), in Dice, at every step of the shift, for every n and for the mean over all n. The secondary one is the
-- same of every other method. A gain is the mean difference over the pairs (split, test volume); its interval and p are
-- those of `stats.crossed_effects`, as both the splits and the volumes are samples. p values are corrected by Holm for
-- all comparisons of their question together.

local comparison = require "study.comparison"
local densities = require "study.densities"
local lists = require "study.lists"
local measures = require "study.measures"
local Methods = require "study.methods"
local Trials = require "study.trials"

local gains = {}
gains.__index = gains

--- The method that the primary question is about, and those that it and all others are compared with.
gains.primary, gains.rivals = "DWP", {"RI", "PR"}

--- The measures that are told of: the one that decides first.
gains.measures = {measures.named("dice"), measures.named("iou"), measures.named("nll"), measures.named("ece")}

--- An error where a method that is compared with does not take part, or methods have other numbers of candidates.
function gains.check(config)
    for _, name in ipairs(lists.joined({gains.primary}, gains.rivals)) do
        if not lists.contains(config.methods, name) then
            error(("methods: '%s' expected among them, which is what the others are compared with"):format(name), 0)
        end
    end
    local counts, parts = {}, {}
    for method, count in pairs(Trials.candidates(config)) do counts[method] = count end
    local fewest, most = math.huge, 0
    for _, method in ipairs(lists.keys(counts)) do
        fewest, most = math.min(fewest, counts[method]), math.max(most, counts[method])
        parts[#parts + 1] = ("%s %d"):format(method, counts[method])
    end
    if fewest < most then
        error(("tuning: as many candidates for every method expected, got %s"):format(lists.words(parts)), 0)
    end
end

--- The configuration of the step at position `i`: what does not depend on the source is done at the first one alone.
function gains.of_step(config, i)
    if i == 1 then return config end
    local function dependent(names)
        local kept = {}
        for _, name in ipairs(names) do
            if Methods.needs_source(name) then kept[#kept + 1] = name end
        end
        return kept
    end
    return lists.merged(config, {methods = dependent(config.methods), ablations = dependent(config.ablations)})
end

--- The trials of a study as `comparison.rows` takes them, of methods for which `holds` is true.
local function trials_of(parts, holds)
    local list = {}
    for _, trial in ipairs(parts.trials.list) do
        if holds(trial.method) then
            list[#list + 1] = {n = trial.n, split = trial.split, method = trial.method,
                rows = parts.trials:rows(trial, parts.trials.structures[1])}
        end
    end
    return list
end

--- What stands for n where a score is the mean over all n.
gains.all = "all"

--- Trials whose scores are the means over all `sizes`, of those methods and splits that have every one of them; a measure
--- that is not defined at one of them is not here either.
local function means_over(sizes, trials)
    local by_place, places, pooled = {}, {}, {}
    for _, trial in ipairs(trials) do
        local key = ("%s %d"):format(trial.method, trial.split)
        if not by_place[key] then by_place[key], places[#places + 1] = {}, key end
        table.insert(by_place[key], trial)
    end
    for _, key in ipairs(places) do
        local list, sums = by_place[key], {}
        for _, trial in ipairs(#list == #sizes and list or {}) do
            for _, row in ipairs(trial.rows) do
                local sum = sums[row.subject] or {subject = row.subject}
                sums[row.subject] = sum
                for _, measure in ipairs(gains.measures) do
                    local value = row[measure.name]
                    local defined = measures.is_defined(value) and sum[measure.name] ~= false
                    sum[measure.name] = defined and (sum[measure.name] or 0) + value / #sizes
                end
            end
        end
        local rows = {}
        for i, subject in ipairs(lists.keys(sums)) do rows[i] = sums[subject] end
        pooled[#pooled + 1] = #rows > 0
            and {n = gains.all, split = list[1].split, method = list[1].method, rows = rows} or nil
    end
    return pooled
end

--- The evidence of the finished studies of a grid, in the order of its steps; `sizes` are its n, and `gains.all` where
--- there are several; `compared` has the trials of each step with those of all n together.
function gains.new(grid, parts)
    local config = parts[1].config
    local self = setmetatable({grid = grid, parts = parts, config = config, methods = Trials.methods(config),
        sizes = #config.sizes > 1 and lists.joined(config.sizes, {gains.all}) or config.sizes,
        trials = {}, compared = {}, kept = {}, found = {}}, gains)
    local sourceless = trials_of(parts[1], function(name) return not Methods.needs_source(name) end)
    for i, part in ipairs(parts) do
        self.trials[i] = lists.joined(trials_of(part, Methods.needs_source), sourceless)
        self.compared[i] = lists.joined(self.trials[i], means_over(config.sizes, self.trials[i]))
    end
    return self
end

--- The rows of `comparison.rows` at a step for each of `sizes`, of the splits up to `last`.
local function rows_of(self, i, measure, reference, last, sizes)
    local key = ("%d %s %s %d %d"):format(i, measure.name, reference, last, #sizes)
    if not self.kept[key] then
        local trials = {}
        for _, trial in ipairs(self.compared[i]) do trials[#trials + 1] = trial.split <= last and trial or nil end
        self.kept[key] = comparison.rows(measure, trials,
            {reference = reference, methods = self.methods, sizes = sizes})
    end
    return self.kept[key]
end

--- What `reference` gains over the other methods at a step, over the splits that both take part in: the rows of
--- `comparison.rows`.
function gains:compare(i, measure, reference)
    return rows_of(self, i, measure, reference, self.config.splits, self.sizes)
end

--- What all methods came to at a step, over the splits that all of them take part in: the rows of `comparison.rows`.
function gains:means(i, measure)
    return rows_of(self, i, measure, gains.primary, self:common_splits(), self.config.sizes)
end

--- How many splits all methods take part in.
function gains:common_splits() return math.min(self.config.ablation_splits or math.huge, self.config.splits) end

--- The gains of a question: a list of {step, n, method, over, gain, low, high, p, corrected, comparisons}, of those
--- methods for which `holds` is true.
local function question(self, measure, holds)
    local rows, p = {}, {}
    for i, step in ipairs(self.grid.steps) do
        for _, method in ipairs(self.methods) do
            for _, row in ipairs(holds(method) and self:compare(i, measure, method) or {}) do
                if lists.contains(gains.rivals, row.method) and row.gain then
                    rows[#rows + 1] = {step = step.name, n = row.n, method = method, over = row.method,
                        mean = row.reference, gain = row.gain, low = row.low, high = row.high, p = row.p}
                    p[#p + 1] = row.p
                end
            end
        end
    end
    for i, corrected in ipairs(stats.holm(p)) do rows[i].corrected, rows[i].comparisons = corrected, #p end
    return rows
end

--- The gains of the primary question, of the first measure by default.
function gains:first(measure)
    return question(self, measure or gains.measures[1], function(name) return name == gains.primary end)
end

--- The gains of the secondary question.
function gains:second(measure)
    return question(self, measure or gains.measures[1], function(name)
        return name ~= gains.primary and name ~= gains.rivals[1]
    end)
end

--- The positions that values would have if they were sorted; equal ones share the mean of theirs.
local function ranks(values)
    local found = {}
    for i, value in ipairs(values) do
        found[i] = 0.5
        for _, other in ipairs(values) do
            found[i] = found[i] + (other < value and 1 or other == value and 0.5 or 0)
        end
    end
    return found
end

--- Spearman's rank correlation of two lists; not a number where one of them is constant.
local function rank_correlation(a, b)
    local x, y = ranks(a), ranks(b)
    local mean, product, of_x, of_y = (#a + 1) / 2, 0, 0, 0
    for i in ipairs(a) do
        product = product + (x[i] - mean) * (y[i] - mean)
        of_x, of_y = of_x + (x[i] - mean) ^ 2, of_y + (y[i] - mean) ^ 2
    end
    return product / math.sqrt(of_x * of_y)
end

--- Whether priors that give more density to unseen kernels are better by a measure, a row a step and n, {step, n,
--- measure, priors, correlation}: Spearman's rank correlation over the priors, positive where they are.
function gains:agreement(measure)
    local rows = {}
    for _, n in ipairs(self.config.sizes) do
        local by_step = {}
        for _, row in ipairs(self:densities(measure, n)) do
            local one = by_step[row.step] or {x = {}, y = {}}
            by_step[row.step] = one
            table.insert(one.x, row.log_prob)
            table.insert(one.y, measures.gain(measure, row.mean, 0))
        end
        for _, step in ipairs(self.grid.steps) do
            local one = by_step[step.name]
            rows[#rows + 1] = one and #one.x > 1 and {step = step.name, n = n, measure = measure.short, priors = #one.x,
                correlation = rank_correlation(one.x, one.y)} or nil
        end
    end
    return rows
end

--- The density of each prior, and the mean of a measure with it at n, at each step: a list of {step, n, name, method,
--- log_prob, is_bound, mean}; means are those of `gains:means`.
function gains:densities(measure, n)
    local rows = {}
    for i, step in ipairs(self.grid.steps) do
        local means = {}
        for _, row in ipairs(self:means(i, measure)) do
            if row.n == n then means[row.method] = row.mean end
        end
        self.found[i] = self.found[i] or densities.rows(self.parts[i].config, self.parts[i].priors.plan)
        for _, found in ipairs(self.found[i]) do
            for _, method in ipairs(self.methods) do
                local declared = Methods.named(method)
                if declared.prior == found.name and not declared.values and means[method] then
                    rows[#rows + 1] = {step = step.name, n = n, name = found.name, method = method,
                        log_prob = found.log_prob, is_bound = found.is_bound, mean = means[method]}
                end
            end
        end
    end
    return rows
end

return gains
